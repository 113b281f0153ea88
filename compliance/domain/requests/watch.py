"""Looks at the days: warns those who can act, ends what nobody verified, drops old packages."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import RequestState
from compliance.domain.audit import record
from compliance.domain.requests import answers, clocks
from compliance.domain.requests.cases import MOVE_FIELDS, move
from compliance.domain.requests.job import WORKER
from compliance.models import DataRequest
from compliance.permissions import HANDLE_REQUESTS
from tenants.domain.post import post
from tenants.models import Brand, Membership, User
from tenants.scope import brand_scope

WARNINGS: tuple[tuple[str, int], ...] = (("overdue", -1), ("2days", 2), ("7days", 7))
"""Level and the days that are left at most, gravest first."""
UNVERIFIED_FOR = timedelta(days=30)


def watch_brand(brand_id: UUID, *, now: datetime | None = None) -> int:
    """Everything that time brings to this brand's cases; says how many warnings went out."""
    at = now or timezone.now()
    with brand_scope(brand_id):
        brand = Brand.including_agencies.select_related("agency").get(pk=brand_id)
        _end_unverified(brand, now=at)
        _drop_packages(brand, now=at)
        return _warn(brand, now=at)


def days_left(case: DataRequest, brand: Brand, *, now: datetime) -> int:
    """Negative once the day is over."""
    return (case.last_due_on - clocks.day_of(now, brand.time_zone)).days


def level_of(left: int) -> str:
    """The gravest warning that is due, empty if none is."""
    return next((level for level, most in WARNINGS if left <= most), "")


def _warn(brand: Brand, *, now: datetime) -> int:
    sent = 0
    cases = DataRequest.objects.select_for_update(no_key=True, of=("self",)).filter(
        brand=brand, ended_at=None
    )
    for case in cases.select_related("brand__agency"):
        level = level_of(days_left(case, brand, now=now))
        if not level or level == case.warned:
            continue
        case.warned = level
        case.save(update_fields=["warned"])
        people = list(people_who(HANDLE_REQUESTS, brand))
        for person in people:
            _mail(case, person, left=days_left(case, brand, now=now))
        record(
            "compliance.request.warned",
            case,
            actor=WORKER,
            reason=level,
            facts={"people": len(people)},
        )
        sent += len(people)
    return sent


def people_who(capability: str, brand: Brand) -> Iterable[User]:
    """Those who hold the capability in the brand by their role."""
    found = Membership.objects.filter(
        Q(brand=None) | Q(brand=brand), agency=brand.agency_id, user__is_active=True
    )
    held = {m.user_id: m.user for m in found.select_related("user", "role")
            if capability in m.role.held}  # fmt: skip
    return held.values()


def _mail(case: DataRequest, person: User, *, left: int) -> None:
    with translation.override(person.language):
        if left < 0:
            subject = _("Overdue: data request no. %(number)d of %(brand)s")
        else:
            subject = _("%(left)d days left: data request no. %(number)d of %(brand)s")
        names = {"left": left, "number": case.number, "brand": case.brand.name}
        post(
            to=person.email,
            language=person.language,
            subject=subject % names,
            text=_("%(kind)s, due %(due)s, now: %(state)s.\n\n%(url)s")
            % {
                "kind": case.get_kind_display(),
                "due": answers.day(case.last_due_on),
                "state": case.get_state_display(),
                "url": answers.case_url(case),
            },
            agency=case.brand.agency,
        )


def _end_unverified(brand: Brand, *, now: datetime) -> None:
    """Nobody has shown who they are for thirty days. Source: GDPR Art. 11(2), 12(2)."""
    stale = DataRequest.objects.select_for_update(no_key=True).filter(
        brand=brand,
        state=RequestState.IDENTITY_PENDING,
        received_at__lt=now - UNVERIFIED_FOR,
    )
    for case in stale:
        move(case, RequestState.LAPSED)
        case.save(update_fields=list(MOVE_FIELDS))
        record("compliance.request.lapsed", case, actor=WORKER)


def _drop_packages(brand: Brand, *, now: datetime) -> None:
    old = DataRequest.objects.select_for_update(no_key=True).filter(
        brand=brand, package_until__lt=now
    )
    for case in old.exclude(package=""):
        case.package.delete(save=False)
        case.save(update_fields=["package"])
        record("compliance.request.package_dropped", case, actor=WORKER)
