"""What a new version of a rule means for what waits already."""

from datetime import datetime, timedelta

from moderation.choices import CaseState
from moderation.domain.cases import place
from moderation.models import Case, PolicyRule

BATCH = 500


def move_open_cases(old: PolicyRule, new: PolicyRule, *, now: datetime) -> int:
    """Open cases of the category get the new version's severity, time and rank; says how many.

    What is decided keeps the version it was decided by. A case never becomes milder than it was
    made by something else than the rule, an escalated one keeps its time, and nobody is late by the
    change alone: at least the new time is left from now on, or what was left before.
    """
    shift = timedelta(minutes=new.decide_within_minutes - old.decide_within_minutes)
    if not shift and new.severity == old.severity:
        return 0
    cases = list(
        Case.objects.select_for_update(of=("self",), no_key=True)
        .select_related("message__conversation__contact")
        .filter(
            brand_id=new.brand_id,
            category=new.category,
            state=CaseState.OPEN,
            escalated_at=None,
        )
        .order_by("id")
    )
    left = now + timedelta(minutes=new.decide_within_minutes)
    for case in cases:
        is_by_rule = case.severity == old.severity
        case.severity = new.severity if is_by_rule else max(case.severity, new.severity)
        moved = case.due_at + shift
        case.due_at = moved if shift > timedelta() else max(moved, min(case.due_at, left))
        place(case)
    Case.objects.bulk_update(cases, ["severity", "due_at", "rank_at"], batch_size=BATCH)
    return len(cases)
