"""Alarms about a brand's ledger: opened once, told at once and then once a day, ended by a sound
look."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from compliance.choices import AlarmKind
from compliance.domain.audit import record
from compliance.domain.watchers import tell, watchers
from compliance.models import LedgerAlarm
from compliance.models.watch import Problem
from tenants.actors import SystemActor
from tenants.choices import BrandKind
from tenants.models import Brand

MONITOR = SystemActor("system", "ledger_monitor")
AGAIN_AFTER = timedelta(days=1)
MAX_NAMED = 20
_EVENTS = {
    AlarmKind.DAMAGED: ("compliance.ledger.damage_found", "compliance.ledger.damage_ended"),
    AlarmKind.LATE: ("compliance.ledger.delay_found", "compliance.ledger.delay_ended"),
    AlarmKind.SILENT: ("compliance.ledger.silence_found", "compliance.ledger.silence_ended"),
}


def raise_alarm(
    kind: AlarmKind, problems: Sequence[Problem], *, brand_id: UUID, now: datetime
) -> LedgerAlarm:
    """Open the alarm or add to the open one; mail and event when it is new or names new events.

    In the brand's scope.
    """
    events = list(dict.fromkeys(problem["event"] for problem in problems if problem["event"]))
    alarm = (
        LedgerAlarm.objects.select_for_update().filter(kind=kind, closed_at=None).first()
    ) or LedgerAlarm(brand_id=brand_id, kind=kind, opened_at=now, told_at=now)
    is_new = alarm._state.adding
    has_more = bool(set(events) - set(alarm.events))
    is_told = is_new or has_more or alarm.told_at + AGAIN_AFTER <= now
    if is_told:
        alarm.told_at = now
    alarm.events = list(dict.fromkeys([*alarm.events, *events]))[:1000]
    alarm.problems = list(problems)[:MAX_NAMED]
    alarm.save()
    if is_new or has_more:
        facts = {"problems": len(problems), "events": events[:MAX_NAMED]}
        record(_EVENTS[kind][0], alarm, actor=MONITOR, facts=facts)
    if is_told:
        _mail(alarm)
    return alarm


def close_alarm(kind: AlarmKind, *, brand_id: UUID, now: datetime) -> None:
    """End the open alarm of the brand in scope, if there is one."""
    for alarm in LedgerAlarm.objects.select_for_update().filter(
        brand=brand_id, kind=kind, closed_at=None
    ):
        alarm.closed_at = now
        alarm.save(update_fields=["closed_at"])
        record(_EVENTS[kind][1], alarm, actor=MONITOR)


def open_alarms() -> Sequence[LedgerAlarm]:
    """Of the brands in scope. One query."""
    return list(
        LedgerAlarm.objects.filter(closed_at=None).select_related("brand").order_by("opened_at")
    )


def _mail(alarm: LedgerAlarm) -> None:
    brand = Brand.including_agencies.select_related("agency").get(pk=alarm.brand_id)
    where = None if brand.kind == BrandKind.AGENCY else brand.pk
    tell(
        watchers(brand.agency, brand_id=where),
        agency=brand.agency,
        words=lambda: _words(alarm, brand),
    )


def _words(alarm: LedgerAlarm, brand: Brand) -> tuple[str, str]:
    place = brand.agency.slug if brand.kind == BrandKind.AGENCY else brand.workspace
    shown = alarm.problems[:MAX_NAMED]
    lines = [f"- {_named(alarm, problem)}{problem['words']}" for problem in shown]
    told = {"brand": brand.name, "alarm": alarm.get_kind_display()}
    subject = _("Alarm: audit trail of %(brand)s. %(alarm)s") % told
    text = [
        _("The audit trail of %(brand)s raised an alarm: %(alarm)s.") % told,
        "\n".join(lines),
        _("Do not change anything in the database. Take an export, and tell whoever runs Engage."),
        f"{settings.PUBLIC_URL}/w/{place}/admin/compliance/ledgercheck/",
    ]
    return subject, "\n\n".join(text) + "\n"


def _named(alarm: LedgerAlarm, problem: Problem) -> str:
    if not problem["event"] or alarm.kind == AlarmKind.SILENT:
        return ""
    return _("Event %s: ") % problem["event"]
