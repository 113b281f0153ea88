"""Accounts whose network brings no news are asked for it.

The network is asked outside any transaction. What it answered is handed in as a delivery together
with the new reading position, in one transaction: a crash before it costs a second look, a crash
after it nothing.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from inbox.choices import ConversationKind, DeliveryState, Direction, Visibility
from inbox.domain.access import access_to, note_refused
from inbox.domain.units import counts_units, pace_s, room_for, spend_units
from inbox.domain.wake import wake
from inbox.models import ChannelAccount, ChannelPoll, Message, ReceivedDelivery
from inbox.providers.base import AccountAccess, PlatformFailure
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import ErrorClass
from inbox.providers.polling import Cursor, Polled, PolledConnector
from tenants.actors import PIPELINE
from tenants.models import Brand
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
BEHIND_S = 5
SLOWEST_RETRY_S = 1800
WATCH_FOR = timedelta(days=14)
_MOST_UNITS = 12
"""What one poll may cost at most; with less room it waits."""


@dataclass(frozen=True, slots=True)
class _Claim:
    poll_id: UUID
    agency_id: UUID
    channel: str
    access: AccountAccess
    cursor: Cursor
    watched: list[str]


def start_polling(account: ChannelAccount, *, now: datetime) -> None:
    """The account is asked from now on, if its network brings nothing."""
    connector = CONNECTORS[account.channel]
    if isinstance(connector, PolledConnector):
        ChannelPoll.objects.create(
            brand_id=account.brand_id,
            account=account,
            next_at=now,
            interval_s=connector.quickest_s,
        )
        wake("inbox.poll_accounts", brand_id=account.brand_id)
    if counts_units(account.channel):
        spend_units(account, 0, now=now)


def poll_due(brand_id: UUID, *, limit: int = 10) -> int:
    """Ask the brand's accounts whose time has come; returns how many were asked."""
    count = 0
    while count < limit:
        with brand_scope(brand_id):
            claim = _claim(now=timezone.now())
        if claim is None:
            break
        _ask(brand_id, claim)
        count += 1
    return count


def _claim(*, now: datetime) -> _Claim | None:
    while True:
        poll = (
            ChannelPoll.objects.filter(next_at__lte=now)
            .exclude(lease_until__gt=now)
            .select_related("account__app", "brand")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("next_at", "id")
            .first()
        )
        if poll is None:
            return None
        account = poll.account
        # A brand at its end takes nothing in; an account without a sign-in cannot be asked.
        if poll.brand.intake_stopped_at is not None or account.needs_reconnect:
            poll.next_at = now + timedelta(seconds=SLOWEST_RETRY_S)
            poll.save(update_fields=["next_at"])
            continue
        if counts_units(account.channel) and _is_poor(account, now=now):
            poll.next_at = now + timedelta(seconds=SLOWEST_RETRY_S)
            poll.problem = "the network's allowance for today is used up"
            poll.save(update_fields=["next_at", "problem"])
            continue
        poll.lease_until = now + LEASE
        poll.save(update_fields=["lease_until"])
        return _Claim(
            poll.pk,
            poll.brand.agency_id,
            account.channel,
            access_to(account),
            poll.cursor,
            _watched(account, now=now),
        )


def _is_poor(account: ChannelAccount, *, now: datetime) -> bool:
    return room_for(account, purpose="read", now=now) < _MOST_UNITS


def _watched(account: ChannelAccount, *, now: datetime) -> list[str]:
    """Visible comments of the last days, another part of them each time."""
    connector = CONNECTORS[account.channel]
    if not isinstance(connector, PolledConnector):
        return []
    rows = Message.objects.filter(
        account=account,
        direction=Direction.INBOUND,
        conversation__kind=ConversationKind.COMMENT,
        visibility=Visibility.VISIBLE,
        occurred_at__gt=now - WATCH_FOR,
        external_id__isnull=False,
    ).order_by("-occurred_at", "-id")
    ids = [str(one) for one in rows.values_list("external_id", flat=True)[:1000]]
    size = connector.watch_limit
    parts = max(1, -(-len(ids) // size))
    turn = int(now.timestamp()) // connector.quickest_s % parts
    return ids[turn * size : (turn + 1) * size]


def _ask(brand_id: UUID, claim: _Claim) -> None:
    connector = CONNECTORS[claim.channel]
    assert isinstance(connector, PolledConnector)  # noqa: S101 -- only such accounts have a row
    now = timezone.now()
    try:
        polled = connector.poll(claim.access, claim.cursor, watched=claim.watched, now=now)
    except PlatformFailure as failure:
        _settle(brand_id, claim, None, failure, now=now)
    except Exception as error:  # one account's trouble must not hold the others
        logger.exception("poll %s broke the connector", claim.poll_id)
        broken = PlatformFailure(ErrorClass.TRANSIENT, "broken", type(error).__name__)
        _settle(brand_id, claim, None, broken, now=now)
    else:
        _settle(brand_id, claim, polled, polled.failure, now=now)


def _settle(
    brand_id: UUID,
    claim: _Claim,
    polled: Polled | None,
    failure: PlatformFailure | None,
    *,
    now: datetime,
) -> None:
    with brand_scope([brand_id], agency_ids=[claim.agency_id]):
        poll = (
            ChannelPoll.objects.select_related("account__app", "brand")
            .select_for_update(of=("self",))
            .get(pk=claim.poll_id)
        )
        if polled is not None and poll.cursor == claim.cursor:
            _hand_in(poll, claim, polled, now=now)
            poll.cursor, poll.is_behind = polled.cursor, polled.is_behind
        if counts_units(claim.channel):
            spend_units(poll.account, polled.units if polled else 1, now=now)
        poll.lease_until, poll.last_at = None, now
        if failure is None:
            poll.failures, poll.problem = 0, ""
        else:
            poll.failures = min(poll.failures + 1, 1000)
            poll.problem = f"{failure.code}: {failure.message}"[:300]
            note_refused(poll.account, failure.error_class, actor=PIPELINE)
        poll.interval_s, wait_s = _pace(poll, polled, failure, now=now)
        poll.next_at = now + timedelta(seconds=wait_s)
        poll.save()


def _hand_in(poll: ChannelPoll, claim: _Claim, polled: Polled, *, now: datetime) -> None:
    brand: Brand = poll.brand
    for body in polled.bodies:
        ReceivedDelivery.objects.create(
            agency_id=brand.agency_id,
            app_id=poll.account.app_id,
            channel=claim.channel,
            account_hint=poll.account.external_id[:100],
            body=body,
            body_sha256=hashlib.sha256(body).hexdigest(),
            received_at=now,
            state=DeliveryState.RECEIVED,
        )
    if polled.bodies:
        wake("inbox.split_deliveries", agency_id=brand.agency_id)


def _pace(
    poll: ChannelPoll, polled: Polled | None, failure: PlatformFailure | None, *, now: datetime
) -> tuple[int, int]:
    """(seconds between polls, seconds until the next): quick where there is news, slow where there
    is none, never quicker than the day's allowance lasts."""
    connector = CONNECTORS[poll.account.channel]
    assert isinstance(connector, PolledConnector)  # noqa: S101 -- as above
    if polled is None:
        hint = failure.retry_after_s if failure else None
        backoff = min(SLOWEST_RETRY_S, connector.quickest_s * 2 ** min(poll.failures, 8))
        return poll.interval_s, max(hint or 0, backoff)
    interval = connector.quickest_s
    if not polled.has_news:
        interval = min(connector.slowest_s, max(interval, poll.interval_s * 3 // 2))
    wait_s = BEHIND_S if polled.is_behind and failure is None else interval
    if counts_units(poll.account.channel):
        wait_s = max(wait_s, pace_s(poll.account, units_per_poll=max(1, polled.units), now=now))
    return interval, wait_s
