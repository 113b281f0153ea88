"""Events that went wrong, and another try."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inbox.choices import EventState
from inbox.domain.pipeline import try_again
from inbox.models import InboundEvent
from tenants.admin.base import BrandAdmin


@admin.register(InboundEvent)
class InboundEventPage(BrandAdmin):
    """Oldest trouble first when filtered to what needs a look."""

    view_capability = "inbox.event.manage"
    reads = "inbox.event"
    list_display = ("received_at", "kind", "account", "state", "attempts", "problem")
    list_select_related = ("account",)
    list_filter = ("state", "kind")
    ordering = ("-received_at", "-id")
    actions = ("try_again_selected",)
    fields = (
        "kind",
        "account",
        "state",
        "attempts",
        "problem",
        "occurred_at",
        "received_at",
        "not_before",
        "done_at",
        "lane",
        "dedupe_key",
        "delivery_ref",
        "payload",
    )

    @admin.action(description=_("Try again"))
    def try_again_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        events = list(queryset.filter(state=EventState.DEAD))
        for event in events:
            try_again(event, actor=request.user)  # type: ignore[arg-type]  # signed in by admin_view
        messages.success(
            request,
            ngettext("%d event is tried again.", "%d events are tried again.", len(events))
            % len(events),
        )
