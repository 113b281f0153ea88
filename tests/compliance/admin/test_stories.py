"""The audit explorer as somebody uses it who has a question: stories, searches, verifying."""

import re
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client

from compliance.domain.audit import record
from compliance.domain.sealing import look_at
from compliance.domain.sequencer import seal_all
from compliance.models import AuditEvent, SavedFilter
from inbox.models import Message
from moderation.choices import Category
from moderation.domain.decisions import hide_comment
from moderation.models import Decision
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests import databases
from tests.compliance.ledger import fill
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_rule

TRAIL = "/w/acme/north/admin/compliance/auditevent/"


@pytest.fixture
def comment(north: Brand) -> Message:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        message = make_message(conversation, "Buy followers http://spam.example")
        make_message(make_conversation(conversation.account), "Somebody else's")
        make_rule(message)
    return message


@pytest.fixture
def decision(north: Brand, comment: Message, mo: User) -> Decision:
    with brand_scope(north.pk):
        return hide_comment(comment, category=Category.SPAM, reason="Sells followers", actor=mo)


def test_who_hid_this_why_and_which_rule_in_three_inputs(
    client: Client, aud: User, decision: Decision
) -> None:
    """G16. The inputs: go to the trail (a key), paste the comment's key, press Enter."""
    client.force_login(aud)
    inputs = 0

    inputs += 1  # "g l" from anywhere
    page = client.get(TRAIL)
    form = re.search(r'<form method="get" class="filters">.*?</form>', page.content.decode(), re.S)
    assert form is not None
    assert 'name="object"' in form[0]
    inputs += 2  # paste, Enter
    asked = {"object": str(decision.message_id), "related": "1"}
    html = client.get(TRAIL, asked).content.decode()

    made = re.search(r"<li id=.*?Decision made.*?</li>", html, re.S)
    assert made is not None
    for words in ("Mo", "Hide", "Sells followers", "No advertising.", "terms of the page"):
        assert words in made[0]
    assert inputs <= 3


def test_the_story_of_a_conversation_holds_its_messages_and_decisions_and_no_others(
    client: Client, aud: User, ada: User, decision: Decision, comment: Message, north: Brand
) -> None:
    with brand_scope(north.pk):
        other = Message.objects.exclude(conversation=comment.conversation_id).get()
        record("inbox.message.edited", other, actor=ada)
        record("inbox.conversation.assigned", comment.conversation, actor=ada)
    client.force_login(aud)
    for label, ref in (
        ("inbox.conversation", comment.conversation_id),
        ("inbox.contact", comment.conversation.contact_id),
    ):
        shown = client.get(TRAIL, {"object": f"{label}:{ref}", "related": "1"}).context["lines"]
        kinds = {line.event.kind for line in shown}
        assert {"moderation.decision.made", "inbox.conversation.assigned"} <= kinds
        assert "inbox.message.edited" not in kinds
    alone = client.get(TRAIL, {"object": f"inbox.conversation:{comment.conversation_id}"})
    assert [line.event.kind for line in alone.context["lines"]] == ["inbox.conversation.assigned"]


def test_a_story_costs_the_same_for_one_and_for_many(
    client: Client, aud: User, ada: User, decision: Decision, north: Brand, count_queries: Any
) -> None:
    client.force_login(aud)
    asked = {"object": f"inbox.message:{decision.message_id}", "related": "1"}
    client.get(TRAIL, asked)
    with count_queries() as few:
        client.get(TRAIL, asked)
    with brand_scope(north.pk):
        for _number in range(30):
            record("moderation.decision.read", decision, actor=ada)
    with count_queries() as many:
        client.get(TRAIL, asked)
    assert len(few) == len(many) == 18


def test_a_line_reads_who_what_to_what_before_after_why(
    client: Client, aud: User, ada: User, north: Brand
) -> None:
    with brand_scope(north.pk):
        event = record(
            "tenants.brand.changed",
            north,
            actor=ada,
            reason="The client asked for it",
            before={"name": "Old <i>"},
            after={"name": "New"},
        )
    client.force_login(aud)
    line = client.get(f"{TRAIL}{event.pk}/change/").context["line"]

    assert (line.who, line.did, str(line.object_words)) == ("Ada", "Brand changed", "Brand")
    assert [(c.name, c.before, c.after) for c in line.changes] == [("name", "Old <i>", "New")]
    assert line.why == "The client asked for it"
    html = client.get(TRAIL, {"kind": "tenants.brand.changed"}).content.decode()
    assert 'name: <bdi dir="auto">Old &lt;i&gt; → New</bdi>' in html


def test_pages_follow_one_another_without_a_gap(client: Client, aud: User, north: Brand) -> None:
    fill(north, 120)
    client.force_login(aud)
    seen, after = [], ""
    for _page in range(3):
        context = client.get(TRAIL, {"kind": "inbox.", "after": after}).context
        seen += [line.event.pk for line in context["lines"]]
        after = context["page"].next_cursor
    assert len(seen) == len(set(seen)) == 120
    assert not after


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kind": "inbox.message.received"},
        {"actor": "spam.links@3"},
        {"object": "tenants.brand:{brand}"},
        {"cid": "nothing"},
    ],
)
def test_no_filter_reads_the_whole_table(north: Brand, query: dict[str, str]) -> None:
    from compliance.admin.explorer import ORDER, AuditFilter

    fill(north, 3000)
    wanted = AuditFilter(**{k: v.format(brand=north.pk) for k, v in query.items()})
    with brand_scope(north.pk):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = wanted.apply().order_by(*ORDER)[:51].explain()
    assert "Seq Scan" not in plan
    assert "Index" in plan


# Searches that are kept


def test_searches_are_kept_shared_and_removed(
    client: Client, aud: User, olga: User, north: Brand
) -> None:
    client.force_login(aud)
    keep = f"{TRAIL}searches/keep/"
    client.post(keep, {"name": "Mine", "query": "kind=inbox.&evil=1"})
    client.post(keep, {"name": "Ours", "query": "cid=c1", "is_shared": "1"})
    assert [s.name for s in client.get(TRAIL).context["searches"]] == ["Mine", "Ours"]
    with brand_scope(north.pk):
        mine, ours = SavedFilter.objects.order_by("name")
        assert (mine.query, ours.is_shared) == ("kind=inbox.", True)
        kinds = list(AuditEvent.objects.values_list("kind", flat=True))
        assert kinds.count("compliance.search.kept") == 2

    client.force_login(olga)
    assert [s.name for s in client.get(TRAIL).context["searches"]] == ["Ours"]
    assert client.post(f"{TRAIL}searches/{mine.pk}/drop/").status_code == 404
    json = {"HTTP_ACCEPT": "application/json"}
    assert client.post(f"{TRAIL}searches/{ours.pk}/drop/", **json).status_code == 403

    client.force_login(aud)
    client.post(f"{TRAIL}searches/{ours.pk}/drop/")
    assert [s.name for s in client.get(TRAIL).context["searches"]] == ["Mine"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": " ", "query": "cid=1"}, "Give the search a name."),
        ({"name": "x", "query": ""}, "Set a filter first"),
        ({"name": "x", "query": "evil=1"}, "Set a filter first"),
        ({"name": "x", "query": "cid=" + "c" * 2000}, "Set a filter first"),
    ],
)
def test_searches_that_cannot_be_kept(
    client: Client, aud: User, form: dict[str, str], said: str
) -> None:
    client.force_login(aud)
    answer = client.post(f"{TRAIL}searches/keep/", form, HTTP_ACCEPT="application/json")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_others_keep_no_searches(client: Client, ada: User, gus: User, north: Brand) -> None:
    for user, status in ((ada, 403), (gus, 404)):
        client.force_login(user)
        answer = client.post(f"{TRAIL}searches/keep/", {"name": "x", "query": "cid=1"})
        assert answer.status_code == status
    with brand_scope(north.pk):
        assert not SavedFilter.objects.exists()


# Verifying one entry


def test_verifying_says_sealed_waiting_or_tampered(
    client: Client, aud: User, ada: User, north: Brand
) -> None:
    with brand_scope(north.pk):
        event = record("tenants.brand.changed", north, actor=ada, after={"name": "New"})
    client.force_login(aud)
    address = f"{TRAIL}{event.pk}/change/"
    assert client.get(address).context["seal"] is None
    waits = client.get(address, {"verify": "1"}).context["seal"]
    assert waits.verdict == "waits"
    assert waits.words == ["Not sealed yet. An entry waits at most 60 seconds."]

    fill(north, 20)
    seal_all(north.pk)
    sealed = client.get(address, {"verify": "1"})
    assert sealed.context["seal"].verdict == "sealed"
    assert "Sealed: entry 1 of the 2" in sealed.content.decode()
    assert "Checked just now" in sealed.content.decode()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE compliance_auditevent SET body = replace(body, '.changed', '.opened')",
            "it does not have the hash it was written with",
        ),
        ("UPDATE compliance_auditevent SET kind = 'tenants.brand.opened'", "a column was altered"),
        ("UPDATE compliance_auditdetail SET value = '\"Other\"'", "“after.name” was altered"),
        (
            "UPDATE compliance_auditleaf SET hash = decode(repeat('00', 32), 'hex')",
            "Another entry stands in this place",
        ),
    ],
)
def test_verifying_finds_what_was_altered_in_the_database(
    committed: None, north: Brand, ada: User, statement: str, said: str
) -> None:
    with brand_scope(north.pk):
        event = record("tenants.brand.changed", north, actor=ada, after={"name": "New"})
    seal_all(north.pk)
    superuser = databases.url("SUPERUSER", connection.settings_dict["NAME"])
    with psycopg.connect(superuser) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(statement)
    with brand_scope(north.pk):
        seal = look_at(AuditEvent.objects.get(pk=event.pk))
    assert seal.verdict == "broken"
    assert said in " ".join(seal.words)


def test_an_entry_of_another_brand_is_not_there(
    client: Client, aud: User, gus: User, ada: User, north: Brand, south: Brand
) -> None:
    with brand_scope(north.pk):
        event = record("tenants.brand.changed", north, actor=ada)
    for user, status in ((gus, 404), (ada, 403), (aud, 200)):
        client.force_login(user)
        assert client.get(f"{TRAIL}{event.pk}/change/?verify=1").status_code == status
    assert client.get(f"{TRAIL}{uuid4()}/change/").status_code == 404
