"""The audit explorer and the exports' pages."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.domain.audit import record
from compliance.models import AuditEvent, AuditExport
from tenants.models import Brand, User
from tenants.scope import brand_scope

TRAIL = "/w/acme/north/admin/compliance/auditevent/"
EXPORTS = "/w/acme/north/admin/compliance/auditexport/"
TRAIL_QUERIES = 15


@pytest.fixture
def event(north: Brand, ada: User) -> AuditEvent:
    with brand_scope(north.pk):
        return record(
            "tenants.brand.changed",
            north,
            actor=ada,
            before={"name": "Old <b>name</b>"},
            after={"name": "New"},
            correlation_id="cid-1",
        )


def _shown(client: Client, **query: str) -> list[Any]:
    return [line.event.pk for line in client.get(TRAIL, query).context["lines"]]


def test_an_entry_shows_who_what_and_that_it_is_not_sealed_yet(
    client: Client, aud: User, event: AuditEvent
) -> None:
    client.force_login(aud)
    html = client.get(TRAIL).content.decode()
    for words in ("tenants.brand.changed", "Ada", "waits for its seal", "Old &lt;b&gt;name"):
        assert words in html


def test_people_stand_there_by_name_and_strange_keys_as_they_are(
    client: Client, aud: User, mo: User, gus: User, north: Brand
) -> None:
    strange = "01a2031b-fdc3-7289-a0ed-adb667a7499c"
    with brand_scope(north.pk):
        record(
            "inbox.conversation.assigned",
            north,
            actor=aud,
            before={"assignee": strange},
            after={"assignee": str(mo.pk), "name": str(gus.pk)},
        )
    client.force_login(aud)
    changes = client.get(TRAIL).context["lines"][0].changes
    assert {change.name: (change.before, change.after) for change in changes} == {
        "assignee": (strange, str(mo)),
        "name": (None, str(gus.pk)),
    }


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ({"kind": "tenants."}, True),
        ({"kind": "inbox."}, False),
        ({"cid": "cid-1"}, True),
        ({"cid": "cid-2"}, False),
        ({"object": "tenants.brand"}, True),
        ({"object": "inbox.message"}, False),
        ({"object": "'; drop"}, True),
        ({"since": "2000-01-01", "until": "2000-01-02"}, False),
        ({"since": "tomorrow"}, True),
        ({"after": "%%%"}, True),
    ],
)
def test_filters(
    client: Client, aud: User, event: AuditEvent, query: dict[str, str], *, finds: bool
) -> None:
    client.force_login(aud)
    assert (event.pk in _shown(client, **query)) is finds


def test_filter_by_person_and_by_today(
    client: Client, aud: User, ada: User, event: AuditEvent
) -> None:
    client.force_login(aud)
    today = timezone.now().date().isoformat()
    assert _shown(client, actor=str(ada.pk), since=today, until=today) == [event.pk]
    assert _shown(client, actor=str(aud.pk)) == []


def test_another_brands_entries_are_not_there(
    client: Client, olga: User, event: AuditEvent, south: Brand
) -> None:
    client.force_login(olga)
    south_trail = client.get(TRAIL.replace("north", "south"))
    assert south_trail.context["lines"] == []
    whole = client.get("/w/acme/admin/compliance/auditevent/")
    assert [line.event.pk for line in whole.context["lines"]] == [event.pk]


def test_the_trail_costs_the_same_for_one_and_for_four(
    client: Client, aud: User, ada: User, event: AuditEvent, north: Brand, count_queries: Any
) -> None:
    client.force_login(aud)
    client.get(TRAIL)
    with count_queries() as one:
        client.get(TRAIL)
    with brand_scope(north.pk):
        for _number in range(3):
            record("tenants.brand.changed", north, actor=ada, after={"name": "N"})
    with count_queries() as four:
        client.get(TRAIL)
    assert len(one) == len(four) == TRAIL_QUERIES


def test_nobody_without_the_capability_reads_it(
    client: Client, ada: User, event: AuditEvent
) -> None:
    client.force_login(ada)
    assert client.get(TRAIL).status_code == 403


def test_an_export_is_asked_for_with_its_purpose_and_watched(
    client: Client, aud: User, event: AuditEvent, north: Brand
) -> None:
    client.force_login(aud)
    whole_kind = {"kind": "tenants.brand.changed"}
    page = client.get(f"{EXPORTS}request/", whole_kind)
    assert (page.context["count"], page.context["is_widened"]) == (1, False)
    assert client.get(f"{EXPORTS}request/", {"kind": "tenants."}).context["is_widened"]
    refused = client.post(f"{EXPORTS}request/", {"purpose": " "})
    assert "Say what the export is for." in refused.content.decode()
    answer = client.post(f"{EXPORTS}request/", {"purpose": "Audit 2026"} | whole_kind)
    with brand_scope(north.pk):
        export = AuditExport.objects.get()
        assert export.filters == whole_kind
    job = answer.headers["Location"]
    assert client.get(job, {"part": "state"}).json() == {
        "state": "queued",
        "words": "Waiting",
        "done": 0,
        "total": None,
        "has_ended": False,
        "speed": "",
    }
    client.post(f"{EXPORTS}{export.pk}/download/")
    early = client.get(job).content.decode()
    assert "This export is not ready or has expired" in early
    client.post(f"{EXPORTS}{export.pk}/cancel/")
    assert client.get(job, {"part": "state"}).json()["state"] == "cancelled"


def test_no_export_of_several_brands_at_once(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    assert client.get("/w/acme/admin/compliance/auditexport/request/").status_code == 404
