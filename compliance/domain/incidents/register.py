"""The register of incidents: entered, known, described, noted. Source: GDPR Art. 33(5)."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import BreachData, BreachKind, IncidentEntryKind, IncidentState
from compliance.domain.audit import actor_reference
from compliance.domain.incidents.clock import due_at
from compliance.domain.incidents.entries import instant, locked, move, words, write
from compliance.domain.vendors.law import report_hours
from compliance.models import Incident, IncidentEntry
from compliance.permissions import MANAGE_INCIDENTS
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput
from tenants.models import Agency, Brand, User
from tenants.permissions import Actor, require
from tenants.scope import brand_scope, own_scope

_MOST = 2_000_000_000


def _several(field: str, value: Any, known: list[str]) -> list[str]:
    wanted = [value] if isinstance(value, str) else list(value or ())
    if any(one not in known for one in wanted):
        raise InvalidInput(field, _("Choose one of: %s.") % ", ".join(known))
    return [one for one in known if one in wanted]


def whole_number(field: str, value: Any) -> int | None:
    if value in (None, ""):
        return None
    text = str(value).strip()
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST:
        raise InvalidInput(field, _("Give a whole number, or leave it empty if it is unknown."))
    return int(text)


def clean(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What people describe an incident with, as it is stored. Raises: InvalidInput, KeyError."""
    rules: dict[str, Any] = {
        "title": lambda v: words("title", v, longest=150),
        "description": lambda v: words("description", v),
        "kinds": lambda v: _several("kinds", v, BreachKind.values),
        "data_kinds": lambda v: _several("data_kinds", v, BreachData.values),
        "people_count": lambda v: whole_number("people_count", v),
        "record_count": lambda v: whole_number("record_count", v),
        "contact_point": lambda v: words("contact_point", v, longest=200, is_needed=False),
        "consequences": lambda v: words("consequences", v, is_needed=False),
        "measures": lambda v: words("measures", v, is_needed=False),
    }
    return {name: rules[name](value) for name, value in changes.items()}


@transaction.atomic
def open_incident(
    place: Agency | Brand, *, actor: Actor, suspected_at: Any = "", **described: Any
) -> Incident:
    """Enter a suspicion. In a brand it is that brand's, else the agency's own.

    Raises: NotAllowed, InvalidInput (no title or description, a time to come).
    """
    require(actor, MANAGE_INCIDENTS, place)
    now = timezone.now()
    values = clean({"title": "", "description": "", **described})
    at = instant("suspected_at", suspected_at, now=now)
    owner = own_brand(place) if isinstance(place, Agency) else place
    scope = own_scope(owner.pk) if isinstance(place, Agency) else brand_scope(owner.pk)
    with scope:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('incidents/' || %s, 0))",
                [str(owner.pk)],
            )
        last = Incident.objects.filter(brand=owner).aggregate(n=Max("number"))["n"] or 0
        incident = Incident.objects.create(
            brand=owner,
            number=last + 1,
            suspected_at=at,
            created_by=actor if isinstance(actor, User) else None,
            created_ref=actor_reference(actor)[1],
            **values,
        )
        write(
            incident,
            IncidentEntryKind.STATE,
            code="suspected",
            actor=actor,
            at=now,
            happened_at=at,
            text=incident.description,
        )
    return incident


@transaction.atomic
def become_aware(incident: Incident, *, actor: Actor, at: Any = "") -> Incident:
    """It is a breach: from ``at`` on (empty: now) the clock runs, as long as the law of that day
    gives.

    Raises: NotAllowed, InvalidState, InvalidInput (a time to come).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    move(incident, IncidentState.AWARE)
    known = instant("at", at, now=now)
    incident.aware_at, incident.report_hours = known, report_hours(known.date())
    incident.due_at = due_at(known, incident.report_hours)
    incident.save(update_fields=["state", "aware_at", "report_hours", "due_at"])
    write(
        incident,
        IncidentEntryKind.STATE,
        code="aware",
        actor=actor,
        at=now,
        happened_at=known,
        facts={"hours": incident.report_hours, "due_at": incident.due_at.isoformat()[:19].lower()},
    )
    return incident


@transaction.atomic
def dismiss_incident(incident: Incident, *, reason: str, actor: Actor) -> Incident:
    """The suspicion was wrong. It stays in the register.

    Raises: NotAllowed, InvalidState (known to be one), InvalidInput (no reason).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    text = words("reason", reason)
    move(incident, IncidentState.DISMISSED)
    incident.closed_at = now
    incident.save(update_fields=["state", "closed_at"])
    write(incident, IncidentEntryKind.STATE, code="dismissed", actor=actor, at=now, text=text)
    return incident


@transaction.atomic
def change_incident(incident: Incident, changes: Mapping[str, Any], *, actor: Actor) -> Incident:
    """Describe it better; what it said before stands in the ledger.

    Raises: NotAllowed, InvalidState (closed), InvalidInput.
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    values = clean(changes)
    changed = {n: v for n, v in values.items() if v != getattr(incident, n)}
    if not changed:
        return incident
    lines = []
    for name, value in changed.items():
        title = str(Incident._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column
        lines.append(f"{title}: {_said(getattr(incident, name))} → {_said(value)}")
        setattr(incident, name, value)
    incident.save(update_fields=list(changed))
    write(
        incident,
        IncidentEntryKind.CHANGED,
        code="changed",
        actor=actor,
        at=now,
        text="\n".join(lines),
        facts={"fields": sorted(changed)},
    )
    return incident


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return "–" if value in (None, "") else str(value)


@transaction.atomic
def add_note(
    incident: Incident,
    *,
    text: str,
    actor: Actor,
    happened_at: Any = "",
    is_measure: bool = False,
) -> IncidentEntry:
    """Write down what was found or done. Raises: NotAllowed, InvalidState, InvalidInput."""
    incident, now = locked(incident, actor=actor), timezone.now()
    return write(
        incident,
        IncidentEntryKind.MEASURE if is_measure else IncidentEntryKind.NOTED,
        code="measure_taken" if is_measure else "noted",
        actor=actor,
        at=now,
        happened_at=instant("happened_at", happened_at, now=now),
        text=words("text", text),
    )
