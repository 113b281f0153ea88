"""The moderation queue: one key per decision."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox.domain.acts import effect_of
from inbox.models import Message
from inbox.providers.acts import Act
from moderation.admin import queue
from moderation.admin.bulk import BulkPages, keys_in
from moderation.admin.context import context_of
from moderation.admin.told import done, told
from moderation.admin.wellbeing import WellbeingPages
from moderation.choices import Action, Category, Severity
from moderation.domain import cases, proposals, sanctions
from moderation.domain.exposure import break_is_due, seen_by
from moderation.models import Case, PolicyRule, Proposal
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
    ("1 – 9", gettext_lazy("Choose the rule, where several match")),
    ("Shift H", gettext_lazy("Edit the reason first")),
    ("e", gettext_lazy("Escalate")),
    ("u", gettext_lazy("Take the last decision back")),
    ("x", gettext_lazy("Select; a, h and e then act on all selected")),
    ("g", gettext_lazy("All cases with the same text")),
    ("b", gettext_lazy("Show or veil the text")),
    ("z", gettext_lazy("One case at a time, large")),
)
_NO_CASE = UUID(int=0)  # stands in an address where the screen puts the case
_ACTIONS = (Action.APPROVE, Action.HIDE, Action.ESCALATE)


@admin.register(Case)
class CasePage(WellbeingPages, BulkPages, BrandAdmin):
    view_capability = "moderation.case.view"
    account_path = "message__account_id"
    ordering = queue.ORDER
    reads = "moderation.case"

    def get_urls(self) -> list[URLPattern]:
        def act(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(route, self.post_view(view), name=name)

        def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            shown: Callable[..., HttpResponse] = self.admin_site.admin_view(view)
            return path(route, shown, name=name)

        return [
            act("<uuid:pk>/decide/", self.decide, "moderation_case_decide"),
            act("<uuid:pk>/take/", self.take, "moderation_case_take"),
            act("<uuid:pk>/release/", self.release, "moderation_case_release"),
            page("<uuid:pk>/context/", self.context_part, "moderation_case_context"),
            act("proposal/<uuid:pk>/confirm/", self.confirm, "moderation_proposal_confirm"),
            act("proposal/<uuid:pk>/refuse/", self.refuse, "moderation_proposal_refuse"),
            page("news/", self.news, "moderation_case_news"),
            page("several/", self.several, "moderation_case_several"),
            page("seen/", self.seen_page, "moderation_case_seen"),
            page("settings/", self.settings_page, "moderation_queuesettings_edit"),
            page("hide/<uuid:pk>/", self.hide_page, "moderation_case_hide_page"),
            *super().get_urls(),
        ]

    # Reading

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.admit(request)
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
        if counts["open"] > queue.COUNTED:
            return _("more than %d open") % queue.COUNTED
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
        row = queue.rows_of([case], viewer=cast(User, request.user))[0]
        context = {"title": str(case), "opts": self.opts, **self._around(request, row)}
        return self._screen(request, [case], context)

    def context_part(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What the screen unfolds below a case. Opening it there is an event as well."""
        case = self._open(request, pk)
        tell_reads([self.opened(request, case)], actor=request.user)
        row = queue.rows_of([case], viewer=cast(User, request.user))[0]
        return TemplateResponse(request, "moderation/context.html", self._around(request, row))

    @staticmethod
    def _around(request: HttpRequest, row: queue.QueueRow) -> dict[str, Any]:
        may_sanction = can(request.user, sanctions.MANAGE, row.case.message)
        return {"context": context_of(row), "may_sanction": may_sanction}

    def news(self, request: HttpRequest) -> HttpResponse:
        """``{"cases": {key: {"state", "by", "name"}}, "title"}`` of what is on a screen."""
        self.admit(request)
        user = cast(User, request.user)
        found = queue.state_of(keys_in(request.GET.getlist("ids")), user=user)
        return JsonResponse({"cases": found, "title": self._in_words(queue.counts(user))})

    def _open(self, request: HttpRequest, pk: Any) -> Case:
        self.admit(request)
        try:
            case = queue.one_case(UUID(str(pk)))
        except ValueError:
            case = None
        if case is None or not self.has_view_permission(request, case):
            raise Http404
        return case

    def _screen(
        self, request: HttpRequest, found: list[Case], context: dict[str, Any]
    ) -> HttpResponse:
        workspace = workspace_of(request)
        user = cast(User, request.user)
        return TemplateResponse(
            request,
            "moderation/queue.html",
            self.admin_site.each_context(request)
            | {
                "rows": queue.rows_of(found, viewer=user),
                "may_decide": can(user, "moderation.case.decide"),
                "renew_s": cases.RENEW_S,
                "seen": seen_by(user),
                "shows_brand": workspace is not None and workspace.brand is None,
                "categories": Category.choices,
                "severities": Severity.choices,
                "page_keys": KEYS,
                "no_case": _NO_CASE,
            }
            | context,
        )

    # Acting

    def decide(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self._open(request, pk)
        wanted, category = request.POST.get("action", ""), request.POST.get("category", "")
        if wanted not in _ACTIONS or (category and category not in Category.values):
            raise Http404
        action = Action(wanted)
        # The field is prefilled with the rule's words, which speak for hiding only.
        reason = request.POST.get("reason" if action == Action.HIDE else "note", "")
        return perform(
            request,
            lambda: proposals.act(
                case,
                action=action,
                reason=reason,
                actor=cast(User, request.user),
                category=Category(category) if category and action == Action.HIDE else None,
            ),
            done=done(action),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=case.brand_id,
            tell=told,
        )

    def take(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Open a case, or go on holding it (``renew``)."""
        case = self._open(request, pk)
        return perform(
            request,
            lambda: cases.take(case, actor=cast(User, request.user)),
            done=_("You have this case open."),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=case.brand_id,
            tell=None if "renew" in request.POST else lambda taken: self._hint(request, taken),
        )

    @staticmethod
    def _hint(request: HttpRequest, case: Case) -> dict[str, Any]:
        count = break_is_due(case, person=cast(User, request.user), now=timezone.now())
        words = ngettext(
            "You have looked at %d severe case today. A short break does good.",
            "You have looked at %d severe cases today. A short break does good.",
            count,
        )
        return {"pause": words % count if count else ""}

    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        case = self._open(request, pk)
        return perform(
            request,
            lambda: cases.release(case, actor=cast(User, request.user)),
            done=_("Given back."),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=case.brand_id,
        )

    def confirm(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        proposal = self._proposal(request, pk)
        return perform(
            request,
            lambda: proposals.confirm(proposal, actor=cast(User, request.user)),
            done=done(Action(proposal.action)),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=proposal.brand_id,
            tell=told,
        )

    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        proposal = self._proposal(request, pk)
        return perform(
            request,
            lambda: proposals.refuse(proposal, actor=cast(User, request.user)),
            done=_("The proposal is off the table. The case still waits."),
            back=reverse("admin:moderation_case_changelist"),
            brand_id=proposal.brand_id,
        )

    def _proposal(self, request: HttpRequest, pk: UUID) -> Proposal:
        self.admit(request)
        proposal = Proposal.objects.select_related("case__message").filter(pk=pk).first()
        if proposal is None or not self.has_view_permission(request, proposal.case):
            raise Http404
        return proposal

    def hide_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Hide a comment straight from its conversation: GET asks for the reason, POST does it."""
        self.admit(request)
        message = (
            Message.objects.select_related(
                "conversation__contact", "conversation__account", "brand"
            )
            .filter(pk=pk)
            .first()
        )
        if message is None:
            raise Http404
        if not can(request.user, "moderation.case.decide", message):
            raise PermissionDenied
        back = reverse("admin:inbox_conversation_change", args=[message.conversation_id])
        if request.method == "POST":
            category = request.POST.get("category", "")
            return perform(
                request,
                lambda: proposals.hide_from_inbox(
                    message,
                    category=Category(category) if category in Category.values else Category.OTHER,
                    reason=request.POST.get("reason", ""),
                    actor=cast(User, request.user),
                ),
                done=done(Action.HIDE),
                back=back,
                brand_id=message.brand_id,
                tell=told,
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
