"""What a released request does beside collecting and erasing: restriction, objection, notices."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import NoticeState, Purpose, RequestKind, RequestState
from compliance.domain.audit import record
from compliance.domain.consent import withdraw
from compliance.domain.requests import answers
from compliance.domain.requests.cases import MOVE_FIELDS, locked, move
from compliance.domain.requests.subjects import reference_of
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.subject import Subject
from compliance.models import DataRequest, ProcessingRestriction, RecipientNotice
from compliance.permissions import HANDLE_REQUESTS
from compliance.registries import Recipient, recipients
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require
from tenants.registry import Registry

TOLD_KINDS = frozenset({RequestKind.RECTIFICATION, RequestKind.ERASURE, RequestKind.RESTRICTION})
"""What recipients must be told of. Source: GDPR Art. 19."""


def restrict(case: DataRequest, *, actor: Actor, now: datetime) -> int:
    """From now on the data of these contacts are only stored. In the caller's transaction."""
    count = 0
    for ref in case.contact_refs:
        row, created = ProcessingRestriction.objects.get_or_create(
            brand_id=case.brand_id,
            contact_ref=ref,
            lifted_at=None,
            defaults={"request": case, "ground": case.restriction_ground, "since": now},
        )
        if created:
            count += 1
            record("compliance.restriction.set", row, actor=actor, reason=row.ground)
    return count


def is_restricted(contact_ref: UUID) -> bool:
    """Whether the contact's data may only be stored now. In the brand's scope; one query."""
    return ProcessingRestriction.objects.filter(contact_ref=contact_ref, lifted_at=None).exists()


@transaction.atomic
def announce_lifting(restriction: ProcessingRestriction, *, actor: Actor) -> ProcessingRestriction:
    """Tell the person that the restriction is going to end. Source: GDPR Art. 18(3).

    Raises: NotAllowed, InvalidState (lifted already).
    """
    require(actor, HANDLE_REQUESTS, restriction)
    row = _open(restriction)
    case = row.request

    def words() -> tuple[str, str]:
        return (
            answers.subject_line(case),
            _("The restriction of your data is going to be lifted. If you object, answer us now."),
        )

    subject, text = answers.spoken(case, words)
    told = answers.tell(case, subject=subject, text=text, key=f"lift:{row.pk}")
    row.lift_told_at = timezone.now()
    row.save(update_fields=["lift_told_at"])
    record("compliance.restriction.announced", row, actor=actor, facts={"by": told or "none"})
    return row


@transaction.atomic
def lift(restriction: ProcessingRestriction, *, actor: Actor) -> ProcessingRestriction:
    """The data may be used again. Raises: NotAllowed, InvalidState (the person was not told)."""
    require(actor, HANDLE_REQUESTS, restriction)
    row = _open(restriction)
    if row.lift_told_at is None:
        raise InvalidState(_("The person must be told before the restriction is lifted."))
    row.lifted_at = timezone.now()
    row.save(update_fields=["lifted_at"])
    record("compliance.restriction.lifted", row, actor=actor)
    return row


def _open(restriction: ProcessingRestriction) -> ProcessingRestriction:
    row = (
        ProcessingRestriction.objects.select_for_update(no_key=True, of=("self",))
        .select_related("request__brand__agency")
        .get(pk=restriction.pk)
    )
    if row.lifted_at is not None:
        raise InvalidState(_("The restriction is lifted already."))
    return row


def object_to(case: DataRequest, subject: Subject, *, actor: Actor, now: datetime) -> int:
    """No advertising to any address of the person, for good. Source: GDPR Art. 21(2), (3).

    In the caller's transaction; says how many addresses changed.
    """
    purposes = [Purpose.MARKETING] if case.for_marketing else []
    changed = 0
    for channel, address in identified(subject).known.addresses if purposes else ():
        changed += withdraw(
            case.brand_id,
            channel=channel,
            address=address,
            purposes=purposes,
            source="data_request",
            evidence=str(case.pk),
            actor=actor,
            at=now,
        )
    return changed


def tell_recipients(
    case: DataRequest,
    subject: Subject,
    *,
    actor: Actor,
    registry: Registry[Recipient] = recipients,
) -> list[RecipientNotice]:
    """Tell everybody who was given the data; those that cannot be told wait for a person.

    In the caller's transaction. Safe to run twice: who was told is not told again.
    """
    notices: list[RecipientNotice] = []
    for recipient in registry if case.kind in TOLD_KINDS else ():
        title = str(recipient.title)[:150]
        notice = RecipientNotice.objects.filter(request=case, recipient=title).first()
        if notice is None:
            if not recipient.has_received(subject):
                continue
            notice = RecipientNotice(brand_id=case.brand_id, request=case, recipient=title)
        if notice.state == NoticeState.WAITING:
            how = recipient.tell(subject, kind=case.kind, reference=reference_of(case))
            if how:
                notice.state, notice.how = NoticeState.TOLD, how[:300]
                notice.told_at = timezone.now()
            notice.save()
            record(
                "compliance.recipient_notice.told" if how else "compliance.recipient_notice.due",
                notice,
                actor=actor,
            )
        notices.append(notice)
    return notices


@transaction.atomic
def settle_notice(
    notice: RecipientNotice, *, state: str, how: str, actor: Actor
) -> RecipientNotice:
    """Somebody has told the recipient, or says why that is impossible.

    Raises: NotAllowed, InvalidInput (no such state, no words).
    """
    require(actor, HANDLE_REQUESTS, notice)
    if state not in {NoticeState.TOLD, NoticeState.IMPOSSIBLE}:
        raise InvalidInput("state", _("Choose “told” or “impossible”."))
    if not how.strip():
        raise InvalidInput("how", _("Say how the recipient was told, or why it is impossible."))
    case = locked(notice.request)
    notice = RecipientNotice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    notice.state, notice.how, notice.told_at = state, how.strip()[:300], timezone.now()
    notice.save(update_fields=["state", "how", "told_at"])
    record("compliance.recipient_notice.settled", notice, actor=actor, reason=state)
    fulfil_if_all_told(case, actor=actor)
    return notice


@transaction.atomic
def add_notice(case: DataRequest, *, recipient: str, actor: Actor) -> RecipientNotice:
    """A recipient that Engage does not know by itself. Raises: NotAllowed, InvalidInput."""
    require(actor, HANDLE_REQUESTS, case)
    name = recipient.replace("\x00", "").strip()[:150]
    if not name:
        raise InvalidInput("recipient", _("Name the recipient."))
    case = locked(case)
    if RecipientNotice.objects.filter(request=case, recipient=name).exists():
        raise InvalidInput("recipient", _("This recipient is on the list already."))
    notice = RecipientNotice.objects.create(brand_id=case.brand_id, request=case, recipient=name)
    record("compliance.recipient_notice.added", notice, actor=actor, personal={"name": name})
    return notice


def fulfil_if_all_told(case: DataRequest, *, actor: Actor) -> bool:
    """On to ``fulfilled`` once nobody waits to be told. In the caller's transaction."""
    waiting: Any = RecipientNotice.objects.filter(request=case, state=NoticeState.WAITING)
    if case.state != RequestState.AWAITING or waiting.exists():
        return False
    move(case, RequestState.FULFILLED)
    case.save(update_fields=list(MOVE_FIELDS))
    record("compliance.request.fulfilled", case, actor=actor)
    return True
