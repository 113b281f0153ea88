"""Alarms about quality: one open per kind and category, told once, closed once looked at."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.domain.watchers import holders, tell
from moderation.choices import Category, QualityAlarmKind
from moderation.domain.quality.alarm_words import alarm_words
from moderation.exceptions import ReasonMissing
from moderation.models import QualityAlarm
from moderation.models.quality import AlarmFacts
from moderation.permissions import MANAGE_LICENCE
from tenants.actors import SystemActor
from tenants.exceptions import InvalidState
from tenants.models import Brand, User
from tenants.permissions import Actor, require

WATCH: Final = SystemActor("system", "quality_watch")


def raise_alarm(
    kind: QualityAlarmKind, category: str, *, facts: AlarmFacts, brand_id: UUID, now: datetime
) -> QualityAlarm:
    """Open the alarm and mail the leads; one that is open already only gets the newer facts.

    In the caller's transaction, which records what made it necessary.
    """
    alarm = (
        QualityAlarm.objects.select_for_update(of=("self",))
        .filter(brand_id=brand_id, kind=kind, category=category, closed_at=None)
        .first()
    )
    if alarm is not None:
        alarm.facts = dict(facts)
        alarm.save(update_fields=["facts"])
        return alarm
    alarm = QualityAlarm.objects.create(
        brand_id=brand_id, kind=kind, category=category, facts=dict(facts), opened_at=now
    )
    record(
        "moderation.quality_alarm.opened",
        alarm,
        actor=WATCH,
        facts={"kind": str(kind), "category": str(category) or None},
    )
    brand = Brand.objects.select_related("agency").get(pk=brand_id)
    tell(
        holders(MANAGE_LICENCE, brand.agency, brand_id=brand_id),
        agency=brand.agency,
        words=partial(_mail, alarm, brand),
    )
    return alarm


@transaction.atomic
def close_alarm(alarm: QualityAlarm, *, note: str, actor: Actor) -> QualityAlarm:
    """Looked at, with what was found. Raises: NotAllowed, ReasonMissing, InvalidState (closed)."""
    require(actor, MANAGE_LICENCE, alarm)
    if not note.strip():
        raise ReasonMissing(_("Say what you found."))
    alarm = QualityAlarm.objects.select_for_update(of=("self",)).get(pk=alarm.pk)
    if alarm.closed_at is not None:
        raise InvalidState(_("This alarm is closed already."))
    alarm.closed_at, alarm.note = timezone.now(), note.strip()
    alarm.closed_by = actor if isinstance(actor, User) else None
    alarm.save(update_fields=["closed_at", "note", "closed_by"])
    record("moderation.quality_alarm.closed", alarm, actor=actor, reason=alarm.note)
    return alarm


def end_alarm(kind: QualityAlarmKind, category: str, *, brand_id: UUID, now: datetime) -> None:
    """It is no longer so: close the open alarm, if there is one."""
    for alarm in QualityAlarm.objects.select_for_update(of=("self",)).filter(
        brand_id=brand_id, kind=kind, category=category, closed_at=None
    ):
        alarm.closed_at = now
        alarm.save(update_fields=["closed_at"])
        record("moderation.quality_alarm.closed", alarm, actor=WATCH, reason="over")


def _mail(alarm: QualityAlarm, brand: Brand) -> tuple[str, str]:
    category = str(Category(alarm.category).label) if alarm.category else ""
    told = {
        "brand": brand.name,
        "what": f"{alarm.get_kind_display()} {category}".strip(),
    }
    link = f"{settings.PUBLIC_URL}/w/{brand.workspace}/admin/moderation/qualityalarm/"
    return _("Alarm: moderation of %(brand)s. %(what)s") % told, "\n\n".join(
        [*alarm_words(alarm), _("Look at the quality page: %s") % link]
    )
