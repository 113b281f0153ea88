"""New accounts for a brand: on a network, or on our own sandbox network to try things out."""

import secrets
from dataclasses import dataclass
from functools import partial

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.domain.audit import record
from inbox.choices import Network
from inbox.domain.access import access_to
from inbox.domain.channels import connect_account
from inbox.domain.token_age import token_end
from inbox.models import ChannelAccount, ChannelApp
from inbox.providers.base import AccountAccess
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import PlatformFailure
from inbox.providers.sandbox.client import SandboxClient, SandboxRefused
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Agency, Brand
from tenants.permissions import Actor, require

NETWORK_URLS: dict[str, str] = {
    Network.WHATSAPP: "https://graph.facebook.com",
    Network.FACEBOOK: "https://graph.facebook.com",
    Network.INSTAGRAM: "https://graph.instagram.com",
    Network.YOUTUBE: "https://youtube.googleapis.com",
    Network.BLUESKY: "https://bsky.social",
}
_META = ("account_id", "access_token", "app_secret", "verify_token")
NEEDED: dict[str, tuple[str, ...]] = {
    Network.WHATSAPP: _META,
    Network.FACEBOOK: _META,
    Network.INSTAGRAM: _META,
    Network.YOUTUBE: ("account_id", "access_token", "app_secret", "client_id"),
    Network.BLUESKY: ("account_id", "access_token"),
}
"""What a person must enter to connect a real account."""
SANDBOX_NETWORKS = (Network.WHATSAPP, Network.FACEBOOK)
"""Those that our sandbox network speaks."""
HIDDEN = "•••"
_CONTROL_TIMEOUT_S = 5.0


class SandboxAway(DomainError):
    """There is no sandbox network here, or it does not answer."""

    code = "sandbox_away"
    default_message = gettext_lazy(
        "The sandbox network does not answer. Ask whoever runs this installation."
    )


@dataclass(frozen=True, slots=True)
class Health:
    """What a look at the network found. ``name``: as the network knows the account."""

    is_well: bool
    name: str
    problem: str = ""


@transaction.atomic
def connect_network(
    brand: Brand,
    *,
    channel: str,
    external_id: str,
    name: str,
    access_token: str,
    app_secret: str,
    verify_token: str,
    actor: Actor,
    client_id: str = "",
) -> ChannelAccount:
    """Connect a real account; the agency's app with these secrets is used or made. Where the
    network can be asked for the account's lasting id (a handle on Bluesky), it is: six seconds.

    Raises: NotAllowed, AccountTaken, InvalidInput (the network does not know the account).
    """
    require(actor, "inbox.channel.manage", brand)
    test_url = settings.BLUESKY_TEST_URL if channel == Network.BLUESKY else ""
    base_url = test_url or NETWORK_URLS[channel]
    typed = AccountAccess(base_url, external_id, "", "", sandbox=bool(test_url))
    try:
        lasting_id = CONNECTORS[channel].known_as(typed)
    except PlatformFailure as failure:
        raise InvalidInput(
            "account_id", _("The network does not know this account: %s") % failure.message[:200]
        ) from failure
    app = _find_app(brand.agency, channel, app_secret, verify_token, client_id)
    if app is None:
        app = ChannelApp.objects.create(
            agency=brand.agency,
            channel=channel,
            name=f"{brand.name} {Network(channel).label}"[:100],
            app_secret=app_secret,
            verify_token=verify_token,
            client_id=client_id,
        )
    return connect_account(
        brand,
        app=app,
        external_id=lasting_id,
        name=name or brand.name,
        base_url=base_url,
        access_token=access_token,
        actor=actor,
        is_sandbox=bool(test_url),
    )


def _find_app(
    agency: Agency, channel: str, secret: str, verify_token: str, client_id: str
) -> ChannelApp | None:
    """Secrets are encrypted with a new salt each time, so they are compared here."""
    for app in ChannelApp.objects.filter(agency=agency, channel=channel).order_by("id"):
        if (app.app_secret, app.verify_token, app.client_id) == (secret, verify_token, client_id):
            return app
    return None


@transaction.atomic
def connect_sandbox(
    brand: Brand, *, channel: str, actor: Actor, name: str = "", external_id: str = ""
) -> ChannelAccount:
    """An account on the sandbox network, with secrets of its own. The network learns of it when
    the transaction is committed.

    Raises: NotAllowed, SandboxAway, AccountTaken.
    """
    require(actor, "inbox.channel.manage", brand)
    if not settings.SANDBOX_URL:
        raise SandboxAway(_("This installation has no sandbox network."))
    if channel not in SANDBOX_NETWORKS:
        raise InvalidInput("network", _("The sandbox network has no accounts of this kind."))
    app = ChannelApp.objects.create(
        agency=brand.agency,
        channel=channel,
        name=f"{brand.name} {Network(channel).label} (Sandbox)"[:100],
        app_secret=secrets.token_hex(16),
        verify_token=secrets.token_hex(8),
    )
    account = connect_account(
        brand,
        app=app,
        external_id=external_id or f"9{secrets.randbelow(10**12):012d}",
        name=name or f"{brand.name} (Sandbox)",
        base_url=settings.SANDBOX_URL,
        access_token=secrets.token_hex(20),
        actor=actor,
        is_sandbox=True,
    )
    transaction.on_commit(partial(register_at_sandbox, account), robust=True)
    return account


def sandbox() -> SandboxClient:
    """The control side of the sandbox network. Close it. Raises: SandboxAway."""
    if not settings.SANDBOX_URL:
        raise SandboxAway(_("This installation has no sandbox network."))
    return SandboxClient(settings.SANDBOX_URL, settings.SANDBOX_KEY, timeout_s=_CONTROL_TIMEOUT_S)


def register_at_sandbox(account: ChannelAccount) -> None:
    """Tell the sandbox network of the account and where its deliveries go. Idempotent.

    Raises: SandboxAway.
    """
    app = account.app
    try:
        with sandbox() as network:
            network.add_app(
                str(app.pk),
                app_secret=app.app_secret,
                verify_token=app.verify_token,
                webhook_url=settings.PUBLIC_URL + app.webhook_path,
            )
            network.add_account(
                account.channel,
                account.external_id,
                token=account.access_token,
                app_id=str(app.pk),
                name=account.name,
            )
    except (httpx.HTTPError, SandboxRefused) as error:
        raise SandboxAway from error


def check_account(account: ChannelAccount, *, actor: Actor) -> Health:
    """Ask the network for the account with its own token; stores whether it must be reconnected.

    Reads only, at most six seconds. Raises: NotAllowed.
    """
    require(actor, "inbox.channel.manage", account)
    try:
        told = CONNECTORS[account.channel].look(access_to(account))
    except PlatformFailure as failure:
        health = Health(is_well=False, name="", problem=str(failure.message or failure.code)[:200])
    else:
        health = Health(is_well=True, name=(told or account.name)[:150])
    if account.needs_reconnect == health.is_well:
        account.needs_reconnect = not health.is_well
        account.save(update_fields=["needs_reconnect"])
    record(
        "inbox.channel.checked",
        account,
        actor=actor,
        facts={"well": int(health.is_well)},
        personal={"problem": health.problem} if health.problem else None,
    )
    return health


@transaction.atomic
def change_account(
    account: ChannelAccount, *, name: str, access_token: str, actor: Actor
) -> dict[str, tuple[object, object]]:
    """Rename an account, or give it a new token; empty values stay. Returns what changed, before
    and after; of the token only that it did.

    Raises: NotAllowed, InvalidInput (a sandbox account makes its own token).
    """
    require(actor, "inbox.channel.manage", account)
    changes: dict[str, tuple[object, object]] = {}
    if name and name != account.name:
        changes["name"] = (account.name, name)
        account.name = name
    if access_token and access_token != account.access_token:
        if account.is_sandbox:
            raise InvalidInput("access_token", _("A sandbox account makes its own token."))
        changes["access_token"] = (HIDDEN, f"{HIDDEN} *")
        account.access_token, account.needs_reconnect = access_token, False
        account.secret_set_at = timezone.now()
        account.secret_expires_at = token_end(account.channel, set_at=account.secret_set_at)
    if changes:
        account.save(
            update_fields=[*changes, "needs_reconnect", "secret_set_at", "secret_expires_at"]
        )
        record(
            "inbox.channel.changed",
            account,
            actor=actor,
            before={n: old for n, (old, _new) in changes.items() if n == "name"},
            after={n: new for n, (_old, new) in changes.items() if n == "name"},
            facts={"token_changed": int("access_token" in changes)},
        )
    return changes
