"""Notices from the public: taken from anyone and put before people.

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
    CaseState,
    Category,
    NoticeState,
    Severity,
)
from moderation.domain import cases, notice_answers
from moderation.domain.policies import rule_for
from moderation.models import Case, Notice, ReporterStanding
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import InvalidInput
from tenants.models import Brand

EXPLANATION_LIMIT, EXPLANATION_LEAST = 4000, 20
PER_ADDRESS_HOUR, PER_BRAND_HOUR = 10, 200
PER_EMAIL_DAY, PER_WARNED_DAY = 20, 2
DAY_S = 24 * HOUR_S
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
        warned = standing_of(hash_of(brand.pk, email), brand_id=brand.pk) is not None
        most = PER_WARNED_DAY if warned else PER_EMAIL_DAY
        limits.append((f"email:{email.strip().casefold()}", most, DAY_S))
    if not count_try(f"notices:{brand.pk}", limits):
        raise TooManyRequests


def hash_of(brand_id: UUID, email: str) -> str:
    return address_hash(brand_id, "email", email.strip().casefold())


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
    email_hash = hash_of(brand.pk, told.email) if told.email.strip() else ""
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
        .select_related("message__conversation__contact")
        .filter(message=message, revision=message.revision)
        .first()
    )
    if case is None:
        case = cases.open_case(
            message, category=notice.category, severity=severity, due_at=due_at, now=now
        )
    else:
        case.severity = max(Severity(case.severity), severity)
        if case.state != CaseState.OPEN:
            case.category, case.due_at = notice.category, due_at
        case.state, case.due_at = CaseState.OPEN, min(case.due_at, due_at)
        cases.place(case)
        case.save(update_fields=["severity", "category", "state", "due_at", "rank_at"])
    notice.message, notice.case, notice.state = message, case, NoticeState.UNDER_REVIEW
    notice.save(update_fields=["message", "case", "state"])
    record(
        "moderation.notice.queued",
        notice,
        actor=notice_answers.ANSWERER,
        facts={"case": str(case.pk), "severity": int(case.severity)},
    )
    return notice
