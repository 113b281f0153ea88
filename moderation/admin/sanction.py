"""Sanctions: who is warned, restricted, muted or banned, why and until when."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.choices import ConversationKind, Direction
from inbox.models import Contact, Message
from moderation.choices import Category, SanctionKind
from moderation.domain import sanctions
from moderation.domain.sanction_effects import effect_of
from moderation.models import Appeal, Sanction, StatementOfReasons
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, audit_url
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can
from tenants.registries import Seen

COMMENTS = 20


@admin.register(Sanction)
class SanctionPage(BrandAdmin):
    view_capability = "moderation.case.view"
    empty_hint = gettext_lazy(
        "A warning, mute, restriction or ban is imposed from a contact, on account of a comment."
    )
    reads = "moderation.sanction"
    account_path = "decision__message__account_id"
    list_display = ("starts_at", "contact", "kind", "reason", "until", "ended_at", "end", "by")
    list_select_related = ("contact", "decision__decided_by")
    list_filter = ("kind", "end")
    ordering = ("-starts_at", "-id")

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, row: Sanction) -> str:
        return row.decision.reason

    @admin.display(description=gettext_lazy("by"))
    def by(self, row: Sanction) -> str:
        return str(row.decision.decided_by or row.decision.actor_ref)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "impose/<uuid:pk>/",
                self.admin_site.admin_view(self.impose),
                name="inbox_contact_sanction",
            ),
            path("<uuid:pk>/lift/", self.post_view(self.lift), name="moderation_sanction_lift"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        sanction = self._open(request, object_id)
        channel = sanction.decision.message.conversation.account.channel
        context = self.admin_site.each_context(request) | {
            "title": str(sanction),
            "opts": self.opts,
            "sanction": sanction,
            "decision": sanction.decision,
            "statement": StatementOfReasons.objects.filter(decision=sanction.decision_id).first(),
            "appeal": Appeal.objects.filter(decision=sanction.decision_id).first(),
            "effect": effect_of(channel, sanction.kind),
            "may_lift": sanction.ended_at is None
            and can(request.user, sanctions.MANAGE, sanction.decision.message),
            "audit_url": audit_url(sanction)
            if can(request.user, "compliance.audit.view", sanction)
            else "",
        }
        tell_reads([self.opened(request, sanction)], actor=request.user)
        return TemplateResponse(request, "moderation/sanction.html", context)

    def _open(self, request: HttpRequest, pk: Any) -> Sanction:
        self.admit(request)
        try:
            found = (
                Sanction.objects.select_related(
                    "contact",
                    "brand",
                    "decision__rule",
                    "decision__decided_by",
                    "decision__reverses",
                    "decision__brand",
                    "decision__message__conversation__account",
                )
                .filter(pk=UUID(str(pk)))
                .first()
            )
        except ValueError:
            found = None
        if found is None or not self.has_view_permission(request, found.decision.message):
            raise Http404
        return found

    def impose(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """For one contact: GET shows the record and asks, with ``message`` and ``category`` of the
        address chosen; POST does it."""
        self.admit(request)
        contact = Contact.objects.select_related("brand").filter(pk=pk).first()
        if contact is None or not can(request.user, self.view_capability, contact):
            raise Http404
        if not can(request.user, sanctions.MANAGE, contact):
            raise PermissionDenied
        comments = list(
            Message.objects.select_related("conversation__account")
            .filter(
                conversation__contact=contact,
                conversation__kind=ConversationKind.COMMENT,
                direction=Direction.INBOUND,
            )
            .order_by("-occurred_at")[:COMMENTS]
        )
        if request.method == "POST":
            return self._impose(request, contact, comments)
        tell_reads([Seen("inbox.contact.read", contact)], actor=request.user)
        channel = comments[0].conversation.account.channel if comments else ""
        context = self.admin_site.each_context(request) | {
            "title": _("Sanction an author"),
            "opts": self.opts,
            "contact": contact,
            "comments": comments,
            "chosen": next(
                (one for one in comments if str(one.pk) == request.GET.get("message")),
                comments[0] if comments else None,
            ),
            "category": request.GET.get("category", ""),
            "kinds": [
                (kind, kind.label, effect_of(channel, kind) if channel else None)
                for kind in SanctionKind
            ],
            "categories": Category.choices,
            "earlier": Sanction.objects.filter(contact=contact)
            .select_related("decision")
            .order_by("-starts_at")[:COMMENTS],
        }
        return TemplateResponse(request, "moderation/sanction_impose.html", context)

    def _impose(
        self, request: HttpRequest, contact: Contact, comments: list[Message]
    ) -> HttpResponse:
        post = request.POST
        chosen = next((m for m in comments if str(m.pk) == post.get("message")), None)
        kind, category = post.get("kind", ""), post.get("category", "")
        if chosen is None or kind not in SanctionKind.values or category not in Category.values:
            raise Http404
        days = post.get("days", "").strip()
        return perform(
            request,
            lambda: sanctions.impose(
                chosen,
                kind=SanctionKind(kind),
                category=Category(category),
                reason=post.get("reason", ""),
                days=int(days) if days.isascii() and days.isdigit() else None,
                actor=cast(User, request.user),
            ),
            done=_("Done. The author is told why and how to appeal."),
            back=reverse("admin:inbox_contact_sanction", args=[contact.pk]),
            brand_id=contact.brand_id,
        )

    def lift(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        sanction = self._open(request, pk)
        return perform(
            request,
            lambda: sanctions.lift(
                sanction, reason=request.POST.get("reason", ""), actor=cast(User, request.user)
            ),
            done=_("The sanction is lifted."),
            back=reverse("admin:moderation_sanction_change", args=[sanction.pk]),
            brand_id=sanction.brand_id,
        )
