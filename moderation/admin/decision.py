"""Decisions: what was decided, why, and what the author was told."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.admin import statements
from moderation.choices import Action
from moderation.domain import sanctions
from moderation.domain.undoing import undo
from moderation.models import Appeal, Decision, StatementOfReasons
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can


@admin.register(Decision)
class DecisionPage(BrandAdmin):
    """Read-only; taking a hiding back is a decision of its own."""

    view_capability = "moderation.case.view"
    empty_hint = gettext_lazy(
        "What is hidden, left visible or restored stands here, with its rule, its reason and "
        "who decided."
    )
    account_path = "message__account_id"
    reads = "moderation.decision"
    list_display = ("decided_at", "shown_action", "category", "who", "automation", "excerpt")
    list_select_related = ("decided_by",)
    list_filter = ("action", "category", "automation")
    ordering = ("-decided_at", "-id")

    @admin.display(description=gettext_lazy("decision"), ordering="action")
    def shown_action(self, row: Decision) -> str:
        return str(row.get_action_display())

    @admin.display(description=gettext_lazy("by"))
    def who(self, row: Decision) -> str:
        return str(row.decided_by) if row.decided_by else row.actor_ref

    @admin.display(description=gettext_lazy("text"))
    def excerpt(self, row: Decision) -> str:
        return Truncator(row.text_snapshot).chars(80)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "statements/",
                self.admin_site.admin_view(self.statements),
                name="moderation_decision_statements",
            ),
            path("<uuid:pk>/undo/", self.post_view(self.undo), name="moderation_decision_undo"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        decision = self._open(request, object_id)
        reversal = decision.reversed_by.select_related("decided_by").first()
        context = self.admin_site.each_context(request) | {
            "title": str(decision),
            "opts": self.opts,
            "decision": decision,
            "statement": StatementOfReasons.objects.filter(decision=decision).first(),
            "appeal": Appeal.objects.filter(decision=decision).first(),
            "reversal": reversal,
            "rule_text": decision.rule.text(decision.brand.language),
            "may_undo": decision.action == Action.HIDE
            and reversal is None
            and can(request.user, "moderation.case.decide", decision),
            "may_sanction": can(request.user, sanctions.MANAGE, decision),
            "may_pack": can(request.user, "compliance.evidence.export", decision),
            "audit_url": audit_url(decision)
            if can(request.user, "compliance.audit.view", decision)
            else "",
        }
        tell_reads([self.opened(request, decision)], actor=request.user)
        return TemplateResponse(request, "moderation/decision.html", context)

    def _open(self, request: HttpRequest, pk: Any) -> Decision:
        self.admit(request)
        try:
            decision = (
                Decision.objects.select_related(
                    "message__conversation__contact", "rule", "decided_by", "reverses", "brand"
                )
                .filter(pk=UUID(str(pk)))
                .first()
            )
        except ValueError:
            decision = None
        if decision is None or not self.has_view_permission(request, decision):
            raise Http404
        return decision

    def statements(self, request: HttpRequest) -> HttpResponseBase:
        """The records for the transparency database."""
        context = self.admin_site.each_context(request) | {"opts": self.opts}
        return statements.page(request, context)

    def undo(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        decision = self._open(request, pk)
        return perform(
            request,
            lambda: undo(
                decision,
                reason=request.POST.get("reason", "").strip() or _("The decision was taken back."),
                actor=cast(User, request.user),
            ),
            done=_("The comment is shown again.")
            if decision.action == Action.HIDE
            else _("Taken back. The case waits again."),
            tell=_reopened,
            back=reverse("admin:moderation_decision_change", args=[decision.pk]),
            brand_id=decision.brand_id,
        )


def _reopened(result: Decision) -> dict[str, Any]:
    """Whether the case waits again; what never left needs no "shown again"."""
    if result.action == Action.APPROVE:
        return {"is_open": True}
    if result.outbox_ref is not None:
        return {"is_open": False}
    return {
        "is_open": result.reverses is not None and result.reverses.case_id is not None,
        "message": _("Taken back before anybody heard of it. The case waits again."),
    }
