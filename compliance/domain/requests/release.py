"""Review and release: who looked, whether the data are still the same, and the second person."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import RequestKind, RequestState
from compliance.domain.audit import record
from compliance.domain.requests import answers
from compliance.domain.requests.cases import MOVE_FIELDS, locked, move
from compliance.domain.requests.ending import needs_instruction
from compliance.domain.requests.handling import wake
from compliance.domain.requests.subjects import holds_over, plan_now, subject_of_case
from compliance.domain.subjects.plans import plan_hash
from compliance.models import DataRequest, ThirdPartyPassage
from compliance.permissions import HANDLE_REQUESTS, RELEASE_REQUESTS
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import User
from tenants.permissions import Actor, require

LAST_WORDS = timedelta(minutes=2)
NOTED_KINDS = frozenset({RequestKind.RECTIFICATION, RequestKind.AUTOMATED_REVIEW})
"""What a person does by hand: it must be said what was done before it counts as done."""


@transaction.atomic
def finish_review(case: DataRequest, *, actor: User) -> DataRequest:
    """I have looked at what was found and what would be done. Passages about others are decided.

    Raises: NotAllowed, InvalidState (not in review; passages open), InvalidInput (something that
    the law asks for is missing).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = locked(case)
    if case.state != RequestState.IN_REVIEW:
        raise InvalidState(_("There is nothing to review now."))
    needs_instruction(case)
    open_ones = ThirdPartyPassage.objects.filter(request=case, is_hidden=None).count()
    if open_ones:
        raise InvalidState(
            _("%d passages may be about somebody else. Decide about each first.") % open_ones
        )
    if case.kind in NOTED_KINDS and not case.work_note:
        raise InvalidInput("note", _("First write down what was done."))
    if case.kind == RequestKind.RESTRICTION and not case.restriction_ground:
        raise InvalidInput("restriction_ground", _("Choose the ground of the restriction."))
    if case.kind == RequestKind.OBJECTION and not case.for_marketing and not case.work_note:
        raise InvalidInput("note", _("Write down what the examination of the objection led to."))
    case.reviewed_by, case.reviewed_at = actor, timezone.now()
    case.reviewed_sha256 = case.plan_sha256
    case.save(update_fields=["reviewed_by", "reviewed_at", "reviewed_sha256"])
    record(
        "compliance.request.reviewed",
        case,
        actor=actor,
        facts={"plan_sha256": case.plan_sha256},
    )
    return case


@transaction.atomic
def release(case: DataRequest, *, actor: User) -> DataRequest:
    """Let it be carried out: for an erasure the point of no return, by somebody else than the
    reviewer. The screen asks for a fresh sign-in.

    If the data are no longer those that were reviewed, nothing is released: the case goes back to
    ``collecting`` and must be reviewed anew. The caller looks at the state.

    Raises: NotAllowed (right, or the same person), InvalidState (not reviewed; a legal hold).
    """
    require(actor, RELEASE_REQUESTS, case)
    case = locked(case)
    if case.state != RequestState.IN_REVIEW or case.reviewed_at is None:
        raise InvalidState(_("Nobody has finished the review yet."))
    if case.kind == RequestKind.ERASURE:
        if case.reviewed_by_id == actor.pk:
            raise NotAllowed(
                _(
                    "An erasure needs a second person: you have reviewed it, somebody else must"
                    " release it."
                )
            )
        subject = subject_of_case(case)
        if holds_over(subject):
            raise InvalidState(
                _("A legal hold stands over this person's data. Nothing is erased until it ends.")
            )
        if plan_hash(plan_now(subject)) != case.reviewed_sha256:
            return _collect_again(case, actor=actor)
    case.released_by, case.released_at = actor, timezone.now()
    move(case, RequestState.APPROVED)
    move(case, RequestState.EXECUTING)
    case.is_blocked, case.failure, case.attempt, case.lease_until = False, "", 0, None
    if case.kind == RequestKind.ERASURE and not case.email and answers.send_last_words(case):
        # Afterwards nobody can be reached there: the message gets time to leave.
        case.lease_until = timezone.now() + LAST_WORDS
    case.save(
        update_fields=[
            *MOVE_FIELDS,
            "released_by",
            "released_at",
            "is_blocked",
            "failure",
            "attempt",
            "lease_until",
        ]
    )
    record(
        "compliance.request.released",
        case,
        actor=actor,
        facts={
            "plan_sha256": case.plan_sha256,
            "reviewer": str(case.reviewed_by_id),
            "releaser": str(actor.pk),
        },
    )
    wake(case)
    return case


def _collect_again(case: DataRequest, *, actor: User) -> DataRequest:
    move(case, RequestState.COLLECTING)
    case.reviewed_by, case.reviewed_at, case.reviewed_sha256 = None, None, ""
    case.attempt, case.lease_until = 0, None
    case.save(
        update_fields=[
            *MOVE_FIELDS,
            "reviewed_by",
            "reviewed_at",
            "reviewed_sha256",
            "attempt",
            "lease_until",
        ]
    )
    record("compliance.request.data_changed", case, actor=actor)
    wake(case)
    return case


@transaction.atomic
def try_again(case: DataRequest, *, actor: Actor) -> DataRequest:
    """Go on with a blocked case, for example after a hold has ended.

    Raises: NotAllowed, InvalidState (not blocked).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = locked(case)
    if not case.is_blocked:
        raise InvalidState(_("Nothing is blocked."))
    case.is_blocked, case.failure, case.attempt, case.lease_until = False, "", 0, None
    case.save(update_fields=["is_blocked", "failure", "attempt", "lease_until"])
    record("compliance.request.tried_again", case, actor=actor)
    wake(case)
    return case


@transaction.atomic
def accept_block(case: DataRequest, *, reason: str, actor: User) -> DataRequest:
    """What cannot be erased stays, for this reason; the certificate prints it.

    Raises: NotAllowed, InvalidState (not blocked), InvalidInput (no reason).
    """
    require(actor, RELEASE_REQUESTS, case)
    words = reason_given(reason)
    case = locked(case)
    if not case.is_blocked:
        raise InvalidState(_("Nothing is blocked."))
    case.is_blocked, case.failure, case.attempt, case.lease_until = False, "", 0, None
    case.accepted_reason, case.accepted_by = words, actor
    case.save(
        update_fields=[
            "is_blocked",
            "failure",
            "attempt",
            "lease_until",
            "accepted_reason",
            "accepted_by",
        ]
    )
    record("compliance.request.block_accepted", case, actor=actor, reason=words)
    wake(case)
    return case
