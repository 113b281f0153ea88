"""Form values of legal holds, and what a hold covers, for its pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.admin.retention_parts import table_titles
from compliance.choices import HoldScope
from compliance.domain.holds import Coverage, target_title
from compliance.domain.retention.found import Survey
from compliance.models import LegalHold
from compliance.registries import hold_targets, retention_sources
from tenants.exceptions import InvalidInput
from tenants.models import Brand
from tenants.scope import brand_scope

_KINDS = (HoldScope.CONTACT, HoldScope.CONVERSATION)
_INSTANT = timedelta(microseconds=1)


def _day(field: str, typed: str, words: str) -> date | None:
    given = typed.strip()
    if not given:
        return None
    try:
        found = parse_date(given)
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(field, words)
    return found


def review_day(typed: str) -> date | None:
    """Raises: InvalidInput."""
    return _day("review_on", typed, _("Give the day of the review as a date."))


def _ref(kind: str, typed: Any) -> UUID | None:
    if not str(typed or "").strip():
        return None
    try:
        return UUID(str(typed).strip())
    except ValueError:
        words = _("The brand has no such contact or conversation.")
        raise InvalidInput(kind, words) from None


def coverage_from(given: Mapping[str, Any], brand: Brand) -> Coverage:
    """What the form says; days are whole days of the brand's time zone.

    Raises: InvalidInput (something that is no date, no key).
    """
    words, zone = _("Give the span of time as dates."), ZoneInfo(brand.time_zone)
    since = _day("since", str(given.get("since", "")), words)
    until = _day("until", str(given.get("until", "")), words)
    ends = until + timedelta(days=1) if until is not None and until < date.max else None
    return Coverage(
        contact_ref=_ref("contact", given.get("contact")),
        conversation_ref=_ref("conversation", given.get("conversation")),
        since=datetime.combine(since, time(), zone) if since else None,
        until=(datetime.combine(ends, time(), zone) - _INSTANT).astimezone(UTC) if ends else None,
    )


@dataclass(frozen=True, slots=True)
class Named:
    """The contact or conversation that a hold names. ``brand_id``: whose it is."""

    kind: HoldScope
    ref: UUID
    title: StrOrPromise
    url: str
    brand_id: UUID


def target_in(given: Mapping[str, Any], brands: Iterable[Brand]) -> Named | None:
    """What the address or the form names, if one of these brands has it."""
    for kind in _KINDS:
        try:
            ref = _ref(kind, given.get(kind.value))
        except InvalidInput:
            return None
        if ref is None:
            continue
        for brand in brands:
            title = target_title(kind, brand.pk, ref)
            if title is not None:
                return Named(kind, ref, title, hold_targets[kind].url(ref), brand.pk)
    return None


def named_of(hold: LegalHold) -> Named | None:
    """What the hold names; without a title if it has gone."""
    ref = hold.conversation_ref or hold.contact_ref
    if ref is None:
        return None
    title = target_title(hold.scope, hold.brand_id, ref)
    if title is None:
        return Named(hold.scope, ref, _("It is not there any more."), "", hold.brand_id)
    return Named(hold.scope, ref, title, hold_targets[hold.scope].url(ref), hold.brand_id)


@dataclass(frozen=True, slots=True)
class HeldPlace:
    title: StrOrPromise
    survey: Survey
    tables: list[tuple[str, int]]


def held_places(hold: LegalHold) -> list[HeldPlace]:
    """Place by place, due or not; empty ones are left out."""
    titles, found = table_titles(), []
    with brand_scope(hold.brand_id, agency_ids=[hold.brand.agency_id]):
        for source in retention_sources:
            survey = source.held_by(hold)
            if survey.rows:
                tables = [(titles.get(name, name), n) for name, n in survey.counts.most_common()]
                found.append(HeldPlace(source.title, survey, tables))
    return found
