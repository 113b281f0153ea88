"""From the fields of the wizard's forms to documents, and from problems back to fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from engage.onboarding.problems import Problem
from tenants.choices import DataRegion, Language, Sector
from tenants.domain.profile import DAYS, holiday_places
from tenants.models import Brand

DAY_NAMES: dict[str, StrOrPromise] = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
_PLAIN = (
    "slug",
    "name",
    "legal_name",
    "contact_email",
    "sector",
    "language",
    "time_zone",
    "data_region",
)
_OFFICE_HOURS = "09:00-17:00"
_WEEK_DAYS = DAYS[:5]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the template draws it. ``choices`` empty: a line of text."""

    name: str
    label: StrOrPromise
    value: str
    error: str = ""
    hint: StrOrPromise = ""
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = "text"
    is_needed: bool = True


def profile_document(post: QueryDict, *, slug: str = "") -> dict[str, Any]:
    """``slug`` given: of a brand that is there, whose address does not change."""
    text = {name: post.get(name, "").strip() for name in _PLAIN}
    brand: dict[str, Any] = {name: value for name, value in text.items() if name != "slug"}
    brand["slug"] = slug or text["slug"].lower()
    brand["business_hours"] = {day: post.get(f"hours_{day}", "") for day in DAYS}
    country, _dash, _region = (place := post.get("holidays", "")).partition("-")
    brand["holidays"] = {"country": country, "region": place if _dash else ""}
    return brand


def profile_fields(
    values: Mapping[str, str], errors: Mapping[str, str], *, is_new: bool
) -> list[Field]:
    """The profile's fields in their order; ``values`` by field name."""

    def field(name: str, label: StrOrPromise, **more: Any) -> Field:
        return Field(name, label, values.get(name, ""), errors.get(name, ""), **more)

    slug = field(
        "slug",
        _("Address"),
        hint=_("Stands in the address of the workspace and never changes: nordlicht"),
    )
    return [
        field("name", _("Name of the brand")),
        *([slug] if is_new else []),
        field("legal_name", _("Company name"), hint=_("As in the imprint: Nordlicht GmbH")),
        field(
            "contact_email",
            _("E-mail for data protection matters"),
            kind="email",
            hint=_("Of the company that is responsible for the data."),
        ),
        field("sector", _("Sector"), choices=_pairs(Sector.choices, _("Choose …"))),
        field("language", _("Language"), choices=_pairs(Language.choices)),
        field("time_zone", _("Time zone"), kind="zone"),
        field("holidays", _("Holidays"), choices=_holidays(), is_needed=False),
        field("data_region", _("Data residency"), choices=_pairs(DataRegion.choices)),
    ]


def hours_fields(values: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    return [
        Field(
            f"hours_{day}",
            DAY_NAMES[day],
            values.get(f"hours_{day}", ""),
            errors.get(f"hours_{day}", ""),
            is_needed=False,
        )
        for day in DAYS
    ]


def first_values() -> dict[str, str]:
    """What a new brand's form shows first."""
    hours = {f"hours_{day}": _OFFICE_HOURS for day in _WEEK_DAYS}
    return hours | {
        "language": Language.GERMAN.value,
        "time_zone": "Europe/Berlin",
        "holidays": "DE",
        "data_region": DataRegion.EU.value,
    }


def values_of(brand: Brand) -> dict[str, str]:
    """What the form of a brand that is there shows."""
    hours = brand.business_hours or {}
    return {
        **{name: str(getattr(brand, name)) for name in _PLAIN},
        **{
            f"hours_{day}": ", ".join("-".join(span) for span in hours.get(day, [])) for day in DAYS
        },
        "holidays": brand.holiday_region or brand.holiday_country,
    }


def field_errors(problems: Iterable[Problem]) -> dict[str, str]:
    """The words by the name of the field; what belongs to no field is under ``""``."""
    found: dict[str, str] = {}
    for problem in problems:
        name = _field_of(problem.path)
        found[name] = f"{found[name]} {problem.message}" if name in found else problem.message
    return found


def _field_of(path: tuple[str | int, ...]) -> str:
    if path[:1] == ("brand",) and len(path) > 1:
        if path[1] == "business_hours":
            return f"hours_{path[2]}" if len(path) > 2 else "hours_mon"
        return "holidays" if path[1] == "holidays" else str(path[1])
    if path[:1] in {("channels",), ("team",)} and len(path) > 2:
        return str(path[2])
    if path[:1] == ("templates",) and len(path) > 1:
        return f"template_{path[1]}"
    return ""


def _pairs(choices: Iterable[tuple[Any, Any]], empty: str = "") -> tuple[tuple[str, str], ...]:
    pairs = tuple((str(value), str(label)) for value, label in choices)
    return (("", empty), *pairs) if empty else pairs


def _holidays() -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = [("", _("None"))]
    countries = sorted(holiday_places().items(), key=lambda pair: pair[1]["name"])
    for code, places in countries:
        found.append((code, _(places["name"])))  # two of them have a German name
        found += [(key, f"– {name}") for key, name in places.items() if key != "name"]
    return tuple(found)
