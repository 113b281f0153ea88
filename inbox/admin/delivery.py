"""Raw deliveries of the whole agency: unreadable ones and those of unknown accounts."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inbox.choices import DeliveryState
from inbox.domain.splitting import split_again
from inbox.models import ReceivedDelivery
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.permissions import require

_SHOWN_BYTES = 20_000
_REPAIRABLE = (DeliveryState.DEAD, DeliveryState.UNROUTED)


@admin.register(ReceivedDelivery)
class ReceivedDeliveryPage(BrandAdmin):
    """Only in the agency's own workspace: a delivery belongs to none of its brands alone."""

    view_capability = "inbox.delivery.view"
    reads = "inbox.delivery"
    list_display = ("received_at", "channel", "state", "attempts", "problem")
    list_filter = ("state", "channel")
    list_select_related = ("app",)
    ordering = ("-received_at", "-id")
    actions = ("split_selected",)
    fields = (
        "channel",
        "app",
        "received_at",
        "state",
        "attempts",
        "problem",
        "body_sha256",
        "shown_body",
    )
    readonly_fields = ("shown_body", "body_sha256")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        workspace = workspace_of(request)
        is_whole = workspace is not None and workspace.agency_wide
        return is_whole and super().has_view_permission(request, obj)

    @admin.display(description=_("as received"))
    def shown_body(self, row: ReceivedDelivery) -> SafeString:
        text = bytes(row.body)[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
        return format_html('<pre class="raw"><bdi dir="ltr">{}</bdi></pre>', text)

    @admin.action(description=_("Read again"))
    def split_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.filter(state__in=_REPAIRABLE))
        for row in rows:
            require(request.user, "inbox.delivery.view", row)
            split_again(row)
        messages.success(
            request,
            ngettext("%d delivery is read again.", "%d deliveries are read again.", len(rows))
            % len(rows),
        )
