"""An incident against its clock: states, warnings, reports, notices, the file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.choices import IncidentEntryKind
from compliance.choices import IncidentState as S
from compliance.domain.incidents import brands, register, reporting
from compliance.domain.incidents.clock import due_at, is_late, left, warnings_due
from compliance.domain.incidents.notices import draft
from compliance.domain.incidents.states import TERMINAL, may_move, next_states
from compliance.domain.incidents.timeline import export_timeline
from compliance.domain.incidents.watch import brands_with_running_clocks, watch_clocks
from compliance.models import AuditEvent, Incident, IncidentBrand, IncidentEntry
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, OutgoingMail, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation

T0 = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def known(brand: Brand, *, actor: User, hours_ago: int = 1) -> Incident:
    """Known since then, with what a report needs."""
    at = timezone.now() - timedelta(hours=hours_ago)
    incident = register.open_incident(
        brand, title="Export to the wrong brand", description="=cmd", suspected_at=at, actor=actor
    )
    register.become_aware(incident, at=at, actor=actor)
    return register.change_incident(
        incident,
        {"kinds": ["confidentiality"], "data_kinds": ["contact"], "people_count": "12"},
        actor=actor,
    )


def test_the_way_is_the_one_that_is_written_down():
    assert {state.value: {to.value for to in next_states(state)} for state in S} == {
        "suspected": {"aware", "dismissed"},
        "dismissed": set(),
        "aware": {"assessed"},
        "assessed": {"reported", "not_reportable"},
        "reported": {"informed", "closed"},
        "not_reportable": {"assessed", "informed", "closed"},
        "informed": {"closed"},
        "closed": set(),
    }


@given(st.lists(st.sampled_from(list(S)), max_size=12))
def test_nothing_is_closed_unless_it_was_reported_or_said_why_not(path: list[S]):
    state, walked = S.SUSPECTED, [S.SUSPECTED]
    for to in path:
        if may_move(state, to):
            state = to
            walked.append(to)

    if S.CLOSED in walked or S.INFORMED in walked:
        assert {S.REPORTED, S.NOT_REPORTABLE} & set(walked)
        assert walked.index(S.AWARE) < walked.index(S.ASSESSED)
    assert not [one for one in walked[:-1] if one in TERMINAL]


@given(st.integers(1, 200))
def test_each_warning_comes_once_and_in_its_time(hours: int):
    due, sent, when = due_at(T0, hours), [], {}

    for step in range(hours + 3):
        for one in warnings_due(due, now=T0 + timedelta(hours=step), sent=sent):
            sent.append(one)
            when[one] = hours - step

    first = "24" if hours > 6 else "6"
    assert sent == ["24", "6", "overdue"][["24", "6"].index(first) :]
    assert when["6"] == min(6, hours)
    assert when["overdue"] == -1
    assert not is_late(due, due)
    assert is_late(due, due + timedelta(microseconds=1))


def test_time_left_is_told_in_hours_and_minutes():
    assert left(T0 + timedelta(hours=3, minutes=5), T0) == (3, 5)
    assert left(T0 - timedelta(minutes=1), T0) == (-1, 59)


def test_a_breach_walks_from_suspicion_to_its_end(north: Brand, aud: User):
    with brand_scope(north.pk):
        incident = known(north, actor=aud)
        assert incident.report_hours == 72
        assert incident.due_at == incident.aware_at + timedelta(hours=72)
        reporting.assess_incident(incident, is_high_risk=True, text="Names and numbers", actor=aud)
        with pytest.raises(InvalidInput, match="high risk: it has to be reported"):
            reporting.decline_report(incident, reason="small", actor=aud)
        reporting.report_incident(
            incident, authority="BayLDA", text="We report", reference="LDA-1", actor=aud
        )
        with pytest.raises(InvalidInput, match="inform the persons"):
            reporting.close_incident(incident, reason="done", actor=aud)
        reporting.inform_persons(incident, how="by mail", text="Dear", actor=aud)
        closed = reporting.close_incident(incident, reason="learnt", actor=aud)

        assert (closed.state, closed.late_reason) == ("closed", "")
        codes = list(IncidentEntry.objects.order_by("at").values_list("code", flat=True))
        assert codes == [
            "suspected",
            "aware",
            "changed",
            "assessed",
            "reported",
            "persons_informed",
            "closed",
        ]
        events = set(AuditEvent.objects.values_list("pk", flat=True))
        assert set(IncidentEntry.objects.values_list("event_ref", flat=True)) <= events
        with pytest.raises(InvalidState, match="closed"):
            register.add_note(closed, text="late thought", actor=aud)


def test_a_late_report_says_why(north: Brand, aud: User):
    with brand_scope(north.pk):
        incident = known(north, actor=aud, hours_ago=73)
        reporting.assess_incident(incident, is_high_risk=False, text="some", actor=aud)
        with pytest.raises(InvalidInput) as caught:
            reporting.report_incident(incident, authority="BayLDA", text="x", actor=aud)
        assert caught.value.field == "late_reason"
        assert Incident.objects.get().state == S.ASSESSED
        done = reporting.report_incident(
            incident, authority="BayLDA", text="x", late_reason="Holidays", actor=aud
        )
        assert done.late_reason == "Holidays"
        assert IncidentEntry.objects.get(code="reported").text.endswith("Holidays")


def test_not_reportable_stays_documented_and_may_be_looked_at_again(north: Brand, aud: User):
    with brand_scope(north.pk):
        incident = known(north, actor=aud)
        reporting.assess_incident(incident, is_high_risk=False, text="encrypted", actor=aud)
        with pytest.raises(InvalidInput):
            reporting.decline_report(incident, reason=" ", actor=aud)
        done = reporting.decline_report(incident, reason="key not lost", actor=aud)
        assert (done.state, done.no_report_reason) == ("not_reportable", "key not lost")
        assert brands_with_running_clocks() == []
        reporting.assess_incident(done, is_high_risk=True, text="key was lost", actor=aud)
    assert brands_with_running_clocks() == [north.pk]


def test_warnings_go_out_once(north: Brand, aud: User, olga: User, ada: User):
    with brand_scope(north.pk):
        incident = known(north, actor=aud)
        due = incident.due_at
    assert due is not None

    def watch(hours_before: float) -> int:
        return watch_clocks(north.pk, now=due - timedelta(hours=hours_before))

    assert [watch(h) for h in (30, 23, 22, 5, 4, -1, -9)] == [0, 1, 0, 1, 0, 1, 0]
    subjects = OutgoingMail.objects.order_by("pk").values_list("to", "subject")
    assert {to for to, _subject in subjects} == {aud.email, olga.email}
    assert [s.partition(":")[0] for to, s in subjects if to == aud.email] == [
        "24 hours left",
        "6 hours left",
        "Overdue",
    ]
    assert all("wrong brand" not in subject for _to, subject in subjects)


def test_a_brand_is_told_and_its_contacts_are_known(north: Brand, aud: User, olga: User):
    north.contact_email = "dpo@north.test"
    north.save(update_fields=["contact_email"])
    with brand_scope(north.pk):
        incident = known(north, actor=aud)
        contact = make_conversation(make_account(north)).contact_id
        with pytest.raises(InvalidInput, match="no such contact"):
            brands.concern_brand(incident, north, contact_refs=[incident.pk], actor=aud)
        part = brands.concern_brand(
            incident, north, people_count="3", contact_refs=[contact], actor=aud
        )
        assert (part.people_count, part.contact_refs) == (3, [contact])
        reporting.assess_incident(incident, is_high_risk=False, text="x", actor=aud)
        reporting.decline_report(incident, reason="none", actor=aud)
        with pytest.raises(InvalidInput, match="not told yet: North"):
            reporting.close_incident(incident, reason="done", actor=aud)
        text = draft(IncidentEntryKind.CONTROLLER, incident, language="en", brand=north)
        assert "To: North as controller" in text
        assert "Persons concerned: 12" in text
        brands.tell_brand(part, incident, text=text, by_mail=True, actor=aud)
        mail = next(m for m in OutgoingMail.objects.all() if m.to == "dpo@north.test")
        assert mail.text == text
        assert IncidentBrand.objects.get().told_by_id == aud.pk
        with pytest.raises(InvalidState, match="told already"):
            brands.tell_brand(part, incident, text=text, by_mail=True, actor=aud)
        reporting.close_incident(incident, reason="done", actor=aud)


def test_the_time_line_is_handed_out_three_ways(north: Brand, aud: User):
    with brand_scope(north.pk):
        incident = known(north, actor=aud)
        files = {
            form: export_timeline(incident, file_format=form, language="en", actor=aud)
            for form in ("jsonl", "csv", "pdf")
        }
        exported = AuditEvent.objects.filter(kind="compliance.incident.exported").count()

    lines = [json.loads(line) for line in files["jsonl"][2].decode().splitlines()]
    assert [line["code"] for line in lines] == ["suspected", "aware", "changed"]
    rows = list(csv.reader(io.StringIO(files["csv"][2].decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[1][6] == "'=cmd", "no formula reaches a spreadsheet"
    assert files["pdf"][2].startswith(b"%PDF-")
    assert exported == 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"description": " "}, "description"),
        ({"suspected_at": "soon"}, "suspected_at"),
        ({"suspected_at": "2999-01-01T00:00"}, "suspected_at"),
        ({"people_count": "-3"}, "people_count"),
        ({"people_count": "many"}, "people_count"),
        ({"kinds": ["boredom"]}, "kinds"),
    ],
)
def test_bad_input_names_its_field(north: Brand, aud: User, given: dict[str, Any], field: str):
    said = {"title": "t", "description": "d"} | given
    with brand_scope(north.pk), pytest.raises(InvalidInput) as caught:
        register.open_incident(north, actor=aud, **said)
    assert caught.value.field == field


def test_only_those_who_may_enter_one(north: Brand, ada: User, mo: User, gus: User):
    for person in (ada, mo, gus):
        with brand_scope(north.pk), pytest.raises(NotAllowed):
            register.open_incident(north, actor=person, title="t", description="d")
    with brand_scope(north.pk):
        assert Incident.objects.count() == 0
