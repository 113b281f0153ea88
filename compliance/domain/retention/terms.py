"""What makes rows of a brand due at an instant: the policy, the channels' rules, what stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from compliance.choices import RetentionAction
from compliance.domain.canonical import instant
from compliance.domain.holds import open_holds
from compliance.domain.retention.categories import PERIODS
from compliance.domain.retention.channel_rules import limited_channels
from compliance.domain.retention.in_effect import Line, lines_of
from compliance.domain.retention.periods import cutoff
from compliance.models import DataRequest, LegalHold
from tenants.models import Brand


@dataclass(frozen=True, slots=True)
class Terms:
    """``lines``: the policy, by category. ``channels``: hours after which a network's messages may
    not be kept. ``holds`` stand; ``asked_for``: contacts with an open data request."""

    brand_id: UUID
    as_of: datetime
    zone: ZoneInfo
    lines: Mapping[str, Line]
    channels: Mapping[str, int]
    holds: tuple[LegalHold, ...] = ()
    asked_for: frozenset[UUID] = frozenset()

    def cutoff(self, category: str) -> datetime | None:
        """What began before it is due; None: the brand has decided nothing about it."""
        line = self.lines.get(category)
        if line is None:
            return None
        return cutoff(self.as_of, PERIODS[category].span(line.months), self.zone)

    def action(self, category: str) -> str:
        line = self.lines.get(category)
        return line.action if line else RetentionAction.ERASE.value

    def channel_cutoffs(self) -> dict[str, datetime]:
        """Network -> messages from before it may not be kept."""
        return {name: self.as_of - timedelta(hours=hours) for name, hours in self.channels.items()}

    @property
    def holds_all(self) -> bool:
        """Whether a hold on the whole brand stands."""
        return any(hold.covers_all for hold in self.holds)

    def to_json(self) -> dict[str, Any]:
        """The criteria as they stand in a receipt. Holds by key: their reasons are nobody's."""
        return {
            "as_of": instant(self.as_of),
            "time_zone": self.zone.key,
            "categories": {
                name: line.to_json()
                | {
                    "clock": PERIODS[name].clock.value,
                    "before": instant(self.cutoff(name) or self.as_of),
                }
                for name, line in sorted(self.lines.items())
            },
            "channel_hours": dict(sorted(self.channels.items())),
            "holds": sorted(str(hold.pk) for hold in self.holds),
        }


def terms_of(
    brand: Brand,
    *,
    lines: Mapping[str, Line] | None = None,
    as_of: datetime | None = None,
    holds: list[LegalHold] | None = None,
) -> Terms:
    """``lines``: another policy than the one in effect, to see what it would do."""
    open_ones = DataRequest.objects.filter(brand_id=brand.pk, ended_at=None).values_list(
        "contact_refs", flat=True
    )
    return Terms(
        brand_id=brand.pk,
        as_of=as_of or timezone.now(),
        zone=ZoneInfo(brand.time_zone),
        lines=lines_of(brand.pk) if lines is None else lines,
        channels=limited_channels(),
        holds=tuple(open_holds(brand.pk) if holds is None else holds),
        asked_for=frozenset(ref for refs in open_ones for ref in refs or ()),
    )
