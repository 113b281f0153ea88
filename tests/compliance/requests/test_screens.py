"""The screens: who gets in, the list by days left, the way through the buttons."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from compliance.admin.requests.acts import ACTS, FRESH
from compliance.admin.requests.jobs import DataRequestJobs
from compliance.choices import RequestState
from compliance.domain.requests import identity
from compliance.models import AuditEvent, DataRequest
from tenants.domain.directory import find_workspace
from tenants.domain.post import deliver_due
from tenants.domain.signin import CONFIRMED_AT
from tenants.models import Brand, User
from tests.compliance.requests.stage import LENA_MAIL, Stage, code_in, mails

BASE = "/w/acme/north/admin/compliance/datarequest/"
LIST_QUERIES = 11


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _post(client: Client, url: str, **fields: Any) -> str:
    """The messages of the page it leads to."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200, url
    return " ".join(str(message) for message in response.context["messages"])


def test_an_erasure_through_the_screens(stage: Stage) -> None:
    first, second = _signed_in(stage.olga), _signed_in(stage.omar)

    said = _post(first, f"{BASE}add/", brand=str(stage.brand.pk), kind="erasure", language="de",
                 regime="gdpr", name="Lena Beispiel", email=LENA_MAIL)  # fmt: skip
    assert said == "The case is open."
    with stage.scope():
        case = stage.newest()
    place = f"{BASE}{case.pk}/"
    page = first.get(f"{place}change/").content.decode()
    assert "Send a code by mail" in page
    assert "Lena Beispiel" in page
    assert "on its way" in _post(first, f"{place}code/")
    with stage.scope():
        identity.confirm_code(case, code=code_in(mails()[-1][2]))
    # What still waits to leave would hold the erasure up.
    deliver_due()
    found = first.get(f"{place}change/?q=Lena").content.decode()
    assert str(stage.contact.pk) in found
    assert "Noted" in _post(first, f"{place}contacts/", contact=str(stage.contact.pk))
    assert "Say who decided" in _post(first, f"{place}instruct/", by=" ", instruction="x")
    assert "recorded" in _post(first, f"{place}instruct/", by="Frau Nord", instruction="Erase")
    assert "begun" in _post(first, f"{place}collect/")
    assert first.get(f"{place}change/?part=state").json()["state"] == "collecting"
    with stage.scope():
        stage.work(case)
    page = first.get(f"{place}change/").content.decode()
    assert "What becomes of it" in page
    assert "Emptied, the row stays" in page
    assert "Reviewed." in _post(first, f"{place}review/")
    page = first.get(f"{place}change/").content.decode()
    assert "Somebody else who may release" in page
    assert "Release and erase" not in page
    assert "second person" in _post(first, f"{place}release/", seen="on")
    assert "Release and erase" in second.get(f"{place}change/").content.decode()
    assert "Released." in _post(second, f"{place}release/", seen="on")
    with stage.scope():
        stage.work(case)
    page = first.get(f"{place}change/").content.decode()
    assert "What became of the data" in page
    assert "Certificate (PDF)" in page
    assert first.get(f"{place}certificate/?as=pdf").content[:5] == b"%PDF-"
    assert "Answered and closed." in _post(first, f"{place}close/", text="Erledigt.")
    assert "closed" in first.get(f"{BASE}?tab=ended").content.decode().lower()
    with stage.scope():
        assert stage.fresh(case).state == RequestState.CLOSED
        reads = AuditEvent.objects.filter(kind="compliance.request.read", object_ref=str(case.pk))
        assert reads.count() >= 6


def test_the_list_groups_by_days_left(stage: Stage, count_queries: Any) -> None:
    with stage.scope():
        for days, mail in ((40, "a"), (30, "b"), (27, "c"), (1, "d")):
            stage.enter(
                email=f"{mail}@example.test",
                contact_refs=[],
                received_at=timezone.now() - timedelta(days=days),
            )
    client = _signed_in(stage.olga)
    client.get(BASE)

    with count_queries() as captured:
        page = client.get(BASE)

    groups = [(g.key, len(g.lines)) for g in page.context["groups"]]
    assert groups[0] == ("late", 1)
    assert groups[-1] == ("later", 1)
    assert sum(n for _key, n in groups) == 4
    assert len(captured) <= LIST_QUERIES + 4
    assert "/privacy/acme/north/" in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_more_rows(stage: Stage, count_queries: Any, rows: int) -> None:
    with stage.scope():
        for n in range(rows):
            stage.enter(email=f"p{n}@example.test", contact_refs=[])
    client = _signed_in(stage.olga)
    client.get(BASE)

    with count_queries() as captured:
        client.get(BASE)

    assert len(captured) == LIST_QUERIES


def test_an_empty_list_says_how_requests_come_in(stage: Stage) -> None:
    assert "No open data request" in _signed_in(stage.olga).get(BASE).content.decode()


def test_who_gets_in(stage: Stage, ada: User, gus: User, main: Brand) -> None:
    with stage.scope():
        case = stage.enter()
    agent, stranger = _signed_in(ada), _signed_in(gus)

    def answer(client: Client, act: str) -> int:
        reads = act in {"change", "certificate"}
        return (client.get if reads else client.post)(f"{BASE}{case.pk}/{act}/").status_code

    acts = ["change", *ACTS, *FRESH, "package", "certificate"]
    codes = {act: (answer(agent, act), answer(stranger, act)) for act in acts}

    assert codes == dict.fromkeys(acts, (403, 404))


def test_who_may_only_look_gets_403_on_acts(stage: Stage) -> None:
    from tests.factories.tenants import make_member, make_user

    vera = make_user("vera")
    make_member(vera, stage.brand.agency, "brand_manager", stage.brand)
    with stage.scope():
        case = stage.enter()
    client = _signed_in(vera)

    page = client.get(f"{BASE}{case.pk}/change/")
    json = {"headers": {"Accept": "application/json"}}
    codes = {
        name: client.post(f"{BASE}{case.pk}/{name}/", {"reason": "x"}, **json).status_code
        for name in ("collect", "cancel", "hold")
    }

    assert page.status_code == 200
    assert "Record the instruction" not in page.content.decode()
    assert codes == {"collect": 403, "cancel": 403, "hold": 403}
    assert client.get(f"{BASE}add/").status_code == 403
    with stage.scope():
        assert stage.fresh(case).state == RequestState.ASSIGNED


def test_release_and_reading_the_package_ask_who_is_there(stage: Stage) -> None:
    with stage.scope():
        case = stage.to_end(stage.to_review(stage.enter()))
    client = _signed_in(stage.olga)
    session = client.session
    session[CONFIRMED_AT] = 0
    session.save()

    refused = client.post(f"{BASE}{case.pk}/package/")

    assert refused.status_code == 302
    assert "reauthenticate" in refused["Location"]


def test_the_agencys_workspace_shows_all_brands(stage: Stage) -> None:
    with stage.scope():
        case = stage.enter()
    client = _signed_in(stage.olga)

    page = client.get("/w/acme/admin/compliance/datarequest/")
    one = client.get(f"/w/acme/admin/compliance/datarequest/{case.pk}/change/")

    assert (page.status_code, one.status_code) == (200, 200)
    assert "North" in page.content.decode()


def test_unknown_cases_and_odd_addresses_are_not_found(stage: Stage) -> None:
    client = _signed_in(stage.olga)

    codes = [
        client.get(f"{BASE}{uuid4()}/change/").status_code,
        client.get(f"{BASE}none/change/").status_code,
        client.get(f"{BASE}?tab=ended&after=x|y").status_code,
        client.get(f"{BASE}?tab=ended&after=2026-01-01T00:00:00%2B00:00|nokey").status_code,
    ]

    assert codes == [404, 404, 200, 200]


def test_the_jobs_centre_tells_of_work(stage: Stage, ada: User) -> None:
    with stage.scope():
        case = stage.to_review(stage.enter())
        DataRequest.objects.filter(pk=case.pk).update(state="collecting")

    def rows(user: User) -> list[tuple[str, str]]:
        workspace = find_workspace(user, "acme", "north")
        with stage.scope():
            return [(r.title, r.state) for r in DataRequestJobs().rows(user, workspace, limit=5)]

    assert rows(stage.olga) == [("#1 Access", "waiting")]
    assert rows(ada) == []
