"""Quotas: how much one brand may use of what all share. Requirement T9.

Nothing is lost at a limit. The API answers "later"; events, messages and exports wait their turn;
webhooks of the networks are always taken in. Counted by the minute of the clock, in one row per
brand and resource, so that any number of processes share the count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.choices import Quota
from tenants.exceptions import InvalidInput
from tenants.models import Brand, BrandQuota, QuotaUse, User, uuid7
from tenants.permissions import Actor, require
from tenants.registries import audit, quota_meters

# Where a brand has no limit of its own.
DEFAULTS: Mapping[Quota, int] = {
    Quota.EVENTS: 12_000,
    Quota.API: 600,
    Quota.SENDS: 600,
    Quota.EXPORTS: 2,
}
# What an agency may set by itself; beyond that it asks the platform.
CEILINGS: Mapping[Quota, int] = {
    Quota.EVENTS: 60_000,
    Quota.API: 6_000,
    Quota.SENDS: 3_000,
    Quota.EXPORTS: 5,
}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """``left`` in this minute after the spending, never below zero. ``retry_after_s``: seconds
    until the next minute if it was too much, else 0."""

    left: int
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One resource as the screen shows it. ``used``: in the running minute."""

    resource: Quota
    limit: int
    is_own: bool
    ceiling: int
    used: int
    deferred_at: datetime | None

    @property
    def percent(self) -> int:
        return min(100, self.used * 100 // self.limit) if self.limit else 100


def limit_of(brand_id: UUID, resource: Quota) -> int:
    """Inside the brand's scope."""
    own = BrandQuota.objects.filter(brand_id=brand_id, resource=resource).first()
    return own.limit if own else DEFAULTS[resource]


def room(brand_id: UUID, resource: Quota, *, now: datetime) -> int:
    """How much may still be used in this minute. Inside the brand's scope; takes nothing.

    At zero the brand is noted as having to wait.
    """
    limit = limit_of(brand_id, resource)
    use = QuotaUse.objects.filter(brand_id=brand_id, resource=resource).first()
    if use is None or use.minute_at != _minute(now):
        return limit
    left = max(0, limit - use.used)
    if not left and (use.deferred_at is None or use.deferred_at < use.minute_at):
        use.deferred_at = now
        use.save(update_fields=["deferred_at"])
    return left


def spend(brand_id: UUID, resource: Quota, count: int = 1, *, now: datetime) -> Spent:
    """Count ``count`` as used, in one statement, inside the brand's scope.

    Spending past the limit is counted too; whoever must not, asks ``room`` first or heeds
    ``retry_after_s``. The row stays locked until the transaction ends: spend last.
    """
    minute = _minute(now)
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [uuid7(), brand_id, resource, minute, count, brand_id, resource])
        used, own = cursor.fetchone()
    limit = DEFAULTS[resource] if own is None else own
    wait = minute + _MINUTE - now
    is_over = used > limit
    if is_over:
        QuotaUse.objects.filter(brand_id=brand_id, resource=resource).update(deferred_at=now)
    return Spent(max(0, limit - used), max(1, -int(-wait.total_seconds() // 1)) if is_over else 0)


_SPEND = """
INSERT INTO tenants_quotause AS use (id, brand_id, resource, minute_at, used)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (brand_id, resource) DO UPDATE SET
    used = CASE WHEN use.minute_at = excluded.minute_at THEN use.used ELSE 0 END + excluded.used,
    minute_at = excluded.minute_at
RETURNING used,
    (SELECT "limit" FROM tenants_brandquota WHERE brand_id = %s AND resource = %s)
"""


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def standings_of(
    brands: Sequence[Brand], *, now: datetime | None = None
) -> dict[UUID, list[Standing]]:
    """Use and limit of everything per brand, inside their scope. Three queries for any number.

    What is no matter of minutes is asked of ``quota_meters``.
    """
    minute = _minute(now or timezone.now())
    ids = [brand.pk for brand in brands]
    metered = {name: meter() for name, meter in quota_meters.items()}
    limits = {(r.brand_id, r.resource): r.limit for r in BrandQuota.objects.filter(brand__in=ids)}
    uses = {(row.brand_id, row.resource): row for row in QuotaUse.objects.filter(brand__in=ids)}
    found: dict[UUID, list[Standing]] = {}
    for pk in ids:
        for resource in Quota:
            use, own = uses.get((pk, resource)), limits.get((pk, resource))
            if resource in metered:
                used = metered[resource].get(pk, 0)
            else:
                used = use.used if use and use.minute_at == minute else 0
            found.setdefault(pk, []).append(
                Standing(
                    resource=resource,
                    limit=DEFAULTS[resource] if own is None else own,
                    is_own=own is not None,
                    ceiling=CEILINGS[resource],
                    used=used,
                    deferred_at=use.deferred_at if use else None,
                )
            )
    return found


@transaction.atomic
def set_quota(
    brand: Brand, resource: str, *, limit: int | None, reason: str, actor: Actor
) -> BrandQuota | None:
    """Give the brand a limit of its own, or take it away (``limit=None``). Inside its scope.

    People may go up to ``CEILINGS``; the platform, by its command, beyond. Nothing changed: nothing
    recorded.

    Raises: NotAllowed, InvalidInput (unknown resource, limit out of bounds, no reason).
    """
    require(actor, "tenants.quota.manage", brand)
    if resource not in Quota.values:
        raise InvalidInput("resource", _("There is no quota “%s”.") % resource[:30])
    kind = Quota(resource)
    if not reason.strip():
        raise InvalidInput("reason", _("Say why."))
    is_person = isinstance(actor, User)
    if limit is not None and limit < 1:
        raise InvalidInput("limit", _("A quota is at least 1. To stop a brand, freeze it."))
    if limit is not None and is_person and limit > CEILINGS[kind]:
        raise InvalidInput(
            "limit",
            _("At most %(ceiling)d; for more ask the platform.") % {"ceiling": CEILINGS[kind]},
        )
    quota = BrandQuota.objects.select_for_update().filter(brand_id=brand.pk, resource=kind).first()
    before = quota.limit if quota else None
    if before == limit:
        return quota
    if quota is None:
        quota = BrandQuota(brand=brand, resource=kind)
    audit(
        "tenants.quota.changed",
        brand,
        actor=actor,
        reason=reason.strip()[:300],
        before={resource: before},
        after={resource: limit},
        facts={"resource": resource},
    )
    if limit is None:
        quota.delete()
        return None
    quota.limit, quota.reason, quota.set_at = limit, reason.strip()[:300], timezone.now()
    quota.set_by = actor if isinstance(actor, User) else None
    quota.save()
    return quota
