"""Service clocks: a promise starts when the person wrote and ends with a person's answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from compliance.domain.audit import record
from inbox.choices import ClockKind
from inbox.domain import ahead
from inbox.models import Conversation, SlaClock, SlaTarget
from tenants.actors import SystemActor

MINUTES: dict[str, int] = {
    ClockKind.SAFETY: 15,
    ClockKind.LEAD: 30,
    ClockKind.VIP: 30,
    ClockKind.SUPPORT: 30,
    ClockKind.DIRECT: 60,
    ClockKind.COMMENT: 240,
}
"""Minutes to the first answer by a person, per class, where the brand has set no target of its own.
Requirement I15, lower bounds."""


def minutes_of(brand_id: UUID) -> Mapping[str, int]:
    """The brand's minutes per class. One query per batch of events."""
    return ahead.once(
        ("targets", brand_id),
        lambda: (
            MINUTES
            | dict(SlaTarget.objects.filter(brand_id=brand_id).values_list("kind", "minutes"))
        ),
    )


def start_clock(
    conversation: Conversation,
    *,
    kind: ClockKind,
    at: datetime,
    now: datetime,
    may_run: bool = True,
) -> SlaClock:
    """Start the conversation's clock at ``at``, or tighten the one that runs.

    A later message never gives more time. ``may_run=False``: the thread has just been opened, so no
    clock can run. ``conversation.due_at`` is kept in step; the caller
    saves it.
    """
    due = at + timedelta(minutes=minutes_of(conversation.brand_id)[kind])
    clock = None
    if may_run:
        clock = SlaClock.objects.filter(conversation=conversation, stopped_at=None).first()
    if clock is None:
        clock = SlaClock.objects.create(
            brand_id=conversation.brand_id,
            conversation=conversation,
            kind=kind,
            started_at=at,
            due_at=due,
        )
    elif due < clock.due_at:
        clock.kind, clock.due_at = kind, due
        clock.save(update_fields=["kind", "due_at"])
    conversation.due_at = clock.due_at
    return clock


def stop_clock(conversation: Conversation, *, now: datetime) -> None:
    """A person answered or closed the thread. An automatic answer never calls this."""
    SlaClock.objects.filter(conversation=conversation, stopped_at=None).update(stopped_at=now)
    conversation.due_at = None


def mark_breached(*, now: datetime, limit: int = 500) -> int:
    """Note every running clock of the active brand that is past due, once; returns how many."""
    clocks = list(
        SlaClock.objects.filter(stopped_at=None, breached_at=None, due_at__lt=now)
        .order_by("due_at")
        .select_for_update(skip_locked=True)[:limit]
    )
    for clock in clocks:
        clock.breached_at = now
        clock.save(update_fields=["breached_at"])
        record(
            "inbox.clock.breached",
            clock,
            actor=SystemActor("system", "clocks"),
            facts={"class": clock.kind},
        )
    return len(clocks)
