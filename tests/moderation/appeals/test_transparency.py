"""Records for the transparency database: what each code path writes is what stands in them."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.models import AuditEvent
from inbox.choices import OutboxState
from inbox.models import OutboxItem
from moderation.choices import Action, Automation, Category, SanctionKind, Source
from moderation.domain.cases import take
from moderation.domain.decisions import decide, decide_message, restore
from moderation.domain.sanctions import impose
from moderation.domain.transparency import codes
from moderation.domain.transparency.files import (
    Checked,
    check,
    decisions_of,
    export_statements,
    members_of,
    stored_of,
)
from moderation.domain.transparency.record import FIELDS, Stored, record_of
from moderation.domain.transparency.validate import problems_of
from moderation.models import Assessment, Decision
from tenants.actors import SystemActor
from tenants.exceptions import NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_message
from tests.factories.moderation import make_case

Hide = Callable[..., Decision]
DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
STORED = Stored(
    puid="0190a0b0-0000-7000-8000-000000000001",
    action="hide",
    category="insult",
    rule_text="Insults are not allowed.",
    ground="Community rules of the brand",
    reason="An insult.",
    facts="Reviewed by a person.",
    source="SOURCE_VOLUNTARY",
    automation="AUTOMATED_DECISION_NOT_AUTOMATED",
    detected_automatically=False,
    content_at=DAY - timedelta(days=1),
    decided_at=DAY,
    language="de",
)
PAGE = "/w/acme/north/admin/moderation/decision/statements/"


def test_a_hidden_comment_as_a_record() -> None:
    assert record_of(STORED) == {
        "puid": "0190a0b0-0000-7000-8000-000000000001",
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Community rules of the brand: Insults are not allowed.",
        "incompatible_content_explanation": "An insult.",
        "incompatible_content_illegal": "No",
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_specification": ["KEYWORD_CYBER_HARASSMENT"],
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": "2026-11-19",
        "application_date": "2026-11-20",
        "content_language": "DE",
        "decision_facts": "Reviewed by a person.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    }


def test_every_category_of_ours_has_one_of_theirs() -> None:
    assert codes.MAPPING.keys() == set(Category.values)
    assert {mapped.category for mapped in codes.MAPPING.values()} <= codes.CATEGORIES
    assert set(Source.values) == codes.SOURCES
    assert set(Automation.values) == codes.AUTOMATION


@given(
    category=st.sampled_from(Category.values),
    action=st.sampled_from([str(action) for action in codes.EXPORTED]),
    words=st.text(min_size=1, max_size=6000).filter(str.strip),
    media=st.lists(st.sampled_from(["image", "video", "audio", "file", ""])).map(tuple),
    has_text=st.booleans(),
    lasts=st.none() | st.integers(min_value=0, max_value=400),
)
def test_whatever_is_stored_makes_a_record_the_database_takes(
    category: str,
    action: str,
    words: str,
    media: tuple[str, ...],
    has_text: bool,
    lasts: int | None,
) -> None:
    made = record_of(
        replace(
            STORED,
            category=category,
            action=action,
            rule_text=words,
            reason=words,
            facts=words,
            attachments=media,
            has_text=has_text,
            until=DAY + timedelta(days=lasts) if lasts is not None else None,
        )
    )

    assert list(problems_of(made)) == []
    assert set(made) <= set(FIELDS)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"puid": "a b"}, "puid"),
        ({"puid": "x" * 501}, "puid"),
        ({"decision_visibility": []}, "decision_visibility"),
        ({"category": "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT"}, "category"),
        ({"source_type": ""}, "source_type"),
        ({"automated_decision": "Yes"}, "automated_decision"),
        ({"automated_detection": True}, "automated_detection"),
        ({"decision_facts": ""}, "decision_facts"),
        ({"decision_facts": "x" * 5001}, "decision_facts"),
        ({"incompatible_content_explanation": " "}, "incompatible_content_explanation"),
        ({"content_type": ["TEXT"]}, "content_type"),
        ({"content_date": "2026-11-21"}, "content_date"),
        ({"application_date": "20.11.2026"}, "application_date"),
        ({"end_date_visibility_restriction": "2026-11-19"}, "end_date_visibility_restriction"),
        ({"category_specification": ["HATE"]}, "category_specification"),
    ],
)
def test_what_would_be_refused_is_told_by_field(wrong: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in problems_of(record_of(STORED) | wrong)] == [field]


def test_batches_hold_a_hundred_and_what_is_bad_stands_apart() -> None:
    good = [record_of(replace(STORED, puid=f"p-{n}")) for n in range(101)]
    files = dict(members_of(Checked(good, [("p-x", next(problems_of({})))])))

    assert list(files) == [
        "statements-0001.jsonl",
        "statements-0001.csv",
        "statements-0002.jsonl",
        "statements-0002.csv",
        "left-out.csv",
    ]
    lines = files["statements-0001.jsonl"].splitlines()
    assert (len(lines), json.loads(lines[0])["puid"]) == (100, "p-0")
    rows = list(csv.DictReader(io.StringIO(files["statements-0002.csv"])))
    assert [row["puid"] for row in rows] == ["p-100"]


# Provenance, path by path


def _told(decision: Decision) -> tuple[str, str, str]:
    made = record_of(stored_of(decision))
    return made["source_type"], made["automated_detection"], made["automated_decision"]


@pytest.fixture
def north_scope(north: Brand) -> Any:
    with brand_scope(north.pk):
        yield


def test_a_person_from_the_inbox(north_scope: Any, hidden: Hide) -> None:
    told = _told(hidden())

    assert told == ("SOURCE_VOLUNTARY", "No", "AUTOMATED_DECISION_NOT_AUTOMATED")


def test_a_person_from_the_queue_after_the_machine(
    north_scope: Any, hidden: Hide, mo: User
) -> None:
    message = make_message(hidden().message.conversation)
    assessment = Assessment.objects.create(
        brand_id=message.brand_id,
        message=message,
        revision=1,
        verdict="queue",
        model_version="t",
        created_at=timezone.now(),
    )
    case = make_case(message, assessment=assessment)

    told = _told(decide(take(case, actor=mo), action=Action.HIDE, reason="Werbung.", actor=mo))

    assert told == ("SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_NOT_AUTOMATED")


def test_a_rule_alone(north_scope: Any, hidden: Hide) -> None:
    decision = decide_message(
        make_message(hidden().message.conversation),
        action=Action.HIDE,
        category=Category.SPAM,
        reason="Werbung.",
        facts="Drei Links.",
        actor=SystemActor("rule", "assess.spam", "3"),
        automation=Automation.FULLY,
        detected_automatically=True,
        now=timezone.now(),
    )

    assert _told(decision) == ("SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_FULLY")


@pytest.mark.parametrize("kind", [SanctionKind.RESTRICT, SanctionKind.MUTE, SanctionKind.BAN])
def test_a_sanction(north_scope: Any, hidden: Hide, mo: User, kind: SanctionKind) -> None:
    sanction = impose(
        hidden().message, kind=kind, category=Category.INSULT, reason="Oft.", actor=mo, days=7
    )
    made = record_of(stored_of(sanction.decision))

    assert _told(sanction.decision) == (
        "SOURCE_VOLUNTARY",
        "No",
        "AUTOMATED_DECISION_NOT_AUTOMATED",
    )
    end = "account" if kind == SanctionKind.BAN else "visibility"
    assert made[f"end_date_{end}_restriction"] == f"{sanction.until:%Y-%m-%d}"


def test_a_hiding_called_back_before_it_left_restricted_nobody(
    north_scope: Any, north: Brand, hidden: Hide, mo: User
) -> None:
    now = timezone.now()
    stands, called_back, shown_again = hidden(), hidden(handle="b"), hidden(handle="c")
    waiting = OutboxItem.objects.filter(pk=called_back.outbox_ref)
    waiting.update(state=OutboxState.QUEUED, attempts=0)
    restore(called_back, reason="Versehen.", actor=mo)
    restore(shown_again, reason="Versehen.", actor=mo)

    found = decisions_of(north, since=now - timedelta(days=1), until=now + timedelta(days=1))

    assert [one.pk for one in found] == [stands.pk, shown_again.pk]


# The page


def test_the_archive_holds_the_period_and_is_an_event(
    north_scope: Any, north: Brand, hidden: Hide, aud: User, mo: User
) -> None:
    now = timezone.now()
    old, new = hidden(), hidden(handle="b")
    Decision.objects.filter(pk=old.pk).update(decided_at=now - timedelta(days=400))
    file = io.BytesIO()

    export_statements(
        north,
        since=now - timedelta(days=30),
        until=now + timedelta(days=1),
        actor=aud,
        file=file,
    )

    lines = zipfile.ZipFile(file).read("statements-0001.jsonl").decode().splitlines()
    assert [json.loads(line)["puid"] for line in lines] == [str(new.pk)]
    assert AuditEvent.objects.filter(kind="moderation.statement.exported").count() == 1
    with pytest.raises(NotAllowed):
        export_statements(north, since=now, until=now, actor=mo, file=io.BytesIO())


def test_an_erased_decision_is_left_out_with_its_reason(
    north_scope: Any, north: Brand, hidden: Hide
) -> None:
    decision = hidden()
    Decision.objects.filter(pk=decision.pk).update(facts="", text_snapshot="")
    now = timezone.now()

    found = check(decisions_of(north, since=now - timedelta(1), until=now + timedelta(1)))

    assert found.good == []
    assert [(puid, problem.field) for puid, problem in found.bad] == [
        (str(decision.pk), "decision_facts")
    ]


def test_the_page_is_for_those_who_may_export(
    client: Client, north: Brand, hidden: Hide, aud: User, mo: User, gus: User
) -> None:
    with brand_scope(north.pk):
        decision = hidden()
    client.force_login(mo)
    assert client.get(PAGE).status_code == 403
    client.force_login(gus)
    assert client.get(PAGE).status_code == 404
    client.force_login(aud)
    assert str(decision.pk) in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {})
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == [
        "statements-0001.jsonl",
        "statements-0001.csv",
    ]
