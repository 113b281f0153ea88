"""Connected accounts."""

from django.contrib import admin
from django.urls import URLPattern
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.admin import sending
from inbox.models import ChannelAccount, ChannelPoll
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
        "reading",
        "secret_set_at",
        "secret_expires_at",
        "sending_stopped_at",
        "sending_stopped_reason",
        "created_at",
    )

    @admin.display(description=gettext_lazy("asked for news"))
    def reading(self, row: ChannelAccount) -> str:
        """How the asking goes, where the network brings nothing by itself."""
        poll = ChannelPoll.objects.filter(account=row).first()
        if poll is None:
            return _("not needed: the network brings its news")
        if poll.problem:
            return _("trouble: %s") % poll.problem
        if poll.last_at is None:
            return _("not yet")
        at = formats.date_format(timezone.localtime(poll.last_at), "SHORT_DATETIME_FORMAT")
        if poll.is_behind:
            return _("last at %s; older comments are still being fetched") % at
        return _("last at %s") % at

    def get_urls(self) -> list[URLPattern]:
        return [*sending.urls(self.admin_site), *super().get_urls()]
