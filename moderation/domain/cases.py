"""Opening a case, and who has it open: leases of 90 seconds that are renewed while it is read."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.models import Message
from moderation.choices import CaseState, Severity
from moderation.domain.exposure import count_exposure
from moderation.domain.ranking import rank_at, words_key
from moderation.exceptions import AlreadyDecided, CaseTaken
from moderation.models import Assessment, Case
from tenants.domain.reach import within
from tenants.models import User
from tenants.permissions import require

LEASE = timedelta(seconds=90)
RENEW_S = 30
"""How often the screen renews a lease: two lost calls do not cost it."""


def open_case(
    message: Message,
    *,
    category: str,
    severity: int,
    due_at: datetime,
    now: datetime,
    assessment: Assessment | None = None,
) -> Case:
    """Put a comment into the queue, at its rank. Callers record the event and check the right."""
    return Case.objects.create(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        assessment=assessment,
        category=category,
        severity=severity,
        opened_at=now,
        due_at=due_at,
        rank_at=rank_at(
            severity=severity, opened_at=now, due_at=due_at, contact=message.conversation.contact
        ),
        text_key=words_key(message.text),
    )


def raise_to_critical(
    case: Case, *, actor: User | None, now: datetime, within_minutes: int = 60
) -> None:
    """Somebody with more experience looks next. The caller stores the case."""
    case.severity = Severity.CRITICAL
    case.due_at = min(case.due_at, now + timedelta(minutes=within_minutes))
    case.escalated_at, case.escalated_by = now, actor
    place(case)


def place(case: Case) -> None:
    """Its rank by what it is now. The caller stores ``rank_at``."""
    case.rank_at = rank_at(
        severity=case.severity,
        opened_at=case.opened_at,
        due_at=case.due_at,
        contact=case.message.conversation.contact,
    )


def is_taken(case: Case, *, by_other_than: User, now: datetime) -> bool:
    """Whether somebody else has it open at this moment."""
    return (
        case.lease_by_id not in {None, by_other_than.pk}
        and case.lease_until is not None
        and case.lease_until > now
    )


def holds(case: Case, *, person: User, now: datetime) -> bool:
    """Whether the person's own lease is alive."""
    return case.lease_by_id == person.pk and case.lease_until is not None and case.lease_until > now


@transaction.atomic
def take(case: Case, *, actor: User) -> Case:
    """Lease a case for 90 seconds, or go on holding it. Opening one anew counts as seen (M10).

    Raises: NotAllowed, AlreadyDecided (nothing to decide any more), CaseTaken (a colleague has it).
    """
    require(actor, "moderation.case.decide", case)
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("lease_by", "brand")
        .get(pk=case.pk)
    )
    now = timezone.now()
    require_open(case)
    if is_taken(case, by_other_than=actor, now=now):
        raise CaseTaken(_("%s has this case open.") % case.lease_by)
    return _lease(case, actor=actor, now=now)


@transaction.atomic
def take_next(
    *, actor: User, brand_id: UUID, leaving_out: frozenset[UUID] = frozenset()
) -> Case | None:
    """Lease the first case of the queue that nobody has open. Two people never get the same one.

    Raises: NotAllowed.
    """
    now = timezone.now()
    is_free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_by=actor)
    cases = Case.objects.filter(is_free, brand_id=brand_id, state=CaseState.OPEN)
    case = (
        within(cases, actor, "moderation.case.decide", via="message__account_id")
        .exclude(pk__in=leaving_out)
        .select_related("brand")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("rank_at", "id")
        .first()
    )
    if case is None:
        return None
    require(actor, "moderation.case.decide", case)
    return _lease(case, actor=actor, now=now)


def _lease(case: Case, *, actor: User, now: datetime) -> Case:
    is_new = case.lease_by_id != actor.pk
    case.lease_by, case.lease_until = actor, now + LEASE
    case.save(update_fields=["lease_by", "lease_until"])
    if is_new:
        count_exposure([case], person=actor, now=now)
    return case


@transaction.atomic
def release(case: Case, *, actor: User) -> None:
    """Give a case back on leaving it. Whose lease it is not, changes nothing.

    Asks for no right: whoever lost theirs may still let go.
    """
    now = timezone.now()
    Case.objects.filter(pk=case.pk, lease_by=actor, lease_until__gt=now).update(lease_until=now)


def require_open(case: Case) -> None:
    """Raises: AlreadyDecided, naming who decided what."""
    if case.state == CaseState.OPEN:
        return
    last = case.decisions.order_by(F("decided_at").desc()).select_related("decided_by").first()
    raise AlreadyDecided(
        _("%(who)s decided this already: %(what)s.")
        % {"who": last.decided_by or last.actor_ref, "what": last.get_action_display()}
        if last
        else _("This case is closed: the comment is gone or was edited.")
    )
