"""The sender: claims what is due, asks the gates once more, calls the network, settles.

The call itself stands outside any transaction. Before it the item is marked ``sending`` and
committed, so a crash at any instant leaves a trace; a text that was ``sending`` when its worker
died becomes ``unknown`` and is never sent again blindly: an echo, a receipt or a read-back settles
it, or a person does.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from compliance.choices import Purpose
from compliance.domain.audit import record
from compliance.domain.consent import not_confirmed
from inbox.choices import TEXT_ACTIONS, OutboxState
from inbox.domain.access import access_to, note_refused
from inbox.domain.gates import PER_ACCOUNT_MINUTE
from inbox.domain.lists import settled_steps
from inbox.domain.outgoing import Outgoing, wait_until, walk_gates
from inbox.domain.plans import along_the_index
from inbox.domain.sent import mark_sent
from inbox.domain.units import spend_units
from inbox.models import OutboxItem
from inbox.providers.base import AccountAccess, Call, PlatformFailure, ReadBackUnavailable
from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import ErrorClass
from tenants.actors import SENDER
from tenants.choices import Quota
from tenants.domain.quotas import spend
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
LONGEST_WAIT_S = 300
GIVE_UP_SENDING_AFTER = timedelta(hours=1)
FIRST_LOOK_AFTER = timedelta(seconds=3)
LOOK_AGAIN_AFTER = timedelta(seconds=20)
BELIEVE_ABSENCE_AFTER = timedelta(seconds=10)
GIVE_UP_LOOKING_AFTER = timedelta(hours=1)
_OPEN = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is needed to call the network without a transaction."""

    item_id: UUID
    access: AccountAccess
    channel: str
    call: Call
    look_only: bool
    account_id: UUID
    is_first_attempt: bool


def send_waiting(brand_id: UUID, *, limit: int = 50) -> int:
    """Send or settle up to ``limit`` due items of one brand; returns how many were touched."""
    count = 0
    while count < limit and send_next(brand_id):
        count += 1
    return count


def send_next(brand_id: UUID, *, may_start: Callable[[], bool] | None = None) -> bool:
    """Send or settle the item whose turn it is; False if there is none.

    ``may_start`` is asked inside the transaction that claims.
    """
    with brand_scope(brand_id):
        if may_start is not None and not may_start():
            return False
        claim = _claim(now=timezone.now())
        others = _claim_more(claim, now=timezone.now()) if claim else []
    if claim is None:
        return False
    if others:
        _carry_out_many(brand_id, [claim, *others])
    else:
        _carry_out(brand_id, claim)
    return True


def in_flight(brand_id: UUID, *, now: datetime) -> int:
    """Items of the brand in scope that a worker is calling the network for."""
    return OutboxItem.objects.filter(
        brand_id=brand_id, state=OutboxState.SENDING, lease_until__gt=now
    ).count()


def _due(*, now: datetime) -> QuerySet[OutboxItem]:
    """Items whose turn it is.

    Texts of one thread leave one after the other, and so do hiding and showing of one comment: an
    item waits while an earlier one is on its way or waits for its retry. A text does not wait for
    an unclear one, which the network has probably taken and which only a person may settle.
    """
    earlier = OutboxItem.objects.filter(id__lt=OuterRef("id")).filter(
        Q(state=OutboxState.SENDING)
        | Q(state=OutboxState.QUEUED, attempts__gt=0)
        | Q(state=OutboxState.QUEUED, not_before__lte=now)
    )
    texts = earlier.filter(conversation=OuterRef("conversation"), action__in=TEXT_ACTIONS)
    acts = earlier.filter(message=OuterRef("message")).exclude(action__in=TEXT_ACTIONS)
    is_text = Q(action__in=TEXT_ACTIONS)
    # What an account may not send in this minute stays due, and costs no walk through the gates.
    full = (
        OutboxItem.objects.filter(sent_at__gt=now - timedelta(minutes=1))
        .values("account")
        .annotate(sent=Count("pk"))
        .filter(sent__gte=PER_ACCOUNT_MINUTE)
        .values_list("account", flat=True)
    )
    return (
        OutboxItem.objects.filter(state__in=_OPEN, not_before__lte=now)
        .exclude(state=OutboxState.SENDING, lease_until__gt=now)
        .exclude(state=OutboxState.QUEUED, action__in=TEXT_ACTIONS, account__in=list(full))
        .filter(
            ~Q(state=OutboxState.QUEUED) | (is_text & ~Exists(texts)) | (~is_text & ~Exists(acts))
        )
    )


def _claim(*, now: datetime) -> _Claim | None:
    """Lock the oldest due item and decide what to do with it. Gates may hold it: then the next."""
    while True:
        with along_the_index():
            item = (
                _due(now=now)
                .select_related("account__app", "conversation", "message")
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("not_before", "id")
                .first()
            )
        if item is None:
            return None
        # Hiding twice is hiding once: only of texts it matters whether the call took effect.
        if item.state == OutboxState.SENDING and item.action in TEXT_ACTIONS:
            _to_unknown(item, "the sender stopped in the middle", now=now)
            continue
        if item.state == OutboxState.UNKNOWN:
            item.not_before = now + LOOK_AGAIN_AFTER
            item.save(update_fields=["not_before"])
            return _claim_of(item, look_only=True)
        outgoing, refusals = walk_gates(item, now=now, is_leaving=True)
        if until := wait_until(refusals):
            item.not_before = until
            item.held_reasons = [refusal.to_json() for refusal in refusals]
            item.save(update_fields=["not_before", "held_reasons"])
            continue
        if refusals:
            item.state = OutboxState.HELD
            item.held_reasons = [refusal.to_json() for refusal in refusals]
            item.save(update_fields=["state", "held_reasons"])
            record(
                "inbox.reply.held",
                item,
                actor=SENDER,
                facts={"refused_by": ".".join(r.code for r in refusals)[:90]},
            )
            if item.purpose == Purpose.CONFIRMATION:
                not_confirmed(item.brand_id, channel=outgoing.channel, address=item.recipient)
            continue
        _set_sending(item, outgoing, now=now)
        if cost := CONNECTORS[item.account.channel].units.get(item.action, 0):
            spend_units(item.account, cost, now=now)
        return _claim_of(item, look_only=False)


def _set_sending(item: OutboxItem, outgoing: Outgoing, *, now: datetime) -> None:
    """From here on a crash leaves a trace."""
    item.disclosure, item.disclosure_why = outgoing.disclosure, outgoing.disclosure_why
    item.processed_in = outgoing.processed_in
    item.transfer_ground = outgoing.transfer_ground
    item.sent_text = f"{item.text}\n\n{item.disclosure}" if item.disclosure else item.text
    item.state, item.attempts = OutboxState.SENDING, item.attempts + 1
    item.lease_until, item.first_attempt_at = now + LEASE, item.first_attempt_at or now
    item.held_reasons = []
    item.save(
        update_fields=[
            "held_reasons",
            "disclosure",
            "disclosure_why",
            "processed_in",
            "transfer_ground",
            "sent_text",
            "state",
            "attempts",
            "lease_until",
            "first_attempt_at",
        ]
    )
    if item.action in TEXT_ACTIONS:
        spend(item.brand_id, Quota.SENDS, now=now)


def _claim_more(first: _Claim, *, now: datetime) -> list[_Claim]:
    """Acts of the same kind on other comments of the account, where one call carries many."""
    limit = CONNECTORS[first.channel].batch_size(first.call.action) - 1
    if limit < 1 or first.look_only or not first.is_first_attempt:
        return []
    items = (
        _due(now=now)
        .filter(
            account_id=first.account_id,
            action=first.call.action,
            state=OutboxState.QUEUED,
            attempts=0,
        )
        .select_related("account__app", "conversation", "message")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("not_before", "id")[:limit]
    )
    claims = []
    for item in items:
        outgoing, refusals = walk_gates(item, now=now, is_leaving=True)
        if not refusals:  # what is refused is told when it is its own turn
            _set_sending(item, outgoing, now=now)
            claims.append(_claim_of(item, look_only=False))
    return claims


def _claim_of(item: OutboxItem, *, look_only: bool) -> _Claim:
    call = Call(
        action=item.action,  # type: ignore[arg-type]  # OutboxAction's values are the connector's
        to=item.recipient,
        target=item.target_external_id,
        text=item.sent_text,
        reference=str(item.pk),
        attempted_at=item.first_attempt_at,
    )
    return _Claim(
        item.pk,
        access_to(item.account),
        item.account.channel,
        call,
        look_only,
        item.account_id,
        item.attempts == 1,
    )


def _carry_out(brand_id: UUID, claim: _Claim) -> None:
    connector = CONNECTORS[claim.channel]
    try:
        if claim.look_only:
            found = connector.find_sent(claim.access, claim.call)
            _settle_look(brand_id, claim, found.external_id if found else None)
            return
        result = connector.send(claim.access, claim.call)
    except ReadBackUnavailable:
        _keep_waiting(brand_id, claim)
    except PlatformFailure as failure:
        _settle_failure(brand_id, claim, failure)
    except Exception as error:  # one item's trouble must not hold the others
        logger.exception("item %s broke the connector", claim.item_id)
        broken = PlatformFailure(ErrorClass.AMBIGUOUS, "broken", type(error).__name__)
        _settle_failure(brand_id, claim, broken)
    else:
        with brand_scope(brand_id):
            item = _locked(claim)
            mark_sent(item, external_id=result.external_id, now=timezone.now(), actor=SENDER)


def _carry_out_many(brand_id: UUID, claims: list[_Claim]) -> None:
    """One call for all. What the network refuses as a whole is done again one by one."""
    first = claims[0]
    try:
        results = CONNECTORS[first.channel].send_many(first.access, [one.call for one in claims])
    except PlatformFailure as failure:
        if failure.error_class in {ErrorClass.TARGET_GONE, ErrorClass.INVALID}:
            for claim in claims:
                _put_back(brand_id, claim)
            return
        for claim in claims:
            _settle_failure(brand_id, claim, failure)
    else:
        for claim, result in zip(claims, results, strict=True):
            with brand_scope(brand_id):
                mark_sent(
                    _locked(claim),
                    external_id=result.external_id,
                    now=timezone.now(),
                    actor=SENDER,
                )


def _put_back(brand_id: UUID, claim: _Claim) -> None:
    """Its attempts are counted, so it joins no batch again."""
    with brand_scope(brand_id):
        item = _locked(claim)
        item.state, item.lease_until = OutboxState.QUEUED, None
        item.save(update_fields=["state", "lease_until"])


def _locked(claim: _Claim) -> OutboxItem:
    return (
        OutboxItem.objects.select_related("account", "conversation", "message")
        .select_for_update(of=("self",))
        .get(pk=claim.item_id)
    )


def _settle_look(brand_id: UUID, claim: _Claim, external_id: str | None) -> None:
    """Read back: found means sent; looked and not there means it may be sent (again)."""
    with brand_scope(brand_id):
        item, now = _locked(claim), timezone.now()
        if item.state != OutboxState.UNKNOWN:
            return
        if external_id is not None:
            mark_sent(item, external_id=external_id, now=now, actor=SENDER)
            return
        if item.lease_until is not None and now < item.lease_until:
            item.not_before = item.lease_until  # it may only not be visible yet
            item.save(update_fields=["not_before"])
            return
        item.state, item.not_before, item.lease_until = OutboxState.QUEUED, now, None
        item.save(update_fields=["state", "not_before", "lease_until"])
        record("inbox.reply.requeued", item, actor=SENDER, reason="read_back_found_nothing")


def _keep_waiting(brand_id: UUID, claim: _Claim) -> None:
    """The network cannot be asked: a receipt may still come. After an hour a person decides."""
    with brand_scope(brand_id):
        item, now = _locked(claim), timezone.now()
        if item.state != OutboxState.UNKNOWN:
            return
        _give_up_looking(item, now=now)


def _give_up_looking(item: OutboxItem, *, now: datetime) -> None:
    """After ``GIVE_UP_LOOKING_AFTER`` the item stays unclear until a person or a receipt comes."""
    if now - (item.first_attempt_at or item.created_at) > GIVE_UP_LOOKING_AFTER:
        item.not_before = now + timedelta(days=3650)
        item.error_text = "no receipt came; a person must decide whether to send again"
        item.save(update_fields=["not_before", "error_text"])


def _to_unknown(item: OutboxItem, why: str, *, now: datetime) -> None:
    item.state, item.error_class, item.error_text = OutboxState.UNKNOWN, "ambiguous", why
    item.lease_until, item.not_before = now + BELIEVE_ABSENCE_AFTER, now
    item.save(update_fields=["state", "error_class", "error_text", "lease_until", "not_before"])
    record("inbox.reply.unclear", item, actor=SENDER, facts={"action": item.action})


def _settle_failure(brand_id: UUID, claim: _Claim, failure: PlatformFailure) -> None:
    with brand_scope(brand_id):
        item, now = _locked(claim), timezone.now()
        if item.state not in {OutboxState.SENDING, OutboxState.UNKNOWN}:
            return
        repeatable = item.action not in TEXT_ACTIONS
        kind = failure.error_class
        if kind is ErrorClass.AMBIGUOUS and not repeatable:
            if item.state == OutboxState.SENDING:
                _to_unknown(item, failure.message[:500], now=now)
                item.not_before = now + FIRST_LOOK_AFTER
                item.save(update_fields=["not_before"])
            return
        if claim.look_only and kind is not ErrorClass.TARGET_GONE:
            _give_up_looking(item, now=now)  # the look failed; the next one is scheduled
            return
        later = kind in {ErrorClass.TRANSIENT, ErrorClass.RATE_LIMITED, ErrorClass.AMBIGUOUS}
        item.error_class, item.error_text = kind.value, failure.message[:500]
        item.lease_until = None
        started = item.first_attempt_at or now
        if later and now - started < GIVE_UP_SENDING_AFTER:
            wait_s = max(failure.retry_after_s or 0, min(2**item.attempts, LONGEST_WAIT_S))
            item.state, item.not_before = OutboxState.QUEUED, now + timedelta(seconds=wait_s)
        else:
            item.state = OutboxState.FAILED
        item.save(update_fields=["error_class", "error_text", "lease_until", "state", "not_before"])
        if item.state == OutboxState.FAILED:
            noun = "reply" if item.action in TEXT_ACTIONS else "action"
            record(
                f"inbox.{noun}.failed",
                item,
                actor=SENDER,
                reason=failure.message[:200],
                facts={"class": kind.value, "action": item.action},
            )
            note_refused(item.account, kind, actor=SENDER)
            if item.action not in TEXT_ACTIONS:
                for step in settled_steps():
                    step(item, now)
