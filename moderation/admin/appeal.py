"""Appeals: a wronged author, and somebody who took no part."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.domain.acts import why_final
from moderation.choices import AppealState, Outcome
from moderation.domain import appeals
from moderation.models import Appeal, Decision, StatementOfReasons
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can


@admin.register(Appeal)
class AppealPage(BrandAdmin):
    view_capability = "moderation.appeal.view"
    reads = "moderation.appeal"
    list_display = (
        "received_at",
        "author",
        "comment",
        "excerpt",
        "state",
        "due_at",
        "outcome",
        "answered_by",
    )
    list_select_related = ("decided_by", "decision__message__conversation__contact")
    list_filter = ("state", "outcome")
    ordering = ("due_at", "id")

    @admin.display(description=gettext_lazy("author"))
    def author(self, row: Appeal) -> str:
        return str(row.decision.message.conversation.contact)

    @admin.display(description=gettext_lazy("comment"))
    def comment(self, row: Appeal) -> str:
        return Truncator(row.decision.text_snapshot).chars(80) or "–"

    @admin.display(description=gettext_lazy("decided by"), ordering="decided_by")
    def answered_by(self, row: Appeal) -> str:
        return str(row.decided_by or "–")

    @admin.display(description=gettext_lazy("what the author says"))
    def excerpt(self, row: Appeal) -> str:
        return Truncator(row.text).chars(80)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<uuid:pk>/answer/", self.post_view(self.answer), name="moderation_appeal_answer"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        appeal = self._open(request, object_id)
        user = cast(User, request.user)
        is_open = appeal.state == AppealState.RECEIVED
        may_decide = can(user, "moderation.appeal.decide", appeal)
        took_part = appeals.took_part(appeal, user)
        earlier = (
            Decision.objects.filter(message_id=appeal.decision.message_id)
            .select_related("decided_by")
            .order_by("decided_at", "id")
        )
        context = self.admin_site.each_context(request) | {
            "title": _("Appeal"),
            "opts": self.opts,
            "appeal": appeal,
            "decision": appeal.decision,
            "decisions": earlier,
            "statement": StatementOfReasons.objects.filter(decision=appeal.decision_id).first(),
            "rule_text": appeal.decision.rule.text(appeal.brand.language),
            "is_open": is_open,
            "is_late": is_open and appeal.due_at < timezone.now(),
            "now": timezone.now(),
            "took_part": took_part,
            "why_final": why_final(appeal.decision.message),
            "may_answer": is_open and may_decide and not took_part,
            "audit_url": audit_url(appeal) if can(user, "compliance.audit.view", appeal) else "",
            "outcomes": Outcome,
        }
        tell_reads([self.opened(request, appeal)], actor=request.user)
        return TemplateResponse(request, "moderation/appeal.html", context)

    def _open(self, request: HttpRequest, pk: Any) -> Appeal:
        try:
            appeal = (
                Appeal.objects.select_related(
                    "decision__message__conversation__contact",
                    "decision__message__conversation__account",
                    "decision__rule",
                    "decision__decided_by",
                    "decided_by",
                    "brand",
                )
                .filter(pk=UUID(str(pk)))
                .first()
            )
        except ValueError:
            appeal = None
        if appeal is None or not self.has_view_permission(request, appeal):
            raise Http404
        return appeal

    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        appeal = self._open(request, pk)
        wanted = request.POST.get("outcome", "")
        if wanted not in Outcome.values:
            raise Http404
        return perform(
            request,
            lambda: appeals.decide_appeal(
                appeal,
                outcome=Outcome(wanted),
                answer=request.POST.get("answer", ""),
                actor=cast(User, request.user),
            ),
            done=_("The appeal is answered."),
            back=reverse("admin:moderation_appeal_change", args=[appeal.pk]),
            brand_id=appeal.brand_id,
        )
