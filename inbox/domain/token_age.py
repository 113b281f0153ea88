"""How long the networks' tokens are good, and the inbox's secrets for the list of them. C13."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.models import ChannelAccount, ChannelApp
from tenants.registries import SecretRow
from tenants.scope import active_scope

# Days from the grant to the end, as the networks document it. For those that renew their access
# token by another one it is the life of that one: from then on a person must grant access again.
# Page tokens of Facebook and system users' tokens of WhatsApp have no end by time; they end with a
# password, a role or the app. Telegram's bot tokens have none either.
LIFETIME_DAYS: dict[str, int] = {
    "instagram": 60,
    "threads": 60,
    "linkedin": 365,
    "tiktok": 365,
}


def token_end(channel: str, *, set_at: datetime) -> datetime | None:
    """When a token entered then ends by the network's own rule; None if by none."""
    days = LIFETIME_DAYS.get(channel)
    return set_at + timedelta(days=days) if days else None


class ChannelSecrets:
    """Tokens of accounts, secrets of apps. Two queries, and none reads a value."""

    def rows(self) -> Sequence[SecretRow]:
        scope = active_scope()
        agencies = scope.agency_ids if scope else frozenset()
        accounts = ChannelAccount.objects.defer("access_token")
        found = [_of_account(account) for account in accounts]
        if agencies:
            apps = ChannelApp.objects.defer("app_secret", "verify_token")
            found += [_of_app(app) for app in apps.filter(agency__in=agencies)]
        return found


def _of_account(account: ChannelAccount) -> SecretRow:
    return SecretRow(
        kind="channel_token",
        kind_label=_("Access token"),
        ref=account.pk,
        brand_id=account.brand_id,
        title=str(account),
        set_at=account.secret_set_at,
        expires_at=account.secret_expires_at,
        url=reverse("admin:inbox_channelaccount_change", args=[account.pk]),
        note=_("must be connected again") if account.needs_reconnect else "",
    )


def _of_app(app: ChannelApp) -> SecretRow:
    return SecretRow(
        kind="app_secret",
        kind_label=_("App secret"),
        ref=app.pk,
        brand_id=None,
        title=f"{app.get_channel_display()} · {app.name}",
        set_at=app.secret_set_at,
    )
