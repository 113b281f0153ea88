"""When a brand's policy is carried out by itself."""

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.domain.audit import record
from compliance.models import RetentionSchedule
from compliance.permissions import MANAGE_RETENTION
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.permissions import Actor, require


@transaction.atomic
def set_schedule(
    brand: Brand, *, hour: str, weekday: str, is_on: bool, actor: Actor
) -> RetentionSchedule:
    """``hour`` 0 to 23 in the brand's time zone; ``weekday`` 0 (Monday) to 6, empty: every day.

    Raises: NotAllowed, InvalidInput.
    """
    require(actor, MANAGE_RETENTION, brand)
    chosen = _number("hour", hour, 23)
    day = _number("weekday", weekday, 6) if weekday.strip() else None
    plan, _made = RetentionSchedule.objects.get_or_create(brand=brand)
    plan = RetentionSchedule.objects.select_for_update(no_key=True).get(pk=plan.pk)
    before = {"hour": plan.hour, "weekday": plan.weekday, "is_on": plan.is_on}
    after = {"hour": chosen, "weekday": day, "is_on": is_on}
    if before != after:
        plan.hour, plan.weekday, plan.is_on = chosen, day, is_on
        plan.save(update_fields=["hour", "weekday", "is_on"])
        record("compliance.retention.scheduled", plan, actor=actor, before=before, after=after)
    return plan


def _number(field: str, typed: str, most: int) -> int:
    cleaned = typed.strip()
    if not (cleaned.isascii() and cleaned.isdecimal() and int(cleaned[:4]) <= most):
        words = _("Give the hour as a number from 0 to 23.")
        if field == "weekday":
            words = _("Choose a day of the week, or every day.")
        raise InvalidInput(field, words)
    return int(cleaned)
