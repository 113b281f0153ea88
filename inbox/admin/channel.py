"""Connected accounts."""

from django.contrib import admin
from django.urls import URLPattern

from inbox.admin import sending
from inbox.models import ChannelAccount
from tenants.admin.base import BrandAdmin


@admin.register(ChannelAccount)
class ChannelAccountPage(BrandAdmin):
    """Secrets are never shown; connecting and stopping are verbs."""

    view_capability = "inbox.channel.view"
    account_path = "pk"
    change_capability = "inbox.channel.manage"
    editable_fields = ("name", "automation_on", "secret_expires_at")
    list_display = (
        "name",
        "channel",
        "external_id",
        "is_sandbox",
        "automation_on",
        "needs_reconnect",
        "sending_stopped_at",
    )
    list_filter = ("channel", "needs_reconnect")
    ordering = ("channel", "name")
    fields = (
        "name",
        "automation_on",
        "channel",
        "external_id",
        "base_url",
        "api_version",
        "is_sandbox",
        "needs_reconnect",
        "secret_set_at",
        "secret_expires_at",
        "sending_stopped_at",
        "sending_stopped_reason",
        "created_at",
    )

    def get_urls(self) -> list[URLPattern]:
        return [*sending.urls(self.admin_site), *super().get_urls()]
