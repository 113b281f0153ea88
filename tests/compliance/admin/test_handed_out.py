"""The pages of exports and packs, and the links that need no account."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from compliance.domain.export_job import run_export
from compliance.domain.packs.job import run_pack
from compliance.models import AuditEvent, AuditExport, EvidencePack
from moderation.models import Decision
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.compliance.ledger import fill
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_decision

HERE = "/w/acme/north/admin/compliance/"
EXPORTS, PACKS = f"{HERE}auditexport/", f"{HERE}evidencepack/"


@pytest.fixture
def decision(north: Brand) -> Decision:
    with brand_scope(north.pk):
        return make_decision(make_message(make_conversation(make_account(north))))


@pytest.fixture
def export(client: Client, aud: User, north: Brand) -> AuditExport:
    fill(north, 30)
    client.force_login(aud)
    form = {"purpose": "Audit", "format": "csv", "recipient": "Dr. Auditor", "language": "de"}
    client.post(f"{EXPORTS}request/", form | {"columns": ["at", "who", "did"]})
    with brand_scope(north.pk):
        asked = AuditExport.objects.get()
    done = run_export(asked.pk, brand_id=north.pk)
    assert done is not None
    return done


@pytest.fixture
def pack(client: Client, aud: User, north: Brand, decision: Decision) -> EvidencePack:
    client.force_login(aud)
    form = {"case": "decision", "object": str(decision.pk), "purpose": "Court", "is_masked": "1"}
    answer = client.post(f"{PACKS}request/", form)
    with brand_scope(north.pk):
        asked = EvidencePack.objects.get()
    assert answer.headers["Location"] == f"{PACKS}{asked.pk}/change/"
    done = run_pack(asked.pk, brand_id=north.pk)
    assert done is not None
    return done


def test_the_request_page_masks_by_default_and_shows_twenty_and_the_count(
    client: Client, aud: User, north: Brand
) -> None:
    fill(north, 30)
    client.force_login(aud)
    page = client.get(f"{EXPORTS}request/", {"kind": "inbox.message.received"})
    assert (page.context["count"], page.context["is_more"]) == (30, False)
    assert len(page.context["lines"]) == 20
    html = page.content.decode()
    assert re.search(r'name="is_masked" value="1" checked', html)
    for value in ("jsonl", "csv", "pdf"):
        assert f'value="{value}"' in html


def test_what_was_asked_for_is_what_is_made(export: AuditExport) -> None:
    assert (export.format, export.columns, export.is_masked, export.recipient) == (
        "csv",
        ["at", "who", "did"],
        False,
        "Dr. Auditor",
    )
    assert export.download_name.endswith(".csv")


@pytest.mark.parametrize("what", ["export", "pack"])
def test_download_and_link_are_entries_and_the_page_names_who_took_it(
    client: Client, aud: User, north: Brand, what: str, request: pytest.FixtureRequest
) -> None:
    file = request.getfixturevalue(what)
    base = {"export": EXPORTS, "pack": PACKS}[what]
    taken = client.post(f"{base}{file.pk}/download/")
    assert f'filename="{file.download_name}"' in taken.headers["Content-Disposition"]
    assert len(b"".join(taken.streaming_content)) == file.size_bytes  # type: ignore[attr-defined]

    answer = client.post(f"{base}{file.pk}/link/")
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r"/exports/([^/<]+)/", answer.content.decode())
    assert found is not None
    link = f"/exports/{found[1]}/"
    stranger = Client()
    shown = stranger.get(link)
    assert file.download_name in shown.content.decode()
    given = stranger.post(link)
    assert len(b"".join(given.streaming_content)) == file.size_bytes  # type: ignore[attr-defined]
    page = client.get(f"{base}{file.pk}/change/")
    assert [who for _at, who in page.context["downloads"]] == ["Author", "Aud"]
    kind = {"export": "export", "pack": "evidence"}[what]
    with brand_scope(north.pk):
        kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-3:] == [
        f"compliance.{kind}.{d}" for d in ("downloaded", "link_made", "downloaded")
    ]

    client.post(f"{base}{file.pk}/link/")
    assert stranger.get(link).status_code == 410  # a new link ends the earlier one


def test_a_link_ends_after_seven_days_and_strangers_links_are_nothing(
    client: Client, export: AuditExport
) -> None:
    html = client.post(f"{EXPORTS}{export.pk}/link/").content.decode()
    found = re.search(r"/exports/([^/<]+)/", html)
    assert found is not None
    stranger = Client()
    assert stranger.get(f"/exports/{found[1][:-2]}xx/").status_code == 404
    assert stranger.get("/exports/nothing/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert stranger.post(f"/exports/{found[1]}/").status_code == 404


def test_a_case_is_packed_only_by_who_may_and_where_it_is(
    client: Client, aud: User, mo: User, olga: User, gus: User, decision: Decision
) -> None:
    asked = {"case": "decision", "object": str(decision.pk)}
    for user, status in ((aud, 200), (olga, 200), (mo, 403), (gus, 404)):
        client.force_login(user)
        assert client.get(f"{PACKS}request/", asked).status_code == status
    client.force_login(olga)
    south = PACKS.replace("north", "south")
    assert client.get(f"{south}request/", asked).status_code == 404
    assert client.get(f"{PACKS}request/", asked | {"object": str(uuid4())}).status_code == 404
    assert client.get(f"{PACKS}request/", asked | {"case": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"since": "2026-01-01", "until": "2026-02-01", "purpose": ""}, "Say what the pack is for"),
        ({"since": "2026-02-02", "until": "2026-02-01", "purpose": "x"}, "begins before it ends"),
        ({"since": "soon", "until": "", "purpose": "x"}, "begins before it ends"),
    ],
)
def test_a_period_that_is_none(
    client: Client, aud: User, north: Brand, form: dict[str, str], said: str
) -> None:
    client.force_login(aud)
    assert said in client.post(f"{PACKS}request/", form).content.decode()
    with brand_scope(north.pk):
        assert not EvidencePack.objects.exists()


def test_the_list_costs_the_same_for_one_and_for_three(
    client: Client, aud: User, north: Brand, pack: EvidencePack, count_queries: Any
) -> None:
    client.get(PACKS)
    with count_queries() as one:
        client.get(PACKS)
    for _number in range(2):
        client.post(
            f"{PACKS}request/", {"since": "2026-01-01", "until": "2026-12-31", "purpose": "x"}
        )
    with count_queries() as three:
        page = client.get(PACKS)
    assert page.content.decode().count("Audit of a period") == 2
    assert len(one) == len(three)
