"""A data request that ends before it is carried out: cancelled, withdrawn, refused, and the answer
that closes a fulfilled one."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import IdentityMethod, RefusalReason, RequestKind, RequestState
from compliance.domain.audit import record
from compliance.domain.requests import answers
from compliance.domain.requests.cases import MOVE_FIELDS, locked, move
from compliance.models import DataRequest, ThirdPartyPassage
from compliance.permissions import HANDLE_REQUESTS
from tenants.actors import PUBLIC_AUTHOR
from tenants.domain.freezing import reason_given
from tenants.exceptions import InvalidInput
from tenants.permissions import Actor, require


def _held(case: DataRequest, *, actor: Actor) -> DataRequest:
    require(actor, HANDLE_REQUESTS, case)
    return locked(case)


@transaction.atomic
def cancel(case: DataRequest, *, reason: str, actor: Actor) -> DataRequest:
    """The brand ends the case, for example because it was opened by mistake.

    Raises: NotAllowed, InvalidState (past the point of no return), InvalidInput.
    """
    words = reason_given(reason)
    case = _held(case, actor=actor)
    return _end(case, RequestState.CANCELLED, words, "compliance.request.cancelled", actor=actor)


@transaction.atomic
def withdraw_for_person(case: DataRequest, *, reason: str, actor: Actor) -> DataRequest:
    """The person has told us to drop it. Raises: as ``cancel``."""
    words = reason_given(reason)
    case = _held(case, actor=actor)
    return _end(case, RequestState.WITHDRAWN, words, "compliance.request.withdrawn", actor=actor)


@transaction.atomic
def withdraw(case: DataRequest) -> DataRequest:
    """The person drops it on the status page. Raises: InvalidState (too late)."""
    case = locked(case)
    return _end(
        case, RequestState.WITHDRAWN, "", "compliance.request.withdrawn", actor=PUBLIC_AUTHOR
    )


def _end(
    case: DataRequest, state: RequestState, words: str, kind: str, *, actor: Actor
) -> DataRequest:
    move(case, state)
    case.end_reason = words
    forget_passages(case)
    case.save(update_fields=[*MOVE_FIELDS, "end_reason"])
    record(kind, case, actor=actor, reason=words)
    return case


def forget_passages(case: DataRequest) -> None:
    """What stood about others is needed no more; which decision was taken stays."""
    ThirdPartyPassage.objects.filter(request=case).update(fragment="", before="", after="")


@transaction.atomic
def refuse(
    case: DataRequest, *, reason: str, evidence: str, words_for_person: str = "", actor: Actor
) -> DataRequest:
    """Refuse, with a reason of the law and what shows it; the person is told, with the remedies.

    Raises: NotAllowed, InvalidState (not in review), InvalidInput (reason, evidence, instruction).
    """
    case = _held(case, actor=actor)
    if reason not in RefusalReason.values:
        raise InvalidInput("reason", _("Choose the reason of the law."))
    only_erasure = {*RefusalReason.values} - {RefusalReason.UNFOUNDED, RefusalReason.EXCESSIVE}
    if reason in only_erasure and case.kind != RequestKind.ERASURE:
        raise InvalidInput("reason", _("Art. 17(3) GDPR is an exception from erasure only."))
    if not evidence.strip():
        raise InvalidInput("evidence", _("Say what shows it; the burden of proof is the brand's."))
    needs_instruction(case)
    move(case, RequestState.REFUSED)
    case.refusal_reason, case.refusal_evidence = reason, evidence.strip()[:4000]
    told = answers.send_refusal(case, words_for_person=words_for_person.strip()[:2000])
    case.answered_at = timezone.now() if told else None
    forget_passages(case)
    case.save(update_fields=[*MOVE_FIELDS, "refusal_reason", "refusal_evidence", "answered_at"])
    record(
        "compliance.request.refused",
        case,
        actor=actor,
        reason=reason,
        personal={"evidence": case.refusal_evidence},
        facts={"told_by": told or "none"},
    )
    return case


def needs_instruction(case: DataRequest) -> None:
    """Raises: InvalidInput while nobody has recorded what the brand decided."""
    if case.instructed_at is None:
        raise InvalidInput("instruction", _("The brand decides: first record its instruction."))


@transaction.atomic
def close(case: DataRequest, *, text: str, actor: Actor) -> DataRequest:
    """Send the answer and end the case. Without a way to reach the person, the note says how the
    answer was given.

    Raises: NotAllowed, InvalidState (not fulfilled), InvalidInput (no text).
    """
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not words:
        raise InvalidInput("text", _("Write what the person is told."))
    case = _held(case, actor=actor)
    move(case, RequestState.CLOSED)
    told = answers.send_answer(case, words[:8000])
    case.answered_at = timezone.now()
    forget_passages(case)
    case.save(update_fields=[*MOVE_FIELDS, "answered_at"])
    record(
        "compliance.request.closed",
        case,
        actor=actor,
        facts={"told_by": told or "none", "in_time": not case.is_late},
    )
    return case


def can_be_reached(case: DataRequest) -> bool:
    """Whether the answer goes out by itself."""
    return bool(case.email) or case.identity_method == IdentityMethod.CHANNEL
