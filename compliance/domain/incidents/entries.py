"""One line of an incident's time line: written by the verb that acts, proven by its event."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from compliance.choices import IncidentEntryKind, IncidentState
from compliance.domain.audit import actor_reference, record
from compliance.domain.incidents.states import may_move
from compliance.models import Incident, IncidentEntry
from compliance.permissions import MANAGE_INCIDENTS
from tenants.exceptions import InvalidInput, InvalidState
from tenants.models import User
from tenants.permissions import Actor, require

MAX_TEXT = 20_000


def locked(incident: Incident, *, actor: Actor) -> Incident:
    """Read anew for this transaction. Raises: NotAllowed, InvalidState (ended)."""
    require(actor, MANAGE_INCIDENTS, incident)
    found = (
        Incident.objects.select_for_update(no_key=True, of=("self",))
        .select_related("brand__agency")
        .get(pk=incident.pk)
    )
    if found.closed_at is not None:
        raise InvalidState(_("The incident is closed. Enter a new one that names it."))
    return found


def move(incident: Incident, to: IncidentState) -> None:
    """Raises: InvalidState if the step does not follow. Does not save."""
    if not may_move(IncidentState(incident.state), to):
        raise InvalidState(
            _("The incident is “%(state)s”: the step does not follow from there.")
            % {"state": incident.get_state_display()}
        )
    incident.state = to


def words(field: str, value: Any, *, longest: int = MAX_TEXT, is_needed: bool = True) -> str:
    """Text as it is stored. Raises: InvalidInput."""
    text = str(value or "").replace("\x00", "").replace("\r\n", "\n").strip()
    if is_needed and not text:
        raise InvalidInput(field, _("This must not be empty."))
    if len(text) > longest:
        raise InvalidInput(
            field,
            _("This has %(count)d characters; at most %(longest)d fit.")
            % {"count": len(text), "longest": longest},
        )
    return text


def instant(
    field: str, value: Any, *, now: datetime, not_before: datetime | None = None
) -> datetime:
    """A time that is over, from a form's text in the active time zone too; empty: now.

    Raises: InvalidInput (no time, one to come, one before ``not_before``).
    """
    at: datetime | None = value
    if not isinstance(value, datetime):
        text = str(value or "").strip()
        try:
            at = parse_datetime(text) if text else now
        except ValueError:
            at = None
    if at is None:
        raise InvalidInput(field, _("Give day and time."))
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    if at > now:
        raise InvalidInput(field, _("This time is still to come."))
    if not_before is not None and at < not_before:
        raise InvalidInput(field, _("This time lies before what led to it."))
    return at


def write(
    incident: Incident,
    kind: IncidentEntryKind,
    *,
    code: str,
    actor: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    addressee: str = "",
    reference: str = "",
    facts: Mapping[str, Any] | None = None,
) -> IncidentEntry:
    """Add the line and its event ``compliance.incident.<code>``, which holds the text's hash."""
    proof = {"sha256": hashlib.sha256(text.encode()).hexdigest()} if text else {}
    event = record(
        f"compliance.incident.{code}",
        incident,
        actor=actor,
        facts={"state": incident.state, **proof, **(facts or {})},
        personal={name: value for name, value in (("text", text), ("to", addressee)) if value}
        or None,
    )
    return IncidentEntry.objects.create(
        brand_id=incident.brand_id,
        incident=incident,
        kind=kind,
        code=code,
        happened_at=happened_at or at,
        at=at,
        addressee=addressee,
        reference=reference,
        text=text,
        written_by=actor if isinstance(actor, User) else None,
        written_ref=actor_reference(actor)[1],
        event_ref=event.pk,
    )
