"""Which version of a brand's policy is in effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from compliance.choices import PolicyState
from compliance.domain.audit import actor_reference
from compliance.domain.retention.categories import PERIODS, check_action, check_together
from compliance.models import RetentionPolicy, RetentionRule
from tenants.models import Brand, User
from tenants.permissions import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """One category: how many months, and what becomes of it then."""

    months: int
    action: str

    def to_json(self) -> dict[str, Any]:
        return {"months": self.months, "action": self.action}


def lines_of(brand_id: UUID) -> dict[str, Line]:
    """What is in effect, by category. One query."""
    rows = RetentionRule.objects.filter(brand_id=brand_id)
    return {row.category: Line(row.months, row.action) for row in rows}


def stored_lines(policy: RetentionPolicy) -> dict[str, Line]:
    """The lines of a version, categories that Engage no longer knows left out."""
    return {
        name: Line(int(line["months"]), str(line["action"]))
        for name, line in policy.lines.items()
        if name in PERIODS
    }


def shortened(before: Mapping[str, Line], after: Mapping[str, Line]) -> list[str]:
    """Categories that go sooner than before. Without a line nothing goes, so a first line counts;
    to erase where figures stayed counts too."""
    return sorted(
        name
        for name, line in after.items()
        if name not in before
        or line.months < before[name].months
        or (line.months == before[name].months and line.action == "erase" != before[name].action)
    )


def next_number(brand_id: UUID) -> int:
    highest = RetentionPolicy.objects.filter(brand_id=brand_id).aggregate(n=Max("number"))["n"]
    return (highest or 0) + 1


def put_in_effect(
    brand: Brand,
    lines: Mapping[str, Line],
    *,
    actor: Actor,
    policy: RetentionPolicy | None = None,
) -> RetentionPolicy:
    """Make ``policy`` (else a new version with these lines) the one in effect. The caller asks for
    the right, holds the brand's row and tells the ledger.

    Raises: InvalidInput (lines that contradict each other).
    """
    check_together({name: line.months for name, line in lines.items()})
    for name, line in lines.items():
        check_action(name, line.action)
    now = timezone.now()
    active = RetentionPolicy.objects.filter(brand=brand, state=PolicyState.ACTIVE)
    active.update(state=PolicyState.REPLACED, ended_at=now)
    if policy is None:
        policy = RetentionPolicy(
            brand=brand,
            number=next_number(brand.pk),
            created_by=actor if isinstance(actor, User) else None,
            created_ref=actor_reference(actor)[1],
            created_at=now,
        )
    policy.lines = {name: line.to_json() for name, line in lines.items()}
    policy.state, policy.effective_at = PolicyState.ACTIVE, policy.effective_at or now
    policy.save()
    for name, line in lines.items():
        RetentionRule.objects.update_or_create(
            brand=brand, category=name, defaults={"months": line.months, "action": line.action}
        )
    RetentionRule.objects.filter(brand=brand).exclude(category__in=lines).delete()
    return policy
