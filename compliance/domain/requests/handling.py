"""Working on a data request: whose data, the brand's instruction, more time, pauses, early ends."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import (
    ExtensionReason,
    PauseReason,
    Regime,
    RequestState,
    RestrictionGround,
)
from compliance.domain.audit import record
from compliance.domain.requests import answers, clocks
from compliance.domain.requests.cases import CLOCK_FIELDS, MOVE_FIELDS, locked, move
from compliance.domain.requests.identity import end_pause
from compliance.domain.requests.states import CHOOSING
from compliance.models import DataRequest, RequestPause, ThirdPartyPassage
from compliance.permissions import HANDLE_REQUESTS
from compliance.tasks import run_request
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require

MOST_CONTACTS = 50


def _held(case: DataRequest, *, actor: Actor) -> DataRequest:
    require(actor, HANDLE_REQUESTS, case)
    return locked(case)


@transaction.atomic
def choose_contacts(case: DataRequest, contact_ids: Iterable[UUID], *, actor: Actor) -> DataRequest:
    """These contacts are the person; none of them: the person is unknown here.

    What was collected for other contacts is void. Raises: NotAllowed, InvalidState, InvalidInput.
    """
    case = _held(case, actor=actor)
    if case.state not in CHOOSING:
        raise InvalidState(_("It is too late to choose other contacts."))
    refs = sorted(set(contact_ids))
    if len(refs) > MOST_CONTACTS:
        raise InvalidInput("contacts", _("At most %d contacts.") % MOST_CONTACTS)
    case.contact_refs, case.contacts_chosen_at = refs, timezone.now()
    names = ["contact_refs", "contacts_chosen_at", *_void(case)]
    if case.state == RequestState.IN_REVIEW:
        move(case, RequestState.COLLECTING)
        names += MOVE_FIELDS
        wake(case)
    case.save(update_fields=names)
    record(
        "compliance.request.contacts_chosen",
        case,
        actor=actor,
        facts={"count": len(refs), "contacts": [str(ref) for ref in refs]},
    )
    return case


def _void(case: DataRequest) -> list[str]:
    """A plan or a review that no longer fits counts no more; not saved."""
    case.found, case.plan, case.plan_sha256, case.collected_at = [], {}, "", None
    case.reviewed_by, case.reviewed_at, case.reviewed_sha256 = None, None, ""
    ThirdPartyPassage.objects.filter(request=case).delete()
    return [
        "found",
        "plan",
        "plan_sha256",
        "collected_at",
        "reviewed_by",
        "reviewed_at",
        "reviewed_sha256",
    ]


@transaction.atomic
def instruct(case: DataRequest, *, by: str, instruction: str, actor: Actor) -> DataRequest:
    """The brand, as controller, has decided: who, and what. Source: GDPR Art. 28(3)(a).

    Raises: NotAllowed, InvalidState, InvalidInput (who or what is missing).
    """
    case = _held(case, actor=actor)
    if not by.strip():
        raise InvalidInput("by", _("Say who decided for the brand."))
    if not instruction.strip():
        raise InvalidInput("instruction", _("Say what the brand has decided, and where it stands."))
    case.instructed_by, case.instruction = by.strip()[:200], instruction.strip()[:300]
    case.instructed_at = timezone.now()
    case.save(update_fields=["instructed_by", "instruction", "instructed_at"])
    record(
        "compliance.request.instructed",
        case,
        actor=actor,
        personal={"by": case.instructed_by, "instruction": case.instruction},
    )
    return case


@transaction.atomic
def collect(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Look in every place for what there is of the person; a worker does it.

    Raises: NotAllowed, InvalidState, InvalidInput (nobody said whose data).
    """
    case = _held(case, actor=actor)
    if case.contacts_chosen_at is None:
        raise InvalidInput(
            "contacts", _("First choose the person's contacts, or say that there is none.")
        )
    names = _void(case)
    move(case, RequestState.COLLECTING)
    case.failure, case.attempt, case.lease_until = "", 0, None
    case.save(update_fields=[*names, *MOVE_FIELDS, "failure", "attempt", "lease_until"])
    record("compliance.request.collecting_started", case, actor=actor)
    wake(case)
    return case


def wake(case: DataRequest) -> None:
    """A worker after the commit; a broker that is down must not fail the act: the sweep comes."""
    call = partial(run_request.delay, brand_id=str(case.brand_id), request_id=str(case.pk))
    transaction.on_commit(call, robust=True)


@transaction.atomic
def extend(case: DataRequest, *, reason: str, actor: Actor) -> DataRequest:
    """Two more months (CCPA: 45 more days); the person is told at once, with the reason.

    Raises: NotAllowed, InvalidState (extended already, too late, no extension), InvalidInput.
    """
    case = _held(case, actor=actor)
    if reason not in ExtensionReason.values:
        raise InvalidInput("reason", _("Choose why more time is needed."))
    if case.extended_at is not None:
        raise InvalidState(_("It was extended already; that is possible once."))
    if case.extended_due_on is None:
        raise InvalidState(_("This kind of request cannot be extended."))
    today = clocks.day_of(timezone.now(), case.brand.time_zone)
    if today > case.due_on:
        raise InvalidState(
            _("The first day of answer is over; the person had to be told before. Answer now.")
        )
    case.extended_at, case.extension_reason = timezone.now(), reason
    case.warned = ""
    case.save(update_fields=["extended_at", "extension_reason", "warned"])
    told = answers.send_extension(case)
    record(
        "compliance.request.extended",
        case,
        actor=actor,
        reason=reason,
        facts={"due_on": case.extended_due_on.isoformat(), "told_by": told or "none"},
    )
    return case


@transaction.atomic
def pause(case: DataRequest, *, reason: str, actor: Actor) -> DataRequest:
    """The clock stands until the person answers; they are asked at once. GDPR only.

    Raises: NotAllowed, InvalidState (CCPA: nothing stops the clock; paused already), InvalidInput.
    """
    case = _held(case, actor=actor)
    if reason not in PauseReason.values:
        raise InvalidInput("reason", _("Choose why the clock is to stand."))
    if case.regime == Regime.CCPA:
        raise InvalidState(_("Under the CCPA nothing stops the clock, not even the identity."))
    if case.state in {RequestState.EXECUTING, RequestState.AWAITING, RequestState.FULFILLED}:
        raise InvalidState(_("The person is no longer asked for anything."))
    if RequestPause.objects.filter(request=case, ended_at=None).exists():
        raise InvalidState(_("The clock stands already."))
    RequestPause.objects.create(
        brand_id=case.brand_id, request=case, reason=reason, started_at=timezone.now()
    )
    if reason == PauseReason.IDENTITY and case.state in {
        RequestState.RECEIVED,
        RequestState.VERIFIED,
    }:
        move(case, RequestState.IDENTITY_PENDING)
        case.save(update_fields=list(MOVE_FIELDS))
    words = answers.spoken(case, lambda: str(PauseReason(reason).label))
    told = answers.send_question(case, words)
    record(
        "compliance.request.paused",
        case,
        actor=actor,
        reason=reason,
        facts={"told_by": told or "none"},
    )
    return case


@transaction.atomic
def resume(case: DataRequest, *, actor: Actor) -> DataRequest:
    """The clock runs again, its end later by the days it stood.

    Raises: NotAllowed, InvalidState.
    """
    case = _held(case, actor=actor)
    if not end_pause(case, now=timezone.now()):
        raise InvalidState(_("The clock is not standing."))
    case.warned = ""
    case.save(update_fields=[*CLOCK_FIELDS, "warned"])
    return case


@transaction.atomic
def put_on_hold(case: DataRequest, *, reason: str, actor: Actor) -> DataRequest:
    """Set the case aside; the clock runs on. Raises: NotAllowed, InvalidState, InvalidInput."""
    words = reason_given(reason)
    case = _held(case, actor=actor)
    move(case, RequestState.ON_HOLD)
    case.save(update_fields=list(MOVE_FIELDS))
    record("compliance.request.held", case, actor=actor, reason=words)
    return case


@transaction.atomic
def take_up(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Go on where the case was set aside. Raises: NotAllowed, InvalidState."""
    case = _held(case, actor=actor)
    if case.state != RequestState.ON_HOLD:
        raise InvalidState(_("The case is not on hold."))
    move(case, RequestState(case.state_before_hold))
    case.save(update_fields=list(MOVE_FIELDS))
    record("compliance.request.taken_up", case, actor=actor)
    if case.state == RequestState.COLLECTING:
        wake(case)
    return case


@transaction.atomic
def note_work(
    case: DataRequest, *, note: str, restriction_ground: str = "", actor: Actor
) -> DataRequest:
    """What a person did or found: a correction, a second look, why there are compelling grounds.

    Raises: NotAllowed, InvalidState, InvalidInput (no such ground).
    """
    case = _held(case, actor=actor)
    if restriction_ground and restriction_ground not in RestrictionGround.values:
        raise InvalidInput("restriction_ground", _("Choose the ground of the restriction."))
    if restriction_ground:
        case.restriction_ground = restriction_ground
    case.work_note = note.replace("\x00", "").strip()[:4000]
    case.save(update_fields=["work_note", "restriction_ground"])
    record("compliance.request.noted", case, actor=actor, personal={"note": case.work_note})
    return case
