"""What a person must be told beside the copy of their data. Source: GDPR Art. 15(1)(a)-(h), (2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from compliance.choices import RetentionCategory
from compliance.domain.document import Document
from compliance.domain.requests.answers import day, remedies
from compliance.domain.subjects.sources import source_of
from compliance.models import DataRequest
from compliance.registries import About, personal_data, recipients


def information(
    case: DataRequest, counts: Mapping[str, tuple[str, int]], *, at: datetime
) -> Document:
    """The document up to the data, in the active language. ``counts``: source -> (title, rows)."""
    brand = case.brand
    document = Document(
        title=_("Your data at %s") % (brand.legal_name or brand.name),
        subtitle=_("Request no. %(number)d of %(at)s")
        % {"number": case.number, "at": day(case.received_on)},
        language=case.language,
        made_at=at,
        footer=str(brand.legal_name or brand.name),
    )
    document.facts(
        [
            (_("Controller"), brand.legal_name or brand.name),
            (_("Contact for data protection"), brand.contact_email or "—"),
            (_("Processor"), brand.agency.name),
        ]
    )
    document.heading(_("What we hold"))
    document.table(
        [_("Kind"), _("Entries")],
        [(title, str(rows)) for title, rows in counts.values() if rows] or [(_("Nothing"), "0")],
        widths=[4, 1],
    )
    document.heading(_("Purposes, legal bases and periods"))
    document.table(
        [_("Kind"), _("Purpose"), _("Legal basis"), _("Kept")],
        list(_purposes(counts)),
        widths=[2, 4, 3, 2],
    )
    for title, text in _texts(case):
        document.heading(title, level=2)
        document.text(text)
    return document


def _abouts(key: str) -> Iterable[About]:
    for label in source_of(key).tables:
        if label.lower() in personal_data:
            yield personal_data[label.lower()].about


def _purposes(counts: Mapping[str, tuple[str, int]]) -> Iterable[tuple[str, str, str, str]]:
    periods = dict(RetentionCategory.choices)
    for key, (title, rows) in counts.items():
        for about in list(_abouts(key))[:1] if rows else ():
            if about.purpose:
                period = periods.get(about.retention, about.retention.replace("_", " "))
                yield title, _(about.purpose), _(about.basis), str(period)


def _texts(case: DataRequest) -> Iterable[tuple[str, str]]:
    names = [str(one.title) for one in recipients]
    yield (
        _("Recipients"),
        _(
            "Your data are processed for us by %(agency)s with the software Engage. The network on"
            " which you wrote to us holds them under its own responsibility."
        )
        % {"agency": case.brand.agency.name}
        + (f" {', '.join(names)}." if names else ""),
    )
    yield (
        _("Where the data come from"),
        _("From you, through the networks on which you wrote to us, and from our answers."),
    )
    yield (
        _("Automated decisions"),
        _(
            "Messages are sorted by a program (language, topic, urgency), and some are answered by"
            " it; that is said in the answer. Nothing with legal effect for you is decided by a"
            " program alone."
        ),
    )
    yield (
        _("Countries outside the EU"),
        _("We store the data in the region %(region)s. The networks may store theirs elsewhere.")
        % {"region": case.brand.get_data_region_display()},
    )
    yield (
        _("Your rights"),
        _(
            "You may have data corrected, erased or restricted, take them with you, and object to"
            " their use. A consent can be withdrawn at any time."
        ),
    )
    yield _("Complaint and court"), remedies()
