"""What a vendor's row may hold: one rule per field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from compliance.choices import ContractStatus, Place
from compliance.registries import vendor_services
from tenants.exceptions import InvalidInput

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MAX_SUB_PROCESSORS = 200


def clean_text(name: str, value: Any, *, longest: int, is_needed: bool = False) -> str:
    """Text without control characters. Raises: InvalidInput."""
    if not isinstance(value, str):
        raise InvalidInput(name, _("This must be text."))
    text = value.strip().replace("\r\n", "\n")
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


def clean_link(name: str, value: Any) -> str:
    """A web address or nothing. Raises: InvalidInput."""
    text = clean_text(name, value, longest=300)
    if text:
        try:
            URLValidator(schemes=["https", "http"])(text)
        except ValidationError as error:
            raise InvalidInput(name, _("“%s” is no web address.") % text[:100]) from error
    return text


def clean_day(name: str, value: Any, *, is_needed: bool = False) -> date | None:
    """A day, from text as a form sends it too. Raises: InvalidInput."""
    if isinstance(value, date):
        return value
    text = clean_text(name, value or "", longest=20, is_needed=is_needed)
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and found is None:
        raise InvalidInput(name, _("“%s” is no day; write it like 2026-03-31.") % text)
    return found


def _email(name: str, value: Any) -> str:
    text = clean_text(name, value, longest=254).lower()
    if text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise InvalidInput(name, _("“%s” is no e-mail address.") % text[:100]) from error
    return text


def _several(known: Callable[[], Sequence[str]]) -> Callable[[str, Any], list[str]]:
    def clean(name: str, value: Any) -> list[str]:
        wanted = [value] if isinstance(value, str) else list(value)
        odd = [one for one in wanted if one not in known()]
        if odd:
            raise InvalidInput(name, _("Choose one of: %s.") % ", ".join(known()))
        return [one for one in known() if one in wanted]

    return clean


def _contract(name: str, value: Any) -> str:
    if value not in ContractStatus.values:
        raise InvalidInput(name, _("Choose one of: %s.") % ", ".join(ContractStatus.values))
    return str(value)


def _sub_processors(name: str, value: Any) -> str:
    """One a line: ``name; country; task``."""
    text = clean_text(name, value, longest=20_000)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_SUB_PROCESSORS:
        raise InvalidInput(name, _("At most %d sub-processors fit.") % MAX_SUB_PROCESSORS)
    for line in lines:
        parts = [part.strip() for part in line.split(";")]
        if len(parts) != 3 or not all(parts):
            raise InvalidInput(
                name,
                _("“%s”: write one a line, as name; country; task.") % line[:80],
            )
    return "\n".join(lines)


def sub_processors_of(text: str) -> list[tuple[str, str, str]]:
    """Name, country and task of each."""
    found = []
    for line in text.splitlines():
        name, country, task = (part.strip() for part in line.split(";"))
        found.append((name, country, task))
    return found


FIELDS: Mapping[str, Callable[[str, Any], Any]] = {
    "name": lambda name, value: clean_text(name, value, longest=150, is_needed=True),
    "task": lambda name, value: clean_text(name, value, longest=300),
    "website": clean_link,
    "contact_name": lambda name, value: clean_text(name, value, longest=150),
    "contact_email": _email,
    "services": _several(lambda: [str(key) for key, _service in vendor_services.items()]),
    "places": _several(lambda: Place.values),
    "sub_processors": _sub_processors,
    "contract_status": _contract,
    "contract_on": clean_day,
}
ASSESSED_FIELDS = frozenset({"name", "services", "places", "sub_processors"})
"""What an assessment is about: fixed once it was made."""


def clean_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As they are stored. Raises: InvalidInput, KeyError for a name that is no field."""
    return {name: FIELDS[name](name, value) for name, value in fields.items()}
