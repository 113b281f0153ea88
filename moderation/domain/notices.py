"""Notices from the public: taken from anyone, looked at by people first, answered by people.

Shaped after DSA Art. 16 and 23. The form says the same to everybody, so nobody finds out by it
what a brand knows about a reporter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.consent_address import address_hash
from compliance.domain.rates import HOUR_S, count_try
from compliance.exceptions import TooManyRequests
from inbox.choices import ConversationKind, Direction
from inbox.models import Message
from moderation.choices import (
    OPEN_NOTICES,
    CaseState,
    Category,
    NoticeOutcome,
    NoticeState,
    Severity,
    Standing,
)
from moderation.domain import notice_answers
from moderation.domain.policies import rule_for
from moderation.exceptions import ReasonMissing
from moderation.models import Case, Notice, ReporterStanding
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import Brand, User
from tenants.permissions import require

HANDLE = "moderation.notice.handle"
EXPLANATION_LIMIT, EXPLANATION_LEAST = 4000, 20
PER_ADDRESS_HOUR, PER_BRAND_HOUR = 10, 200
PER_EMAIL_DAY, PER_WARNED_DAY = 20, 2
DAY_S = 24 * HOUR_S
LONGEST_SUSPENSION = timedelta(days=180)
_NO_NAME_NEEDED = frozenset({Category.SEXUAL})
"""Where the law lets a reporter stay unnamed (DSA Art. 16(2)(c))."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the form holds."""

    location: str
    explanation: str
    category: str
    language: str
    name: str = ""
    email: str = ""
    is_good_faith: bool = False


def check_rate(brand: Brand, *, address: str, email: str) -> None:
    """Count one more try; whoever was warned may report less. In the brand's scope.

    Raises: TooManyRequests.
    """
    limits = [(f"address:{address}", PER_ADDRESS_HOUR, HOUR_S), ("all", PER_BRAND_HOUR, HOUR_S)]
    if email.strip():
        warned = standing_of(hash_of(brand, email), brand_id=brand.pk) is not None
        most = PER_WARNED_DAY if warned else PER_EMAIL_DAY
        limits.append((f"email:{email.strip().casefold()}", most, DAY_S))
    if not count_try(f"notices:{brand.pk}", limits):
        raise TooManyRequests


def hash_of(brand: Brand, email: str) -> str:
    return address_hash(brand.pk, "email", email.strip().casefold())


def standing_of(email_hash: str, *, brand_id: UUID) -> ReporterStanding | None:
    """The newest warning or suspension of this reporter, if there is one."""
    if not email_hash:
        return None
    return (
        ReporterStanding.objects.filter(brand_id=brand_id, email_hash=email_hash)
        .order_by("-since", "-id")
        .first()
    )


@transaction.atomic
def report(brand: Brand, told: Reported) -> Notice:
    """Take a notice in, confirm its receipt, and put the comment into the queue if it is found.

    A suspended reporter's notice is kept and set aside. In the brand's scope.
    Raises: InvalidInput.
    """
    _check(told)
    now = timezone.now()
    email_hash = hash_of(brand, told.email) if told.email.strip() else ""
    notice = Notice(
        brand=brand,
        language=told.language,
        name=_clean(told.name)[:200],
        email=told.email.strip(),
        email_hash=email_hash,
        location=_clean(told.location)[:1000],
        explanation=_clean(told.explanation),
        category=told.category,
        is_good_faith=told.is_good_faith,
        received_at=now,
    )
    standing = standing_of(email_hash, brand_id=brand.pk)
    suspended = standing is not None and standing.until is not None and standing.until > now
    if suspended:
        notice.state = NoticeState.SET_ASIDE
    notice.save(force_insert=True)
    record(
        "moderation.notice.received",
        notice,
        actor=PUBLIC_AUTHOR,
        facts={"category": notice.category, "set_aside": suspended},
        personal={"location": notice.location},
    )
    if suspended:
        return notice
    if notice_answers.tell_receipt(notice):
        notice.state, notice.confirmed_at = NoticeState.CONFIRMED, now
        notice.save(update_fields=["state", "confirmed_at"])
    message = find_message(brand, notice.location)
    return put_in_queue(notice, message, now=now) if message is not None else notice


def _check(told: Reported) -> None:
    if told.category not in Category.values:
        raise InvalidInput("category", _("Choose what it is about."))
    if not told.location.strip():
        raise InvalidInput("location", _("Give the address of the comment."))
    if len(told.explanation.strip()) < EXPLANATION_LEAST:
        raise InvalidInput("explanation", _("Explain in a sentence or two why it is illegal."))
    if len(told.explanation) > EXPLANATION_LIMIT:
        raise InvalidInput("explanation", _("At most %d characters, please.") % EXPLANATION_LIMIT)
    if not told.is_good_faith:
        raise InvalidInput("good_faith", _("Declare that what you say is accurate and complete."))
    if told.category in _NO_NAME_NEEDED and not told.email.strip():
        return
    try:
        validate_email(told.email.strip())
    except ValidationError as error:
        raise InvalidInput("email", _("Give an e-mail address to which we can answer.")) from error
    if not told.name.strip():
        raise InvalidInput("name", _("Give your name."))


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def find_message(brand: Brand, location: str) -> Message | None:
    """The comment that an address names by its id at the network; None if it is not clear."""
    parts = urlsplit(location[:1000])
    words = {value for _name, value in parse_qsl(parts.query)} | {parts.fragment, location.strip()}
    words |= set(parts.path.split("/"))
    words = {word for word in words if 3 < len(word) <= 200}
    found = Message.objects.filter(
        brand_id=brand.pk,
        external_id__in=words,
        direction=Direction.INBOUND,
        conversation__kind=ConversationKind.COMMENT,
    ).order_by("id")[:2]
    return found[0] if len(found) == 1 else None


def put_in_queue(notice: Notice, message: Message, *, now: datetime) -> Notice:
    """People see the comment, above what a machine put there. In the caller's transaction."""
    rule = rule_for(notice.category, brand_id=notice.brand_id)
    due_at = now + timedelta(minutes=rule.decide_within_minutes)
    severity = max(Severity(rule.severity), Severity.HIGH)
    case = (
        Case.objects.select_for_update(of=("self",))
        .filter(message=message, revision=message.revision)
        .first()
    )
    if case is None:
        case = Case.objects.create(
            brand_id=notice.brand_id,
            message=message,
            revision=message.revision,
            category=notice.category,
            severity=severity,
            opened_at=now,
            due_at=due_at,
        )
    else:
        case.severity = max(Severity(case.severity), severity)
        if case.state != CaseState.OPEN:
            case.category, case.due_at = notice.category, due_at
        case.state, case.due_at = CaseState.OPEN, min(case.due_at, due_at)
        case.save(update_fields=["severity", "category", "state", "due_at"])
    notice.message, notice.case, notice.state = message, case, NoticeState.UNDER_REVIEW
    notice.save(update_fields=["message", "case", "state"])
    record(
        "moderation.notice.queued",
        notice,
        actor=notice_answers.ANSWERER,
        facts={"case": str(case.pk), "severity": int(case.severity)},
    )
    return notice


@transaction.atomic
def choose_message(notice: Notice, message: Message, *, actor: User) -> Notice:
    """A person has found which comment is meant. Raises: NotAllowed, InvalidState, InvalidInput."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if message.brand_id != notice.brand_id or message.direction != Direction.INBOUND:
        raise InvalidInput("message", _("Choose a comment of this brand."))
    record("moderation.notice.linked", notice, actor=actor, facts={"message": str(message.pk)})
    return put_in_queue(notice, message, now=timezone.now())


@transaction.atomic
def answer_notice(notice: Notice, *, answer: str, actor: User) -> Notice:
    """There is no such comment on the brand's pages. Raises: NotAllowed, ReasonMissing,
    InvalidState (it is in the queue: decide the case)."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if notice.case_id is not None:
        raise InvalidState(_("The comment is in the queue: decide its case there."))
    if not answer.strip():
        raise ReasonMissing
    notice_answers.close(
        notice,
        outcome=NoticeOutcome.NOT_FOUND,
        answer=answer.strip(),
        by=actor.pk,
        now=timezone.now(),
    )
    return notice


@transaction.atomic
def set_trusted(notice: Notice, *, is_trusted: bool, actor: User) -> Notice:
    """Whether the reporter is a trusted flagger (DSA Art. 22). It goes into the record of the
    decision, so it can be said until then. Raises: NotAllowed, InvalidState."""
    require(actor, HANDLE, notice)
    notice = _open(notice)
    notice.is_trusted_flagger = is_trusted
    notice.save(update_fields=["is_trusted_flagger"])
    record("moderation.notice.changed", notice, actor=actor, facts={"trusted": is_trusted})
    return notice


@transaction.atomic
def find_unfounded(notice: Notice, *, reason: str, actor: User) -> Notice:
    """Manifestly unfounded: a person says so, with a reason; an open case of its stays open.

    Raises: NotAllowed, ReasonMissing, InvalidState.
    """
    require(actor, HANDLE, notice)
    notice = _open(notice)
    if not reason.strip():
        raise ReasonMissing
    notice.state, notice.answer = NoticeState.UNFOUNDED, reason.strip()
    notice.decided_by, notice.decided_at = actor, timezone.now()
    notice.save()
    record("moderation.notice.refused", notice, actor=actor, personal={"reason": reason.strip()})
    notice_answers.tell_decision(notice)
    return notice


@transaction.atomic
def warn_reporter(notice: Notice, *, reason: str, actor: User) -> ReporterStanding:
    """Raises: NotAllowed, ReasonMissing, InvalidState (the notice is not unfounded)."""
    return _stand(notice, Standing.WARNED, None, reason=reason, actor=actor)


@transaction.atomic
def suspend_reporter(notice: Notice, *, days: int, reason: str, actor: User) -> ReporterStanding:
    """Set a reporter's notices aside for a time; only after a warning.

    Raises: NotAllowed, ReasonMissing, InvalidState, InvalidInput (``days``).
    """
    if not 1 <= days <= LONGEST_SUSPENSION.days:
        raise InvalidInput("days", _("Between 1 and %d days.") % LONGEST_SUSPENSION.days)
    before = standing_of(notice.email_hash, brand_id=notice.brand_id)
    if before is None or before.notice_id == notice.pk:
        raise InvalidState(_("Warn the reporter first, and wait for the next unfounded notice."))
    until = timezone.now() + timedelta(days=days)
    return _stand(notice, Standing.SUSPENDED, until, reason=reason, actor=actor)


def _stand(
    notice: Notice, standing: Standing, until: datetime | None, *, reason: str, actor: User
) -> ReporterStanding:
    require(actor, HANDLE, notice)
    if not reason.strip():
        raise ReasonMissing
    if notice.state != NoticeState.UNFOUNDED or not notice.email_hash:
        raise InvalidState(_("Only after a notice of theirs was found manifestly unfounded."))
    row = ReporterStanding.objects.create(
        brand_id=notice.brand_id,
        email_hash=notice.email_hash,
        standing=standing,
        notice=notice,
        reason=reason.strip(),
        since=timezone.now(),
        until=until,
        decided_by=actor,
    )
    record(
        f"moderation.reporter.{standing.value}",
        row,
        actor=actor,
        facts={"notice": str(notice.pk)} | ({"until": until.date().isoformat()} if until else {}),
        personal={"reason": reason.strip()},
    )
    notice_answers.tell_standing(notice, until=until)
    return row


def _open(notice: Notice) -> Notice:
    found = (
        Notice.objects.select_for_update(of=("self",))
        .select_related("brand__agency")
        .get(pk=notice.pk)
    )
    if found.state not in OPEN_NOTICES:
        raise InvalidState(_("This notice was answered already."))
    return found
