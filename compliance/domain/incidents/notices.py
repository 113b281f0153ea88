"""Drafts of the three texts of a breach: to the authority, to the brand, to the persons.

A person completes and sends them; what is unknown stands in square brackets.
Source: GDPR Art. 33(3), 33(2), 34(2).
"""

from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import BreachData, BreachKind, IncidentEntryKind
from compliance.models import Incident
from tenants.models import Brand


def draft(
    kind: IncidentEntryKind, incident: Incident, *, language: str, brand: Brand | None = None
) -> str:
    """The text in this language. ``brand``: whom it is for or whose persons they are.

    Raises: ValueError for a kind that has no text.
    """
    with translation.override(language):
        told = _facts(incident, brand)
        match kind:
            case IncidentEntryKind.AUTHORITY:
                return _authority() % told
            case IncidentEntryKind.CONTROLLER:
                return _controller() % told
            case IncidentEntryKind.PERSONS:
                return _persons() % told
    raise ValueError(f"{kind} has no text")


def _facts(incident: Incident, brand: Brand | None) -> dict[str, str]:
    open_ = _("[to be completed]")
    people = incident.people_count
    return {
        "title": incident.title,
        "number": str(incident.number),
        "brand": (brand.legal_name or brand.name) if brand else open_,
        "agency": incident.brand.agency.name,
        "happened": _time(incident.happened_at or incident.suspected_at),
        "known": _time(incident.aware_at) if incident.aware_at else open_,
        "what": incident.description or open_,
        "kinds": ", ".join(str(BreachKind(k).label) for k in incident.kinds) or open_,
        "data": ", ".join(str(BreachData(k).label) for k in incident.data_kinds) or open_,
        "people": _("not known yet") if people is None else str(people),
        "records": _("not known yet")
        if incident.record_count is None
        else str(incident.record_count),
        "contact": incident.contact_point or open_,
        "consequences": incident.consequences or open_,
        "measures": incident.measures or open_,
    }


def _time(at: object) -> str:
    local = timezone.localtime(at)  # type: ignore[arg-type]  # a time, never None here
    return formats.date_format(local, "DATETIME_FORMAT")


def _authority() -> str:
    return _(
        "Notification of a personal data breach under Art. 33 GDPR\n\n"
        "Controller: %(brand)s\nProcessor: %(agency)s\nOur number: %(number)s\n\n"
        "1. What happened: %(what)s\nKind of breach: %(kinds)s\nWhen: %(happened)s\n"
        "Known since: %(known)s\nKinds of data: %(data)s\nPersons concerned: %(people)s\n"
        "Records concerned: %(records)s\n\n"
        "2. Who answers questions: %(contact)s\n\n"
        "3. Likely consequences: %(consequences)s\n\n"
        "4. Measures taken or proposed: %(measures)s\n\n"
        "Further information will be given in phases where it is not known yet, Art. 33(4) GDPR."
    )


def _controller() -> str:
    return _(
        "Notice of a personal data breach under Art. 33(2) GDPR\n\n"
        "To: %(brand)s as controller\nFrom: %(agency)s as processor\n\n"
        "We have become aware of a breach that concerns data we process for you.\n\n"
        "What happened: %(what)s\nWhen: %(happened)s\nKnown to us since: %(known)s\n"
        "Kinds of data: %(data)s\nPersons concerned: %(people)s\n"
        "Likely consequences: %(consequences)s\nMeasures: %(measures)s\n\n"
        "You decide whether the authority and the persons are told; the time for the report runs"
        " for you from this notice. We help with both. Who answers questions: %(contact)s"
    )


def _persons() -> str:
    return _(
        "Information about a personal data breach under Art. 34 GDPR\n\n"
        "We inform you that data about you at %(brand)s are concerned by a breach.\n\n"
        "What happened: %(what)s\nWhich data: %(data)s\nWhat may follow for you: %(consequences)s\n"
        "What we have done: %(measures)s\nWhat you can do: [to be completed]\n\n"
        "If you have questions: %(contact)s. You may complain to a data protection authority."
    )
