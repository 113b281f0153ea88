"""What has to be done about retention without anybody asking: looked at every few minutes."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.choices import PolicyState, RunState
from compliance.domain.audit import record
from compliance.domain.retention.policies import KEEPER, activate_due
from compliance.domain.retention.run_job import WORKED_ON
from compliance.domain.retention.runs import start_due_run
from compliance.domain.watchers import tell
from compliance.models import LegalHold, RetentionPolicy, RetentionRun, RetentionSchedule
from compliance.permissions import MANAGE_HOLDS
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.scope import all_brands, brand_scope  # noqa: TID251 -- platform job: looks whose day it is


def brands_to_keep(*, now: datetime | None = None) -> list[UUID]:
    """Brands whose hour has come today, whose policy's day has come, or whose hold needs a look."""
    now = now or timezone.now()
    with all_brands(reason="see where retention is due"):
        policies = RetentionPolicy.objects.filter(
            state=PolicyState.SCHEDULED, effective_at__lte=now
        )
        found = set(policies.values_list("brand_id", flat=True))
        found |= set(_holds_to_review(now.date()).values_list("brand_id", flat=True))
        plans = {plan.brand_id: plan for plan in RetentionSchedule.objects.all()}
        for brand in Brand.objects.filter(state__in=WORKED_ON).only("pk", "time_zone"):
            if is_time(plans.get(brand.pk), brand.time_zone, now=now):
                found.add(brand.pk)
    return sorted(found)


def is_time(plan: RetentionSchedule | None, time_zone: str, *, now: datetime) -> bool:
    """Whether today's look is still to come and its hour is there. Without a row: every day, at the
    usual hour."""
    plan = plan or RetentionSchedule()
    here = now.astimezone(ZoneInfo(time_zone))
    if not plan.is_on or here.hour < plan.hour:
        return False
    if plan.weekday is not None and here.weekday() != plan.weekday:
        return False
    return plan.looked_on is None or plan.looked_on < here.date()


def next_look(plan: RetentionSchedule | None, time_zone: str, *, now: datetime) -> datetime | None:
    """When it is looked next; None: only by hand. In the brand's time zone."""
    plan = plan or RetentionSchedule()
    if not plan.is_on:
        return None
    here = now.astimezone(ZoneInfo(time_zone))
    day = here.replace(hour=plan.hour, minute=0, second=0, microsecond=0)
    if plan.looked_on is not None and plan.looked_on >= day.date():
        day += timedelta(days=1)
    while plan.weekday is not None and day.weekday() != plan.weekday:
        day += timedelta(days=1)
    return max(day, here)


def runs_to_go_on() -> list[tuple[UUID, UUID]]:
    """(brand id, run id) of runs that wait or whose worker has let its lease run out."""
    with all_brands(reason="wake the retention runs of all brands"):
        left = Q(state=RunState.RUNNING, lease_until__lt=timezone.now())
        waiting = RetentionRun.objects.filter(Q(state=RunState.QUEUED) | left)
        return list(waiting.order_by("requested_at").values_list("brand_id", "pk"))


def keep_brand(brand_id: UUID, *, now: datetime | None = None) -> RetentionRun | None:
    """Put in effect what was confirmed, remind of holds, start the run that is due. Safe to call
    twice: each is done once."""
    now = now or timezone.now()
    with brand_scope(brand_id):
        brand = Brand.including_agencies.select_related("agency").get(pk=brand_id)
        activate_due(brand, now=now)
        remind_of_holds(brand, today=now.date())
        plan, _made = RetentionSchedule.objects.get_or_create(brand=brand)
        plan = RetentionSchedule.objects.select_for_update(no_key=True).get(pk=plan.pk)
        if brand.state not in WORKED_ON or not is_time(plan, brand.time_zone, now=now):
            return None
        plan.looked_on = now.astimezone(ZoneInfo(brand.time_zone)).date()
        plan.save(update_fields=["looked_on"])
        return start_due_run(brand)


def _holds_to_review(today: date) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(
        released_at=None, reminded_on=None, review_on__isnull=False, review_on__lte=today
    )


@transaction.atomic
def remind_of_holds(brand: Brand, *, today: date) -> int:
    """One mail for each hold whose day of review has come: to its owner, else to whoever placed it
    and may still release it. Says how many holds."""
    due = _holds_to_review(today).filter(brand=brand).select_related("owner", "placed_by")
    count = 0
    for hold in due.select_for_update(no_key=True, of=("self",)):
        people: list[User] = [
            person
            for person in (hold.owner or hold.placed_by,)
            if person is not None and person.is_active and can(person, MANAGE_HOLDS, hold)
        ]
        tell(people, agency=brand.agency, words=lambda hold=hold: _words(brand, hold))  # type: ignore[misc]  # bound now
        hold.reminded_on = today
        hold.save(update_fields=["reminded_on"])
        record("compliance.hold.reminded", hold, actor=KEEPER, facts={"people": len(people)})
        count += 1
    return count


def _words(brand: Brand, hold: LegalHold) -> tuple[str, str]:
    return (
        _("%s: a legal hold is to be reviewed") % brand.name,
        _(
            "The hold placed on %(date)s stands: %(reason)s\n\n"
            "Is it still needed? Release it, or say until when it stands:\n%(url)s\n"
        )
        % {
            "date": formats.date_format(hold.placed_at, "SHORT_DATE_FORMAT"),
            "reason": hold.reason,
            "url": f"{settings.PUBLIC_URL}/w/{brand.agency.slug}/{brand.slug}/admin/"
            f"compliance/legalhold/{hold.pk}/change/",
        },
    )
