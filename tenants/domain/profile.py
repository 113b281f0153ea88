"""What a brand's profile may hold: one rule per field, for forms, files and programs alike."""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from tenants.choices import DataRegion, Language, Sector
from tenants.exceptions import InvalidInput
from tenants.models.directory import slug_is_plain

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESERVED_SLUGS = frozenset({"admin", "api"})
"""Second parts of an address that mean something else."""
_SPAN = re.compile(r"\s*(\d\d?:\d\d)\s*(?:-|–|bis|to)\s*(\d\d?:\d\d)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MAX_SPANS = 4

type Hours = dict[str, list[list[str]]]


def clean_profile(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises: InvalidInput for the first field that is refused."""
    cleaned = {name: clean_field(name, value) for name, value in fields.items()}
    check_region(cleaned)
    return cleaned


def clean_field(name: str, value: Any) -> Any:
    """One field as it is stored. Raises: InvalidInput, KeyError for a name that is no field."""
    return FIELDS[name](name, value)


def check_region(fields: Mapping[str, Any]) -> None:
    """Country and region of the holidays fit together. Raises: InvalidInput."""
    country, region = fields.get("holiday_country", ""), fields.get("holiday_region", "")
    if "holiday_region" not in fields or not region:
        return
    if "holiday_country" in fields and region.partition("-")[0] != country:
        raise InvalidInput(
            "holiday_region",
            _("The region “%(region)s” is not in the country “%(country)s”.")
            % {"region": region, "country": country},
        )


@cache
def holiday_places() -> dict[str, dict[str, str]]:
    """Names by ISO code, per country: ``name`` is the country's own, the rest its regions."""
    source = files("tenants.domain").joinpath("data/holidays.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@cache
def time_zones() -> tuple[str, ...]:
    """Names a person can choose from, sorted."""
    return tuple(
        sorted(name for name in available_timezones() if "/" in name and not name[0].islower())
    )


def clean_text(name: str, value: Any, *, longest: int, is_needed: bool = False) -> str:
    """A line of text without control characters. Raises: InvalidInput."""
    if not isinstance(value, str):
        raise InvalidInput(name, _("This must be text."))
    text = value.strip()
    if _CONTROL.search(text):
        raise InvalidInput(name, _("This holds characters that cannot be shown."))
    if is_needed and not text:
        raise InvalidInput(name, _("This must not be empty."))
    if len(text) > longest:
        raise InvalidInput(
            name,
            _("This has %(count)d characters; at most %(longest)d fit.")
            % {"count": len(text), "longest": longest},
        )
    return text


def _name(name: str, value: Any) -> str:
    if isinstance(value, str) and not value.strip():
        raise InvalidInput(name, _("A brand needs a name."))
    return clean_text(name, value, longest=150, is_needed=True)


def _slug(name: str, value: Any) -> str:
    slug = clean_text(name, value, longest=50, is_needed=True)
    if slug in RESERVED_SLUGS:
        raise InvalidInput(name, _("“%s” has a meaning of its own in addresses.") % slug)
    try:
        slug_is_plain(slug)
    except ValidationError as error:
        raise InvalidInput(name, error.messages[0]) from error
    return slug


def _legal_name(name: str, value: Any) -> str:
    return clean_text(name, value, longest=200)


def _email(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=254).lower()
    if text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise InvalidInput(name, _("“%s” is no e-mail address.") % text[:100]) from error
    return text


def _choice(values: list[str], words: Callable[[], str]) -> Callable[[str, Any], str]:
    def clean(name: str, value: Any) -> str:
        text = clean_text(name, value, longest=50)
        if text not in values:
            raise InvalidInput(name, words())
        return text

    return clean


def _sector(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=50)
    if text and text not in Sector.values:
        raise InvalidInput(name, _("Choose one of: %s.") % ", ".join(Sector.values))
    return text


def _time_zone(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=50)
    if text not in available_timezones():
        raise InvalidInput(name, _("There is no time zone “%s”.") % text)
    return text


def _country(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=10).upper()
    if text and text not in holiday_places():
        raise InvalidInput(
            name, _("“%s” is no country code whose holidays are known (DE, AT, CH …).") % text
        )
    return text


def _region(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=10).upper()
    if text and text not in holiday_places().get(text.partition("-")[0], {}):
        raise InvalidInput(name, _("“%s” is no region code (ISO 3166-2, such as DE-BY).") % text)
    return text


def _hours(name: str, value: Any) -> Hours:
    """Spans per weekday, sorted, in the form in which they are stored."""
    if not isinstance(value, Mapping):
        raise InvalidInput(name, _("Business hours are given per weekday: mon, tue …"))
    found: Hours = {}
    for day, spans in value.items():
        if day not in DAYS:
            raise InvalidInput(
                f"{name}.{str(day)[:20]}",
                _("“%(day)s” is no weekday; use %(days)s.")
                % {"day": str(day)[:20], "days": ", ".join(DAYS)},
            )
        cleaned = _spans(f"{name}.{day}", spans)
        if cleaned:
            found[day] = cleaned
    return {day: found[day] for day in DAYS if day in found}


def _spans(name: str, value: Any) -> list[list[str]]:
    parts = [p for p in value.split(",") if p.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) > _MAX_SPANS:
        raise InvalidInput(name, _("Write up to four spans like 09:00-17:30."))
    spans = sorted(_span(name, part) for part in parts)
    for one, following in pairwise(spans):
        if following[0] < one[1]:
            raise InvalidInput(name, _("Two spans overlap."))
    return [list(span) for span in spans]


def _span(name: str, part: Any) -> tuple[str, str]:
    if isinstance(part, list | tuple) and len(part) == 2:
        part = f"{part[0]}-{part[1]}"
    match = _SPAN.fullmatch(part) if isinstance(part, str) else None
    if match is None:
        raise InvalidInput(name, _("Write a span like 09:00-17:30."))
    start, end = (text.zfill(5) for text in match.groups())
    is_time = all(text[3:] < "60" and text <= "24:00" for text in (start, end))
    if not is_time or start >= end:
        raise InvalidInput(
            name,
            _("“%s” is no span of one day: the end comes after the start.") % part.strip()[:30],
        )
    return start, end


FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "slug": _slug,
    "name": _name,
    "legal_name": _legal_name,
    "contact_email": _email,
    "sector": _sector,
    "language": _choice(Language.values, lambda: _("Choose German or English.")),
    "time_zone": _time_zone,
    "business_hours": _hours,
    "holiday_country": _country,
    "holiday_region": _region,
    "data_region": _choice(
        DataRegion.values, lambda: _("Choose one of: %s.") % ", ".join(DataRegion.values)
    ),
}
"""Rule per field, in the order of the forms."""
