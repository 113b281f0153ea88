"""Warnings before the hours are over, and once they are. Each goes out once, by mail."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.incidents.clock import OVERDUE, warnings_due
from compliance.domain.incidents.states import CLOCK_RUNS
from compliance.domain.watchers import holders, tell
from compliance.models import Incident
from compliance.permissions import MANAGE_INCIDENTS
from tenants.actors import SystemActor
from tenants.choices import BrandKind
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- platform job: the sweep

CLOCK = SystemActor("system", "incident_clock")


def brands_with_running_clocks() -> list[UUID]:
    with all_brands(reason="watch the clocks of all incidents"):
        return list(
            Incident.objects.filter(closed_at=None, state__in=list(CLOCK_RUNS))
            .order_by()
            .values_list("brand_id", flat=True)
            .distinct()
        )


def watch_clocks(brand_id: UUID, *, now: datetime | None = None) -> int:
    """One brand's (or an agency's own) incidents; how many warnings went out."""
    at, sent = now or timezone.now(), 0
    with brand_scope(brand_id):
        running = (
            Incident.objects.select_for_update(no_key=True, of=("self",))
            .select_related("brand__agency")
            .filter(closed_at=None, state__in=list(CLOCK_RUNS))
            .order_by("due_at")
        )
        for incident in running:
            if incident.due_at is None:
                continue
            for level in warnings_due(incident.due_at, now=at, sent=incident.warned):
                incident.warned = [*incident.warned, level]
                incident.save(update_fields=["warned"])
                brand = incident.brand
                where = None if brand.kind == BrandKind.AGENCY else brand.pk
                count = tell(
                    holders(MANAGE_INCIDENTS, brand.agency, brand_id=where),
                    agency=brand.agency,
                    words=partial(_words, incident, level),
                )
                record(
                    "compliance.incident.warned",
                    incident,
                    actor=CLOCK,
                    reason=level if level == OVERDUE else f"{level}h",
                    facts={"people": count},
                )
                sent += 1
    return sent


def _words(incident: Incident, level: str) -> tuple[str, str]:
    due = timezone.localtime(incident.due_at)
    told = {
        "number": incident.number,
        "brand": incident.brand.name,
        "hours": level,
        "state": incident.get_state_display(),
        "due": formats.date_format(due, "DATETIME_FORMAT"),
    }
    # The title is left out: a mail box may be a part of the breach.
    if level == OVERDUE:
        return _("Overdue: report of incident no. %(number)d of %(brand)s") % told, _(
            "The time for the report to the authority ended at %(due)s (now: %(state)s). Report"
            " it without further delay, with the reason why it is late, Art. 33(1) GDPR, or write"
            " down why it need not be reported."
        ) % told
    return _("%(hours)s hours left: report of incident no. %(number)d of %(brand)s") % told, _(
        "The report to the authority is due at %(due)s (now: %(state)s). Open the incident and"
        " assess it, report it, or write down why it need not be reported."
    ) % told
