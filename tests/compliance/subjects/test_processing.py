"""The record of processing activities: made from the map, as a page and as files."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from compliance.domain import map_categories, map_words
from compliance.domain.map_tables import told_map
from compliance.domain.processing_file import FORMS, take_record
from compliance.domain.processing_record import processing_record
from compliance.models import AuditEvent, RetentionRule
from compliance.registries import Party, personal_data, record_parts
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

RECORD = "/w/acme/north/admin/compliance/subjecterasure/record/"
MAP = "/w/acme/north/admin/compliance/subjecterasure/map/"
TAKE = f"{RECORD}take/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_purpose_of_the_map_is_an_activity_of_somebody(north: Brand) -> None:
    with brand_scope(north.pk):
        RetentionRule.objects.create(brand=north, category="general_conversation", months=6)
        found = processing_record(north)

    purposes = {table.about.purpose for table in personal_data if table.about.purpose}
    told = {one.purpose for one in found.activities}
    assert told <= purposes
    assert len(told) >= 12
    answering = next(o for o in found.activities if o.purpose.startswith("answer the people"))
    assert answering.people == ["people who write to the brand"]
    assert answering.kept == "Conversations: 6 months"
    assert {"message content", "phone number", "name"} <= set(answering.data)
    staff = next(one for one in found.activities if one.purpose == "let staff sign in and work")
    assert staff.people == ["staff of the agency and the brand"]
    assert found.controller == "North"
    assert found.processor == "Acme"


def test_what_vendors_add_stands_in_it(north: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    class Vendors:
        def recipients(self, brand: Brand) -> list[Party]:
            return [Party("=Shop CRM", "US", "customer care", "DPF")]

        def transfers(self, brand: Brand) -> list[Party]:
            return [Party("=Shop CRM", "US", "", "standard clauses 2021/914")]

    monkeypatch.setattr(record_parts, "_entries", {"vendors": Vendors()})
    with brand_scope(north.pk):
        found = processing_record(north)

    assert [one.name for one in found.recipients] == ["=Shop CRM"]
    assert found.to_json()["transfers"][0]["ground"] == "standard clauses 2021/914"


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_file_is_taken_with_an_event(
    north: Brand, aud: User, form: str, language: str
) -> None:
    with brand_scope(north.pk):
        content, name = take_record(north, form=form, language=language, actor=aud)
        event = AuditEvent.objects.get(kind="compliance.processing_record.exported")

    assert name.startswith("record-of-processing-north-")
    assert name.endswith(f".{form}")
    assert json.loads(event.body)["facts"] == {"form": form}
    match form:
        case "json":
            assert json.loads(content)["controller"] == "North"
        case "csv":
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
            assert len(rows) >= 12
            assert rows[1][0] == "North"
        case "pdf":
            assert content.startswith(b"%PDF-1.7")
        case _:
            assert f'<html lang="{language}">' in content.decode()


def test_who_may_take_it_and_in_which_form(north: Brand, ada: User, aud: User) -> None:
    with brand_scope(north.pk):
        with pytest.raises(NotAllowed):
            take_record(north, form="json", language="en", actor=ada)
        with pytest.raises(InvalidInput, match="Choose JSON"):
            take_record(north, form="exe", language="en", actor=aud)


def test_pages_by_person(north: Brand, aud: User, ada: User, gus: User, eve: User) -> None:
    for address in (RECORD, MAP, "/w/acme/north/admin/compliance/subjecterasure/"):
        assert client_of(aud).get(address).status_code == 200
        assert client_of(ada).get(address).status_code == 403
        assert client_of(gus).get(address).status_code == 404
        assert client_of(eve).get(address).status_code == 404
    assert client_of(aud).get(TAKE).status_code == 405
    assert client_of(ada).post(TAKE, {"form": "json"}).status_code == 403
    assert client_of(aud).post(TAKE, {"form": "exe"}).status_code == 400
    taken = client_of(aud).post(TAKE, {"form": "json"})
    assert taken.status_code == 200
    assert taken["Content-Type"] == "application/json"
    assert json.loads(taken.content)["processor"] == "Acme"


def test_pages_show_the_record_and_the_map(north: Brand, aud: User, olga: User) -> None:
    page = client_of(aud).get(RECORD).content.decode()
    assert "answer the people who write to the brand" in page
    assert "GDPR Art. 6(1)(b), (f)" in page
    shown = client_of(aud).get(MAP, {"q": "phone"}).content.decode()
    assert "inbox.contacthandle" in shown
    assert "inbox.triage" not in shown
    assert "No table matches" in client_of(aud).get(MAP, {"q": "xyzzy"}).content.decode()
    agency = client_of(olga).get("/w/acme/admin/compliance/subjecterasure/record/")
    assert agency.status_code == 200
    assert RECORD in agency.content.decode()


def test_the_page_costs_the_same_whatever_the_brand_holds(
    north: Brand, aud: User, count_queries: Any
) -> None:
    client = client_of(aud)
    client.get(RECORD)
    with count_queries() as first:
        client.get(RECORD)
    with brand_scope(north.pk):
        for category in ("general_conversation", "audit_event", "consent_proof"):
            RetentionRule.objects.create(brand=north, category=category, months=60)
    with count_queries() as second:
        client.get(RECORD)
    assert len(second) == len(first)


def test_every_word_of_the_map_is_known_to_the_translators() -> None:
    purposes = {table.about.purpose for table in personal_data} - {""}
    bases = {table.about.basis for table in personal_data} - {""}
    fields = [one for table in personal_data for one in table.fields.values()]
    grounds = {one.why for one in fields if one.kind == "retained"}
    categories = {one.category for one in fields if one.kind != "technical"}

    # Add what is named here to compliance/domain/map_words.py and map_categories.py.
    assert purposes - set(map_words.PURPOSES) == set()
    assert bases - set(map_words.BASES) == set()
    assert grounds - set(map_words.GROUNDS) == set()
    assert categories - set(map_categories.CATEGORIES) == set()


def test_several_grounds_are_told_one_by_one() -> None:
    first, second = map_words.GROUNDS[:2]
    assert map_words.told_ground(f"{first}; {second}") == f"{first}; {second}"
    assert map_words.told_ground("") == ""


def test_the_map_tells_each_way_of_erasing() -> None:
    with override("en"):
        tables = {table.label: table for table in told_map()}
    erased = {field.erased for table in tables.values() for field in table.fields}
    assert {"emptied", "goes with the row", "stays", "the file is deleted"} <= erased
    assert "replaced by the row's own key" in erased
    assert tables["inbox.contacthandle"].others == 4
