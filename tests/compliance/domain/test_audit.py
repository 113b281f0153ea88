"""record(): what stands in the leaf, what beside it, and when it refuses."""

import json
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.domain.audit import Entry, record, record_many
from compliance.domain.canonical import MAX_TEXT, canonical, commitment
from compliance.domain.erasure import erase_details
from compliance.domain.ledger_rows import DETAIL_COLUMNS, EVENT_COLUMNS
from compliance.domain.merkle import leaf_hash
from compliance.exceptions import AppendOnly, NoBrandForEvent, NotInTransaction, NotPlainFact
from compliance.models import AuditDetail, AuditEvent, AuditPending
from compliance.scope import AuditContext, acting, enter_context
from tenants.actors import SystemActor
from tenants.models import Agency, Brand, User
from tenants.registries import audit
from tenants.scope import NoBrandActive, WrongBrand, brand_scope

RULE = SystemActor("rule", "spam.links", "3")


def details_of(event: AuditEvent) -> dict[str, object]:
    return {detail.name: detail.readable for detail in event.details.all()}


def test_record_writes_event_details_and_queue_row(in_north: Brand, ada: User):
    event = record(
        "inbox.reply.sent",
        in_north,
        actor=ada,
        reason="Kundin hat gefragt",
        before={"state": "draft"},
        after={"state": "queued", "price": Decimal("1.50")},
        personal={"text": "Hallo Frau Müller"},
        facts={"automated": False, "count": 3},
    )

    stored = AuditEvent.objects.get()
    assert json.loads(stored.body) == {
        "v": 1,
        "id": str(event.pk),
        "brand": str(in_north.pk),
        "at": stored.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "kind": "inbox.reply.sent",
        "actor": {"kind": "user", "ref": str(ada.pk)},
        "object": {"type": "tenants.brand", "ref": str(in_north.pk)},
        "reason": "",
        "cid": "",
        "facts": {"automated": False, "count": 3},
        "details": {
            detail.name: commitment(bytes(detail.salt), detail.value).hex()
            for detail in stored.details.all()
        },
    }
    assert stored.body == canonical(json.loads(stored.body))
    assert bytes(stored.leaf_hash) == leaf_hash(stored.body.encode())
    assert details_of(stored) == {
        "reason": "Kundin hat gefragt",
        "before.state": "draft",
        "after.state": "queued",
        "after.price": "1.50",
        "text": "Hallo Frau Müller",
    }
    assert list(AuditPending.objects.values_list("event_id", flat=True)) == [event.pk]


def test_leaf_holds_no_readable_value(in_north: Brand, ada: User):
    words = ["Erika", "Mustermann", "erika@example.org", "geheim"]

    event = record(
        "inbox.contact.changed",
        in_north,
        actor=ada,
        reason="Erika rief an",
        before={"name": "Erika"},
        after={"name": "Mustermann"},
        personal={"mail": "erika@example.org", "deep": {"note": ["geheim"]}},
    )

    readable = json.dumps(details_of(event))
    assert [word for word in words if word not in readable] == []
    assert [word for word in words if word in event.body] == []
    assert ada.name not in event.body
    assert ada.email not in event.body


def test_equal_values_get_different_commitments(in_north: Brand, ada: User):
    first, second = (
        record("inbox.contact.changed", in_north, actor=ada, personal={"mail": "a@b.example"})
        for _ in range(2)
    )

    assert json.loads(first.body)["details"]["mail"] != json.loads(second.body)["details"]["mail"]


def test_reason_that_is_a_code_stands_in_the_leaf(in_north: Brand):
    event = record("moderation.case.opened", in_north, actor=RULE, reason="spam.links")

    assert (event.reason, json.loads(event.body)["reason"]) == ("spam.links", "spam.links")
    assert json.loads(event.body)["actor"] == {"kind": "rule", "ref": "spam.links@3"}
    assert details_of(event) == {}


@pytest.mark.parametrize("details", [{}, {"a": 1}, {"a": 1, "b": 2}])
def test_record_costs_one_query(in_north: Brand, ada: User, details: dict[str, int]):
    with CaptureQueriesContext(connection) as captured:
        event = record("inbox.reply.sent", in_north, actor=ada, after=details)

    assert len(captured) == 1
    assert details_of(event) == {f"after.{name}": value for name, value in details.items()}


@pytest.mark.parametrize("count", [1, 3])
def test_record_many_costs_one_query(in_north: Brand, ada: User, count: int):
    entries = [Entry("inbox.reply.sent", in_north, after={"n": n}) for n in range(count)]

    with CaptureQueriesContext(connection) as captured:
        events = record_many(entries, actor=ada)

    assert len(captured) == 1
    assert [details_of(event) for event in events] == [{"after.n": n} for n in range(count)]
    assert AuditPending.objects.count() == count


def test_returned_event_is_the_stored_one(in_north: Brand, ada: User):
    event = record("inbox.reply.sent", in_north, actor=ada, reason="spam", facts={"n": 1})

    stored = AuditEvent.objects.values().get()
    assert stored == {name: getattr(event, name) for name in stored}


def test_many_more_than_one_batch(in_north: Brand, ada: User):
    entries = [Entry("inbox.reply.sent", in_north, after={"n": n}) for n in range(2001)]

    record_many(entries, actor=ada)

    assert (AuditEvent.objects.count(), AuditPending.objects.count()) == (2001, 2001)
    assert AuditDetail.objects.values("event", "value").distinct().count() == 2001


def test_record_outside_a_scope_refuses(north: Brand, ada: User):
    with pytest.raises(NoBrandActive):
        record("inbox.reply.sent", north, actor=ada)


def test_record_outside_a_transaction_refuses(monkeypatch: pytest.MonkeyPatch, in_north: Brand):
    outside = SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr("compliance.domain.audit.connection", outside)

    with pytest.raises(NotInTransaction):
        record("inbox.reply.sent", in_north, actor=RULE)


def test_record_for_another_brand_refuses(in_north: Brand, south: Brand):
    with pytest.raises(WrongBrand):
        record("inbox.reply.sent", south, actor=RULE)


def test_record_without_one_brand_refuses(north: Brand, south: Brand, acme: Agency):
    with brand_scope([north.pk, south.pk]), pytest.raises(NoBrandForEvent):
        record("tenants.agency.changed", acme, actor=RULE)


def test_record_takes_the_one_active_brand(in_north: Brand, acme: Agency):
    event = record("tenants.agency.changed", acme, actor=RULE)

    assert (event.brand_id, event.object_type) == (in_north.pk, "tenants.agency")


def test_verbs_of_tenants_reach_the_ledger(in_north: Brand, olga: User):
    audit("tenants.token.issued", in_north, actor=olga, after={"capabilities": ["a.b.c"]})

    assert AuditEvent.objects.get().kind == "tenants.token.issued"


@pytest.mark.parametrize("kind", ["sent", "inbox.sent", "Inbox.Reply.Sent", "a.b.c.d", "a.b.c\n"])
def test_record_refuses_kinds_that_are_none(in_north: Brand, kind: str):
    with pytest.raises(ValueError, match="past participle"):
        record(kind, in_north, actor=RULE)


@pytest.mark.parametrize("fact", ["Erika Mustermann", {"a": 1}, ["ok", "not ok"], "x" * 101, ""])
def test_facts_are_numbers_and_codes(in_north: Brand, fact: object):
    with pytest.raises(NotPlainFact):
        record("inbox.reply.sent", in_north, actor=RULE, facts={"f": fact})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00"[0], "\ufffd"),
        ("\u202eabc", "\u202eabc"),
        (2**60, str(2**60)),
        (float("nan"), "nan"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"\x00k": {3, 1}}, {"k": [1, 3]}),
    ],
)
def test_values_that_a_database_cannot_hold_are_made_storable(
    in_north: Brand, given: object, kept: object
):
    event = record("inbox.message.received", in_north, actor=RULE, personal={"text": given})

    assert details_of(AuditEvent.objects.get(pk=event.pk)) == {"text": kept}


def test_a_very_long_value_is_cut_and_says_so(in_north: Brand):
    event = record(
        "inbox.message.received", in_north, actor=RULE, personal={"t": "x" * (MAX_TEXT + 7)}
    )

    assert details_of(event) == {"t": "x" * MAX_TEXT + " […7 more characters]"}


def test_a_value_of_unknown_type_is_refused(in_north: Brand):
    with pytest.raises(TypeError, match="object cannot stand in the ledger"):
        record("inbox.message.received", in_north, actor=RULE, personal={"t": object()})


@pytest.mark.parametrize(
    "hostile", ["x" * 300, "a b", "id\r\nSet-Cookie: x", "'; DROP", "\x00", "ü"]
)
def test_hostile_correlation_id_is_dropped(in_north: Brand, hostile: str):
    event = record("inbox.reply.sent", in_north, actor=RULE, correlation_id=hostile)

    assert (event.correlation_id, json.loads(event.body)["cid"]) == ("", "")


def test_correlation_id_and_address_of_the_request(in_north: Brand, ada: User):
    context = AuditContext(lambda: ada, correlation_id="abc123", address="192.0.2.7")

    with enter_context(context):
        event = record("inbox.reply.sent", in_north, actor=ada)

    assert event.correlation_id == "abc123"
    assert details_of(event) == {"from.address": "192.0.2.7"}
    assert "192.0.2.7" not in event.body


def test_acting_gives_the_outer_actor_back(olga: User, ada: User):
    seen: list[object] = []
    look: Callable[[], None] = lambda: seen.append(acting_now())  # noqa: E731 -- test shorthand

    with acting(olga, reason="outer", correlation_id="one"):
        with acting(ada):
            look()
        look()
    look()

    assert seen == [(ada, "outer", "one"), (olga, "outer", "one"), (None, "", "")]


def acting_now() -> tuple[object, str, str]:
    from compliance.scope import audit_context

    context = audit_context()
    return context.find_actor(), context.reason, context.correlation_id


def test_erased_details_keep_the_leaf(in_north: Brand, olga: User):
    event = record("inbox.message.received", in_north, actor=RULE, personal={"a": "x", "b": "y"})
    body = event.body

    erased = erase_details(
        AuditDetail.objects.filter(event=event, name="a"),
        brand=in_north,
        reference="art17.2026-0042",
        actor=olga,
    )

    detail = AuditDetail.objects.get(event=event, name="a")
    assert (erased, detail.value, detail.salt) == (1, None, None)
    assert detail.erased_reference == "art17.2026-0042"
    assert AuditEvent.objects.get(pk=event.pk).body == body
    assert details_of(event) == {"a": None, "b": "y"}
    assert AuditEvent.objects.latest("at").kind == "compliance.detail.erased"


def test_events_cannot_be_changed_in_python(in_north: Brand):
    event = record("inbox.reply.sent", in_north, actor=RULE, after={"a": 1})

    event.kind = "inbox.reply.held"
    attempts: list[Callable[[], object]] = [
        event.save,
        lambda: event.save(update_fields=["kind"]),
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(kind="a.b.c"),
        lambda: AuditEvent.objects.bulk_update([event], ["kind"]),
        AuditDetail.objects.all().delete,
        AuditDetail.objects.get().delete,
    ]
    for attempt in attempts:
        with pytest.raises(AppendOnly):
            attempt()
    assert AuditEvent.objects.get().kind == "inbox.reply.sent"


def test_columns_of_the_one_statement_are_those_of_the_models():
    left_empty = {"erased_at"}
    for model, columns in ((AuditEvent, EVENT_COLUMNS), (AuditDetail, DETAIL_COLUMNS)):
        assert {field.column for field in model._meta.concrete_fields} - left_empty == set(columns)
