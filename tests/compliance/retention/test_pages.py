"""The screens: look, draft, two persons, run by hand, holds from a contact and a conversation."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from compliance.admin.retention_parts import bars_of
from compliance.admin.retention_run import RetentionRunJobs
from compliance.choices import PolicyState, RunState
from compliance.domain.holds import place_hold
from compliance.domain.retention.in_effect import Line, lines_of
from compliance.domain.retention.receipts import hash_of, read_receipt
from compliance.domain.retention.run_job import run_retention
from compliance.models import (
    AuditEvent,
    LegalHold,
    RetentionPolicy,
    RetentionRun,
    RetentionSchedule,
)
from inbox.models import Conversation
from tenants.domain.directory import find_workspace
from tenants.domain.signin import CONFIRMED_AT
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.retention.stage import LINES, carry_out, seen

NORTH = "/w/acme/north/admin/"
BASE = f"{NORTH}compliance/retentionpolicy/"
RUNS = f"{NORTH}compliance/retentionrun/"
HOLDS = f"{NORTH}compliance/legalhold/"
Aged = Callable[..., Conversation]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, url: str, **fields: str) -> str:
    """The messages of the page it leads to."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200, url
    return " ".join(str(message) for message in response.context["messages"])


def form(**changes: str) -> dict[str, str]:
    fields = {"reason": "The client asks"}
    for name, line in LINES.items():
        fields |= {f"months-{name}": str(line.months), f"action-{name}": line.action}
    return fields | {key.replace("__", "-"): value for key, value in changes.items()}


def test_the_whole_way_of_a_version(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User, omar: User
) -> None:
    aged(4)
    first, second = signed_in(olga), signed_in(omar)
    assert "Nothing is due." in first.get(BASE).content.decode()
    assert 'value="6"' in first.get(f"{BASE}draft/").content.decode()

    assert "Drafted" in post(first, f"{BASE}draft/", **form(months__general_conversation="3"))
    with brand_scope(north.pk):
        draft = RetentionPolicy.objects.get(state=PolicyState.DRAFT)
    here = f"{BASE}{draft.pk}/"
    page = first.get(f"{here}change/").content.decode()
    assert "It would delete 8 rows more." in page
    assert "goes sooner" in page
    assert "<rect" in page
    assert "second person" in post(first, f"{here}submit/")
    assert "second person" in post(first, f"{here}confirm/")
    assert "confirm/" not in first.get(f"{here}change/").content.decode()
    assert "confirm/" in second.get(f"{here}change/").content.decode()
    assert "72 hours" in post(second, f"{here}confirm/")
    with brand_scope(north.pk):
        draft.refresh_from_db()
        assert (draft.state, draft.confirmed_by) == (PolicyState.SCHEDULED, omar)
        assert lines_of(north.pk) == LINES
    assert f"Version {draft.number}" in first.get(BASE).content.decode()
    assert "Give a reason" in post(second, f"{here}withdraw/", reason="")
    assert "Withdrawn" in post(second, f"{here}withdraw/", reason="Too short")
    assert "Withdrawn" in first.get(f"{here}change/").content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months__commercial_letter": "60"}, "HGB section 257"),
        ({"months__general_conversation": "24"}, "may not be kept longer than"),
        ({"months__general_conversation": "6.5"}, "give whole months"),
        ({"months__general_conversation": "-1"}, "give whole months"),
        ({"months__general_conversation": "99999"}, "give whole months"),
        ({"action__general_conversation": "burn"}, "only be erased"),
        ({"reason": " "}, "Give a reason"),
        ({}, "Nothing would change"),
    ],
)
def test_bad_drafts_keep_what_was_typed(
    north: Brand, policy: dict[str, Line], olga: User, changes: dict[str, str], words: str
) -> None:
    response = signed_in(olga).post(f"{BASE}draft/", form(**changes))

    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    for value in changes.values():
        if value.strip() and value != "burn":
            assert f'value="{value}"' in page
    with brand_scope(north.pk):
        assert RetentionPolicy.objects.count() == 1


def test_a_run_by_hand(north: Brand, policy: dict[str, Line], aged: Aged, olga: User) -> None:
    aged(7)
    client, rows = signed_in(olga), seen(north).rows
    page = client.get(BASE).content.decode()
    assert f"Type the number of rows: {rows}" in page
    answer = client.get(f"{BASE}manifest/")
    told = json.loads(answer.content)
    assert (told["rows"], told["format"]) == (rows, "engage-retention-manifest")
    assert hash_of(answer.content.decode()) == answer["X-Manifest-SHA256"]
    assert "Zorblatt" not in answer.content.decode()

    assert f"go by now: {rows}" in post(client, f"{BASE}run/", rows=str(rows + 1))
    assert "The run begins" in post(client, f"{BASE}run/", rows=str(rows))
    with brand_scope(north.pk):
        run = RetentionRun.objects.get()
    here = f"{RUNS}{run.pk}/"
    state = client.get(f"{here}change/?part=state").json()
    assert (state["state"], state["total"], state["has_ended"]) == ("queued", rows, False)
    assert "Paused" in post(client, f"{here}pause/")
    assert "Go on" in client.get(f"{here}change/").content.decode()
    assert "goes on" in post(client, f"{here}resume/")
    assert "on its way" in post(client, f"{BASE}run/", rows=str(rows))
    run_retention(run.pk, brand_id=north.pk)
    page = client.get(f"{here}change/").content.decode()
    assert "Certificate of deletion" in page
    with brand_scope(north.pk):
        run.refresh_from_db()
    assert run.receipt_sha256 in page
    text = client.get(f"{here}receipt/").content.decode()
    assert read_receipt(text)["rows"] == run.rows_done
    assert "Stopped" not in post(client, f"{here}stop/", reason="Too late")
    with brand_scope(north.pk):
        workspace = find_workspace(olga, "acme", "north")
        (row,) = RetentionRunJobs().rows(olga, workspace, limit=5)
    assert (row.state, row.done) == ("done", run.rows_done)


def test_a_run_is_stopped_with_a_reason(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    aged(7)
    client = signed_in(olga)
    post(client, f"{BASE}run/", rows=str(seen(north).rows))
    with brand_scope(north.pk):
        run = RetentionRun.objects.get()
    assert "Give a reason" in post(client, f"{RUNS}{run.pk}/stop/", reason=" ")
    assert "Stopped" in post(client, f"{RUNS}{run.pk}/stop/", reason="Wrong <day>")
    page = client.get(f"{RUNS}{run.pk}/change/").content.decode()
    assert "Wrong &lt;day&gt;" in page
    assert "Certificate of deletion" in page
    with brand_scope(north.pk):
        run.refresh_from_db()
        assert (run.state, run.rows_done) == (RunState.STOPPED, 0)


@pytest.mark.parametrize("route", ["run", "policy/submit", "policy/confirm"])
def test_grave_acts_ask_who_is_there(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User, route: str
) -> None:
    aged(7)
    with brand_scope(north.pk):
        pk = RetentionPolicy.objects.get().pk
    client = signed_in(olga)
    session = client.session
    session[CONFIRMED_AT] = 0
    session.save()
    url = f"{BASE}{route.replace('policy', str(pk))}/"
    response = client.post(url, {"rows": "8"}, headers={"accept": "application/json"})

    assert response.status_code == 403
    assert response.json()["code"] == "not_fresh"
    with brand_scope(north.pk):
        assert not RetentionRun.objects.exists()


def test_much_more_than_last_time_is_an_alarm(
    north: Brand, policy: dict[str, Line], aged: Aged, olga: User
) -> None:
    aged(7)
    carry_out(north, actor=olga)
    aged(7)
    assert 'role="alert"' not in signed_in(olga).get(BASE).content.decode()
    aged(8)

    page = signed_in(olga).get(BASE).content.decode()

    assert "much more or less than usual" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hour": "24"}, "0 to 23"),
        ({"hour": "x"}, "0 to 23"),
        ({"hour": "3", "weekday": "9"}, "day of the week"),
        ({"hour": "3", "weekday": "6", "is_on": "on"}, "Saved"),
    ],
)
def test_the_schedule(north: Brand, olga: User, fields: dict[str, str], words: str) -> None:
    client = signed_in(olga)
    assert words in post(client, f"{BASE}schedule/", **fields)
    with brand_scope(north.pk):
        found = list(RetentionSchedule.objects.values_list("hour", "weekday", "is_on"))
    assert found == ([(3, 6, True)] if words == "Saved" else [])


def test_who_sees_and_decides(
    north: Brand,
    south: Brand,
    policy: dict[str, Line],
    aged: Aged,
    olga: User,
    aud: User,
    ada: User,
    gus: User,
    main: Brand,
) -> None:
    aged(7)
    run = carry_out(north, actor=olga)
    with brand_scope(north.pk):
        pk = RetentionPolicy.objects.get().pk
    pages = [BASE, f"{BASE}{pk}/change/", f"{RUNS}{run.pk}/change/", f"{RUNS}{run.pk}/receipt/"]
    pages += [f"{BASE}manifest/", f"{BASE}draft/"]
    acts = [f"{BASE}run/", f"{BASE}schedule/", f"{BASE}{pk}/submit/", f"{RUNS}{run.pk}/stop/"]
    for url in pages:
        assert signed_in(aud).get(url).status_code == 200, url
        assert signed_in(ada).get(url).status_code in {403, 404}, url
        assert signed_in(gus).get(url).status_code == 404, url
        foreign = url.replace("acme/north", "globex/main")
        if str(pk) in url or str(run.pk) in url:
            assert signed_in(gus).get(foreign).status_code == 404, foreign
    for url in acts:
        assert signed_in(ada).post(url).status_code in {403, 404}, url
        assert signed_in(gus).post(url).status_code == 404, url
    agency = signed_in(olga).get("/w/acme/admin/compliance/retentionpolicy/").content.decode()
    assert "/w/acme/north/admin/compliance/retentionpolicy/" in agency
    assert "/w/acme/south/admin/compliance/retentionpolicy/" in agency


def test_holds_begin_on_the_page_of_what_they_hold(
    north: Brand, aged: Aged, aud: User, ada: User
) -> None:
    conversation = aged(3)
    client = signed_in(aud)
    desk = client.get(f"{NORTH}inbox/conversation/{conversation.pk}/change/").content.decode()
    assert f"legalhold/add/?conversation={conversation.pk}" in desk
    contact = client.get(f"{NORTH}inbox/contact/{conversation.contact_id}/change/")
    assert f"legalhold/add/?contact={conversation.contact_id}" in contact.content.decode()
    plain = signed_in(ada).get(f"{NORTH}inbox/contact/{conversation.contact_id}/change/")
    assert "legalhold/add" not in plain.content.decode()
    form_page = client.get(f"{HOLDS}add/?contact={conversation.contact_id}").content.decode()
    assert "Lena Beispiel" in form_page

    fields = {"brand": str(north.pk), "reason": "Case 7", "contact": str(conversation.contact_id)}
    assert "The hold stands" in post(client, f"{HOLDS}add/", **fields)
    with brand_scope(north.pk):
        hold = LegalHold.objects.get()
        assert hold.contact_ref == conversation.contact_id
    page = client.get(f"{HOLDS}{hold.pk}/change/").content.decode()
    assert "Lena Beispiel" in page
    assert "What it holds" in page
    assert f"conversation/{conversation.pk}/change/" in page
    for bad, words in (
        ({"contact": "x"}, "no such contact"),
        ({"contact": str(uuid4())}, "no such contact"),
        ({"contact": "", "since": "soon"}, "as dates"),
        ({"contact": "", "since": "2026-02-02", "until": "2026-02-01"}, "ends before"),
    ):
        assert words in post(client, f"{HOLDS}add/", **(fields | bad))
    span = fields | {"contact": "", "since": "2026-02-01", "until": "2026-02-01"}
    post(client, f"{HOLDS}add/", **span)
    with brand_scope(north.pk):
        held = LegalHold.objects.get(contact_ref=None)
        assert held.since is not None
        assert held.until is not None
        assert held.since.isoformat() == "2026-01-31T23:00:00+00:00"
        assert held.until.isoformat() == "2026-02-01T22:59:59.999999+00:00"


def test_a_hold_is_looked_at_again(north: Brand, aud: User, ada: User) -> None:
    with brand_scope(north.pk):
        hold = place_hold(north, reason="Case 7", actor=aud)
    client, here = signed_in(aud), f"{HOLDS}{hold.pk}/review/"
    assert "as a date" in post(client, here, review_on="", reason="x")
    assert "is over" in post(client, here, review_on="2020-01-01", reason="x")
    assert "Give a reason" in post(client, here, review_on="2099-01-01", reason="")
    assert "It stands" in post(client, here, review_on="2099-01-01", reason="Court")
    assert signed_in(ada).post(here, {"review_on": "2099-01-01"}).status_code in {403, 404}
    with brand_scope(north.pk):
        hold.refresh_from_db()
        assert str(hold.review_on) == "2099-01-01"


def test_a_person_says_how_long(
    north: Brand, policy: dict[str, Line], aged: Aged, ada: User, olga: User, gus: User, main: Brand
) -> None:
    conversation = aged(1)
    here = f"{NORTH}inbox/conversation/{conversation.pk}/keep/"
    assert "Saved" in post(signed_in(ada), here, category="commercial_letter")
    # Sooner than before: only who may decide on retention.
    answer = signed_in(ada).post(
        here, {"category": "general_conversation"}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 403
    assert "Choose what" in post(signed_in(olga), here, category="moderation_decision")
    assert signed_in(gus).post(here, {"category": ""}).status_code == 404
    with brand_scope(north.pk):
        conversation.refresh_from_db()
        assert conversation.retention_category == "commercial_letter"
    assert "Saved" in post(signed_in(olga), here, category="")
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="inbox.conversation.kept").count() == 2


def test_bars_add_up_what_is_old() -> None:
    months: dict[str, int] = {f"20{year:02}-01": 10 for year in range(40)}
    bars: list[Any] = bars_of(months)

    assert len(bars) == 24
    assert sum(bar.count for bar in bars) == 400
    assert bars[0].month == "≤ 2016-01"
    assert (bars[0].height, bars[0].y) == (100, 0)
    assert min(bar.height for bar in bars) >= 2
    assert bars_of({}) == []
