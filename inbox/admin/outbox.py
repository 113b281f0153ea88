"""Replies that have not left: held drafts first."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from inbox.admin.desk_thread import OUTBOX_WORDS
from inbox.choices import OutboxState
from inbox.domain import replies
from inbox.models import OutboxItem
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.pages import code_of_page, page_of
from tenants.domain.reach import within
from tenants.domain.reads import tell_reads
from tenants.models import User
from tenants.permissions import can

STATES = (
    OutboxState.HELD,
    OutboxState.UNKNOWN,
    OutboxState.FAILED,
    OutboxState.QUEUED,
    OutboxState.SENT,
)


@admin.register(OutboxItem)
class OutboxPage(BrandAdmin):
    """Drafts with the reasons that hold them, and the two ways out."""

    view_capability = "inbox.reply.send"
    reads = "inbox.reply"
    account_path = "account_id"
    ordering = ("-created_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def post(route: str, view: Any) -> URLPattern:
            name = f"inbox_outboxitem_{view.__name__}"
            return path(f"<uuid:pk>/{route}/", self.post_view(view), name=name)

        return [
            post("approve", self.approve),
            post("reject", self.reject),
            post("settle", self.settle),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.admit(request)
        state = request.GET.get("state", "")
        state = state if state in STATES else OutboxState.HELD
        visible = within(
            OutboxItem.objects.filter(state=state),
            request.user,
            "inbox.reply.send",
            "inbox.reply.approve",
            via="account_id",
        )
        rows = visible.select_related("conversation__contact", "account", "created_by", "brand")
        page = page_of(rows, order=("-created_at", "-id"), cursor=request.GET.get("after", ""))
        workspace = workspace_of(request)
        context = self.admin_site.each_context(request) | {
            "title": _("Held replies") if state == OutboxState.HELD else _("Outbox"),
            "page": page,
            "words": OUTBOX_WORDS[state],
            "state": state,
            "states": [(s.value, OUTBOX_WORDS[s]) for s in STATES],
            "may_approve_all": can(request.user, "inbox.reply.approve"),
            "shows_brand": workspace is not None and workspace.brand is None,
        }
        part = code_of_page(request.GET.get("after", ""))
        tell_reads(self.listed(request, page.rows, page=part), actor=request.user)
        return TemplateResponse(request, "inbox/outbox.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A draft is read where it belongs: in its conversation."""
        item = self.find(request, object_id)
        response = HttpResponse(status=302)
        response["Location"] = self._back(item)
        return response

    def _back(self, item: OutboxItem) -> str:
        return reverse("admin:inbox_conversation_change", args=[item.conversation_id])

    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        item = self.find(request, pk)
        text = request.POST.get("text")
        return perform(
            request,
            lambda: replies.approve(item, actor=cast(User, request.user), text=text),
            done=_("Approved. The reply leaves as soon as nothing else holds it."),
            back=self._back(item),
            brand_id=item.brand_id,
        )

    def reject(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        item = self.find(request, pk)
        return perform(
            request,
            lambda: replies.reject(
                item, actor=cast(User, request.user), reason=request.POST.get("reason", "")
            ),
            done=_("Rejected. Nothing was sent."),
            back=self._back(item),
            brand_id=item.brand_id,
        )

    def settle(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        item = self.find(request, pk)
        was_sent = request.POST.get("was_sent") == "yes"
        return perform(
            request,
            lambda: replies.settle_unclear(item, was_sent=was_sent, actor=cast(User, request.user)),
            done=_("Noted: it has arrived.") if was_sent else _("It is sent again."),
            back=self._back(item),
            brand_id=item.brand_id,
        )
