"""Assessing an incident and telling those who must know. Source: GDPR Art. 33, 34."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import IncidentEntryKind, IncidentState
from compliance.domain.incidents.clock import is_late
from compliance.domain.incidents.entries import instant, locked, move, words, write
from compliance.models import Incident, IncidentBrand, IncidentEntry
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor


@transaction.atomic
def assess_incident(incident: Incident, *, is_high_risk: bool, text: str, actor: Actor) -> Incident:
    """Judge the risk for the persons. What the report needs must be known as far as it can be.

    Raises: NotAllowed, InvalidState, InvalidInput (no kind of breach or data, no words).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    judged = words("text", text)
    if not incident.kinds:
        raise InvalidInput("kinds", _("Say what kind of breach it is."))
    if not incident.data_kinds:
        raise InvalidInput("data_kinds", _("Say which kinds of data are concerned."))
    move(incident, IncidentState.ASSESSED)
    incident.assessed_at, incident.is_high_risk = now, is_high_risk
    incident.no_report_reason = ""
    incident.save(update_fields=["state", "assessed_at", "is_high_risk", "no_report_reason"])
    write(
        incident,
        IncidentEntryKind.STATE,
        code="assessed",
        actor=actor,
        at=now,
        text=judged,
        facts={"high_risk": int(is_high_risk)},
    )
    return incident


@transaction.atomic
def report_incident(
    incident: Incident,
    *,
    authority: str,
    text: str,
    actor: Actor,
    reference: str = "",
    sent_at: Any = "",
    late_reason: str = "",
) -> Incident:
    """Write down that the authority was told, when and in which words. Engage sends nothing itself.

    Raises: NotAllowed, InvalidState, InvalidInput (no authority or text, a time before the breach
    was known or to come; ``late_reason`` empty though it was late, Art. 33(1)).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    addressee = words("authority", authority, longest=200)
    body = words("text", text)
    at = instant("sent_at", sent_at, now=now, not_before=incident.aware_at)
    move(incident, IncidentState.REPORTED)
    late = incident.due_at is not None and is_late(incident.due_at, at)
    why = words("late_reason", late_reason, is_needed=False)
    if late and not why:
        raise InvalidInput(
            "late_reason",
            _("The report is later than %(hours)d hours: say why, Art. 33(1) GDPR.")
            % {"hours": incident.report_hours},
        )
    incident.reported_at, incident.late_reason = at, why if late else ""
    incident.save(update_fields=["state", "reported_at", "late_reason"])
    write(
        incident,
        IncidentEntryKind.AUTHORITY,
        code="reported",
        actor=actor,
        at=now,
        happened_at=at,
        addressee=addressee,
        reference=words("reference", reference, longest=100, is_needed=False),
        text=f"{body}\n\n{_('Why the report is late')}: {why}" if late else body,
        facts={"late": int(late)},
    )
    return incident


@transaction.atomic
def add_to_report(
    incident: Incident,
    *,
    authority: str,
    text: str,
    actor: Actor,
    reference: str = "",
    sent_at: Any = "",
) -> IncidentEntry:
    """Further information for the authority, given in phases. Source: GDPR Art. 33(4).

    Raises: NotAllowed, InvalidState (not reported yet), InvalidInput.
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    if incident.reported_at is None:
        raise InvalidState(_("It was not reported yet."))
    return write(
        incident,
        IncidentEntryKind.AUTHORITY,
        code="report_added_to",
        actor=actor,
        at=now,
        happened_at=instant("sent_at", sent_at, now=now, not_before=incident.reported_at),
        addressee=words("authority", authority, longest=200),
        reference=words("reference", reference, longest=100, is_needed=False),
        text=words("text", text),
    )


@transaction.atomic
def decline_report(incident: Incident, *, reason: str, actor: Actor) -> Incident:
    """Unlikely to be a risk: not reported, and why. It stays documented, Art. 33(5).

    Raises: NotAllowed, InvalidState, InvalidInput (no reason, a high risk).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    why = words("reason", reason)
    if incident.is_high_risk:
        raise InvalidInput("reason", _("It was assessed as a high risk: it has to be reported."))
    move(incident, IncidentState.NOT_REPORTABLE)
    incident.no_report_reason = why
    incident.save(update_fields=["state", "no_report_reason"])
    write(incident, IncidentEntryKind.STATE, code="not_reportable", actor=actor, at=now, text=why)
    return incident


@transaction.atomic
def inform_persons(
    incident: Incident, *, how: str, text: str, actor: Actor, sent_at: Any = ""
) -> Incident:
    """Write down that the persons were told, how and in which words. Source: GDPR Art. 34(2).

    Raises: NotAllowed, InvalidState, InvalidInput.
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    at = instant("sent_at", sent_at, now=now, not_before=incident.aware_at)
    way, body = words("how", how, longest=200), words("text", text)
    move(incident, IncidentState.INFORMED)
    incident.informed_at = at
    incident.save(update_fields=["state", "informed_at"])
    write(
        incident,
        IncidentEntryKind.PERSONS,
        code="persons_informed",
        actor=actor,
        at=now,
        happened_at=at,
        addressee=way,
        text=body,
    )
    return incident


@transaction.atomic
def close_incident(
    incident: Incident, *, reason: str, actor: Actor, not_informed_reason: str = ""
) -> Incident:
    """All is done. In the scope of every brand it concerns.

    Raises: NotAllowed, InvalidState, InvalidInput (no words; a brand was not told; a high risk and
    the persons not informed without a reason of Art. 34(3)).
    """
    incident, now = locked(incident, actor=actor), timezone.now()
    text = words("reason", reason)
    untold = list(
        IncidentBrand.objects.filter(incident_ref=incident.pk, told_at=None)
        .select_related("brand")
        .order_by("brand__name")
    )
    if untold:
        raise InvalidInput(
            "brands",
            _("These brands were not told yet: %s.")
            % ", ".join(part.brand.name for part in untold),
        )
    why = words("not_informed_reason", not_informed_reason, is_needed=False)
    if incident.is_high_risk and incident.informed_at is None and not why:
        raise InvalidInput(
            "not_informed_reason",
            _("A high risk: inform the persons, or say why not, Art. 34(3) GDPR."),
        )
    move(incident, IncidentState.CLOSED)
    incident.closed_at = now
    incident.not_informed_reason = why if incident.informed_at is None else ""
    incident.save(update_fields=["state", "closed_at", "not_informed_reason"])
    write(
        incident,
        IncidentEntryKind.STATE,
        code="closed",
        actor=actor,
        at=now,
        text=f"{text}\n\n{why}".strip(),
    )
    return incident
