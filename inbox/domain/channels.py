"""Connecting accounts, and the kill switch."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.vendors.routes import check
from inbox.domain.polling import start_polling
from inbox.domain.token_age import token_end
from inbox.exceptions import AccountTaken
from inbox.models import ChannelAccount, ChannelApp, ChannelRoute
from tenants.choices import BrandState
from tenants.domain.agencies import audit_agency
from tenants.exceptions import InvalidInput, NotFound
from tenants.models import Agency, Brand
from tenants.permissions import Actor, require


@transaction.atomic
def connect_account(
    brand: Brand,
    *,
    app: ChannelApp,
    external_id: str,
    name: str,
    base_url: str,
    access_token: str,
    actor: Actor,
    is_sandbox: bool = False,
) -> ChannelAccount:
    """Connect one account of a network and route its deliveries to the brand.

    Raises: NotAllowed, NotFound (the app is another agency's), AccountTaken, VendorNotCleared (the
    agency connects only through approved vendors; the sandbox network is ours).
    """
    require(actor, "inbox.channel.manage", brand)
    if app.agency_id != brand.agency_id:
        raise NotFound
    if not is_sandbox:
        check(brand, app.channel, on=timezone.now().date())
    account = ChannelAccount.objects.create(
        brand=brand,
        app=app,
        channel=app.channel,
        external_id=external_id,
        name=name,
        base_url=base_url,
        access_token=access_token,
        is_sandbox=is_sandbox,
        secret_expires_at=None if is_sandbox else token_end(app.channel, set_at=timezone.now()),
    )
    # A closed brand keeps its routes to drop what still arrives; a new owner takes them over.
    ChannelRoute.objects.filter(
        channel=app.channel, external_id=external_id, brand__state=BrandState.CLOSED
    ).delete()
    try:
        with transaction.atomic():
            ChannelRoute.objects.create(
                channel=app.channel, external_id=external_id, brand=brand, account_ref=account.pk
            )
    except IntegrityError as error:
        raise AccountTaken from error
    start_polling(account, now=timezone.now())
    record(
        "inbox.channel.connected",
        account,
        actor=actor,
        facts={"channel": app.channel, "sandbox": str(is_sandbox).lower()},
    )
    return account


type Stoppable = Agency | Brand | ChannelAccount


@transaction.atomic
def stop_sending(target: Stoppable, *, actor: Actor, reason: str) -> None:
    """The kill switch: from now on no text leaves. What is queued is held when its turn comes.

    Raises: NotAllowed, InvalidInput (no reason).
    """
    require(actor, "inbox.sending.stop", target)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why sending is stopped."))
    target.sending_stopped_at, target.sending_stopped_reason = timezone.now(), reason.strip()[:300]
    target.save(update_fields=["sending_stopped_at", "sending_stopped_reason"])
    _tell("inbox.sending.stopped", target, actor=actor, reason=reason.strip()[:300])


@transaction.atomic
def resume_sending(target: Stoppable, *, actor: Actor) -> None:
    """Text may leave again; what was held stays held until a person releases it.

    Raises: NotAllowed.
    """
    require(actor, "inbox.sending.stop", target)
    target.sending_stopped_at, target.sending_stopped_reason = None, ""
    target.save(update_fields=["sending_stopped_at", "sending_stopped_reason"])
    _tell("inbox.sending.resumed", target, actor=actor)


def _tell(kind: str, target: Stoppable, *, actor: Actor, reason: str = "") -> None:
    """An agency's stop is told in the agency's own ledger, the others in the brand's."""
    if isinstance(target, Agency):
        audit_agency(kind, target, agency=target, actor=actor, reason=reason)
    else:
        record(kind, target, actor=actor, reason=reason)
