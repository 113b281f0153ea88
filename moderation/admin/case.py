"""The moderation queue: one key per decision."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.domain.acts import effect_of
from inbox.models import Message
from inbox.providers.acts import Act
from moderation.admin import queue
from moderation.choices import Action, Category, Severity
from moderation.domain import decisions
from moderation.models import Case, Decision, PolicyRule
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.pages import code_of_page
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can
from tenants.registries import Seen

KEYS = (
    ("j k", gettext_lazy("Next, previous case")),
    ("a", gettext_lazy("Leave visible")),
    ("h", gettext_lazy("Hide, with the rule's reason")),
    ("Shift H", gettext_lazy("Edit the reason first")),
    ("e", gettext_lazy("Escalate")),
    ("u", gettext_lazy("Take the last hiding back")),
)
_ACTIONS = (Action.APPROVE, Action.HIDE, Action.ESCALATE)


@admin.register(Case)
class CasePage(BrandAdmin):
    view_capability = "moderation.case.view"
    account_path = "message__account_id"
    ordering = queue.ORDER
    reads = "moderation.case"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<uuid:pk>/decide/", self.post_view(self.decide), name="moderation_case_decide"),
            path("<uuid:pk>/take/", self.post_view(self.take), name="moderation_case_take"),
            path(
                "hide/<uuid:pk>/",
                self.admin_site.admin_view(self.hide_page),
                name="moderation_case_hide_page",
            ),
            *super().get_urls(),
        ]

    # Reading

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise Http404
        wanted = queue.QueueFilter.read(request.GET)
        page = queue.page_of_cases(wanted, user=request.user)
        counts = queue.counts(request.user)
        part = code_of_page(wanted.cursor)
        tell_reads(self.listed(request, page.rows, page=part), actor=request.user)
        return self._screen(
            request,
            page.rows,
            {
                "title": _("Moderation queue"),
                "content_subtitle": self._in_words(counts),
                "page": page,
                "wanted": wanted,
                "counts": counts,
            },
        )

    @staticmethod
    def _in_words(counts: dict[str, int]) -> str:
        if counts["late"]:
            return _("%(open)d open, %(late)d overdue") % counts
        return _("%(open)d open") % counts

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        case = self._open(request, object_id)
        tell_reads([self.opened(request, case)], actor=request.user)
        return self._screen(request, [case], {"title": str(case), "opts": self.opts})

    def _open(self, request: HttpRequest, pk: Any) -> Case:
        try:
            case = queue.one_case(UUID(str(pk)))
        except ValueError:
            case = None
        if case is None or not self.has_view_permission(request, case):
            raise Http404
        return case

    def _screen(
        self, request: HttpRequest, cases: list[Case], context: dict[str, Any]
    ) -> HttpResponse:
        workspace = workspace_of(request)
        return TemplateResponse(
            request,
            "moderation/queue.html",
            self.admin_site.each_context(request)
            | {
                "rows": queue.rows_of(cases, viewer=request.user),
                "may_decide": can(request.user, "moderation.case.decide"),
                "shows_brand": workspace is not None and workspace.brand is None,
                "categories": Category.choices,
                "severities": Severity.choices,
                "page_keys": KEYS,
            }
            | context,
        )

    # Acting

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self._open(request, pk)
        wanted = request.POST.get("action", "")
        if wanted not in _ACTIONS:
            raise Http404
        action = Action(wanted)
        # The field is prefilled with the rule's words, which speak for hiding only.
        reason = request.POST.get("reason" if action == Action.HIDE else "note", "")
        return perform(
            request,
            lambda: decisions.decide(
                case, action=action, reason=reason, actor=cast(User, request.user)
            ),
            done=_done(action),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=case.brand_id,
            tell=self._told,
        )

    @staticmethod
    def _told(decision: Decision) -> dict[str, Any]:
        undo = ""
        if decision.action == Action.HIDE:
            undo = reverse("admin:moderation_decision_undo", args=[decision.pk])
        return {"decision": str(decision.pk), "undo": undo}

    def take(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self._open(request, pk)
        return perform(
            request,
            lambda: decisions.take(case, actor=cast(User, request.user)),
            done=_("You have this case open."),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=case.brand_id,
        )

    def hide_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Hide a comment straight from its conversation: GET asks for the reason, POST does it."""
        message = (
            Message.objects.select_related(
                "conversation__contact", "conversation__account", "brand"
            )
            .filter(pk=pk)
            .first()
        )
        if message is None or not can(request.user, "moderation.case.decide", message):
            raise Http404
        back = reverse("admin:inbox_conversation_change", args=[message.conversation_id])
        if request.method == "POST":
            category = request.POST.get("category", "")
            return perform(
                request,
                lambda: decisions.hide_comment(
                    message,
                    category=Category(category) if category in Category.values else Category.OTHER,
                    reason=request.POST.get("reason", ""),
                    actor=cast(User, request.user),
                ),
                done=_done(Action.HIDE),
                back=back,
                brand_id=message.brand_id,
            )
        rules = PolicyRule.objects.filter(brand_id=message.brand_id, retired_at=None)
        context = self.admin_site.each_context(request) | {
            "title": _("Hide a comment"),
            "message": message,
            "rules": [(rule, rule.text(message.brand.language)) for rule in rules],
            "back": back,
            "effect": effect_of(message, Act.HIDE),
        }
        tell_reads([Seen("inbox.message.read", message)], actor=request.user)
        return TemplateResponse(request, "moderation/hide.html", context)


def _done(action: Action) -> str:
    return {
        Action.APPROVE: _("Left visible."),
        Action.HIDE: _("Hidden. The author is told why and how to appeal."),
        Action.ESCALATE: _("Escalated."),
        Action.RESTORE: _("The comment is shown again."),
    }[action]
