"""How to reach an account, and what its network's refusal means for it."""

from compliance.domain.audit import record
from inbox.models import ChannelAccount
from inbox.providers.base import AccountAccess
from inbox.providers.errors import ErrorClass
from tenants.actors import SystemActor


def access_to(account: ChannelAccount) -> AccountAccess:
    """What a connector needs to reach the account. Holds secrets: never log or store it."""
    return AccountAccess(
        base_url=account.base_url,
        account_id=account.external_id,
        token=account.access_token,
        app_secret=account.app.app_secret,
        version=account.api_version,
        client_id=account.app.client_id,
        sandbox=account.is_sandbox,
    )


def note_refused(account: ChannelAccount, kind: ErrorClass, *, actor: SystemActor) -> None:
    """An expired token or a restricted account concerns every further send."""
    if kind is ErrorClass.AUTH_EXPIRED and not account.needs_reconnect:
        account.needs_reconnect = True
        account.save(update_fields=["needs_reconnect"])
        record("inbox.channel.expired", account, actor=actor)
    elif kind is ErrorClass.POLICY and account.automation_on:
        account.automation_on = False
        account.save(update_fields=["automation_on"])
        record("inbox.channel.restricted", account, actor=actor)
