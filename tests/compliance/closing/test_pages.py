"""The screens of a brand's end: steps, archive, holds, two people, the certificate."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from compliance.admin.closing_jobs import BrandErasureJobs, BrandExportJobs
from compliance.domain.closing.erase_job import run_brand_erasure
from compliance.domain.closing.export_job import run_brand_export
from compliance.domain.holds import place_hold
from compliance.models import BrandErasure, BrandExport, LegalHold
from inbox.models import ChannelAccount
from tenants.choices import BrandState
from tenants.domain.agencies import own_brand
from tenants.domain.directory import find_workspace
from tenants.domain.freezing import freeze_brand
from tenants.domain.signin import CONFIRMED_AT
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope, own_scope
from tests.compliance.closing.stage import archive, freeze_whole, in_agency
from tests.factories.tenants import make_brand, make_member, make_user

BASE = "/w/acme/admin/compliance/branderasure/"
EXPORTS = "/w/acme/admin/compliance/brandexport/"
HOLDS = "/w/acme/admin/compliance/legalhold/"
LIST_QUERIES = 13
ACTS = ["freeze", "thaw", "stop-intake", "archive", "erase"]


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _post(client: Client, url: str, **fields: str) -> str:
    """The messages of the page it leads to."""
    response = client.post(url, fields, follow=True)
    assert response.status_code == 200, url
    return " ".join(str(message) for message in response.context["messages"])


def _page(client: Client, brand: Brand) -> str:
    return client.get(f"{BASE}brand/{brand.pk}/").content.decode()


def test_the_whole_way_through_the_screens(
    north: Brand, account: ChannelAccount, olga: User, omar: User
) -> None:
    first, second = _signed_in(olga), _signed_in(omar)
    place = f"{BASE}brand/{north.pk}/"

    assert "Freeze the brand" in _page(first, north)
    assert "Frozen." in _post(first, f"{place}freeze/", reason="Contract <ends>")
    page = _page(first, north)
    assert "Contract &lt;ends&gt;" in page
    assert "Messages still come in: stop the intake." in page
    assert "Stopped." in _post(first, f"{place}stop-intake/", reason="End")
    assert "being made" in _post(first, f"{place}archive/", reason="Handing over")
    with brand_scope(north.pk):
        export = BrandExport.objects.get()
    run_brand_export(export.pk, brand_id=north.pk)
    assert "download it first" in _page(first, north)
    taken = first.post(f"{EXPORTS}{export.pk}/download/")
    assert b"".join(taken.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    page = _page(first, north)
    assert "rows would be erased or emptied" in page
    wrong = _post(first, f"{place}erase/", reason="End", slug="nord")
    assert "Type the brand's address “north” exactly." in wrong
    assert "second person" in _post(first, f"{place}erase/", reason="End", slug="north")
    assert "somebody else who may close brands must confirm" in _page(first, north)
    with own_scope(own_brand(north.agency).pk):
        erasure = BrandErasure.objects.get()
    assert "not the one who asked" in _post(first, f"{BASE}{erasure.pk}/confirm/", slug="north")
    assert "Confirm and erase" in _page(second, north)
    assert "Confirmed." in _post(second, f"{BASE}{erasure.pk}/confirm/", slug="north")

    state = second.get(f"{BASE}{erasure.pk}/change/?part=state").json()
    assert (state["state"], state["has_ended"]) == ("queued", False)
    assert first.get("/w/acme/north/admin/").status_code == 404
    run_brand_erasure(erasure.pk, brand_id=erasure.brand_id)

    html = second.get(f"{BASE}{erasure.pk}/change/").content.decode()
    assert "3 rows erased" in html
    assert "Omar" in html
    certificate = second.get(f"{BASE}{erasure.pk}/certificate/")
    assert json.loads(json.loads(certificate.content)["certificate"])["brand"]["slug"] == "north"
    assert "attachment" in certificate["Content-Disposition"]
    assert "This brand was erased" in _page(first, north)
    assert "Closed" in first.get(BASE).content.decode()
    assert Brand.objects.get(pk=north.pk).state == BrandState.CLOSED


def test_thawed_and_withdrawn_by_the_screens(ready: Brand, olga: User, omar: User) -> None:
    client, place = _signed_in(olga), f"{BASE}brand/{ready.pk}/"
    _post(client, f"{place}erase/", reason="End", slug="north")
    with own_scope(own_brand(ready.agency).pk):
        erasure = BrandErasure.objects.get()

    assert "Withdrawn" in _post(client, f"{BASE}{erasure.pk}/withdraw/", reason="A mistake")
    assert "Thawed" in _post(client, f"{place}thaw/", reason="It goes on")

    assert Brand.objects.get(pk=ready.pk).state == BrandState.LIVE


@pytest.mark.parametrize("act", ["", *[f"{act}/" for act in ACTS]])
def test_who_gets_in(
    acme: Agency, north: Brand, ada: User, aud: User, gus: User, main: Brand, olga: User, act: str
) -> None:
    place = f"{BASE}brand/{north.pk}/{act}"

    def answer(user: User, path: str) -> int:
        client = _signed_in(user)
        return (client.post if act else client.get)(path, {"reason": "x"}).status_code

    assert [answer(person, place) for person in (ada, aud, gus)] == [404, 404, 404]
    for wrong in (f"{BASE}brand/{main.pk}/{act}", f"{BASE}brand/{uuid4()}/{act}"):
        assert answer(olga, wrong) == 404
    own = own_brand(acme)
    assert answer(olga, f"{BASE}brand/{own.pk}/{act}") == 404
    inside = place.replace("/w/acme/", "/w/acme/north/")
    assert answer(olga, inside) == 404
    assert Brand.objects.get(pk=north.pk).state == BrandState.LIVE


def test_a_colleague_of_the_agency_without_the_right(acme: Agency, north: Brand) -> None:
    ann = make_user("ann")
    make_member(ann, acme, "analyst")
    client = _signed_in(ann)

    assert client.get(BASE).status_code == 403
    assert client.get(f"{BASE}brand/{north.pk}/").status_code == 403
    assert client.post(f"{BASE}brand/{north.pk}/freeze/", {"reason": "x"}).status_code == 403
    assert client.get(EXPORTS).status_code == 403
    assert client.get(HOLDS).status_code == 403
    assert client.get(f"{HOLDS}add/").status_code == 403


@pytest.mark.parametrize("act", ["stop-intake", "archive", "erase"])
def test_grave_acts_ask_who_is_there(north: Brand, olga: User, act: str) -> None:
    with brand_scope(north.pk):
        freeze_brand(north, reason="x", actor=olga)
    client = _signed_in(olga)
    session = client.session
    session[CONFIRMED_AT] = int(timezone.now().timestamp()) - 3600
    session.save()

    response = client.post(f"{BASE}brand/{north.pk}/{act}/", {"reason": "x", "slug": "north"})

    assert response.status_code == 302
    assert "reauth" in response["Location"]
    brand = Brand.objects.get(pk=north.pk)
    assert brand.intake_stopped_at is None
    with brand_scope(north.pk):
        assert BrandExport.objects.count() == 0


def test_nothing_is_written_by_get(north: Brand, olga: User) -> None:
    client = _signed_in(olga)

    codes = {act: client.get(f"{BASE}brand/{north.pk}/{act}/").status_code for act in ACTS}

    assert codes == dict.fromkeys(ACTS, 405)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_many_brands(
    acme: Agency, olga: User, count: int, django_assert_num_queries: Any
) -> None:
    own_brand(acme)
    for number in range(count):
        make_brand(acme, f"brand-{number}")
    client = _signed_in(olga)
    client.get(BASE)

    with django_assert_num_queries(LIST_QUERIES):
        html = client.get(BASE).content.decode()

    assert html.count("branderasure/brand/") == count


def test_holds_are_placed_seen_and_released(
    north: Brand, south: Brand, olga: User, aud: User
) -> None:
    client = _signed_in(olga)
    form = client.get(f"{HOLDS}add/").content.decode()
    assert "North" in form
    assert "South" in form
    bad = [
        ({"brand": str(north.pk), "reason": " "}, "Give a reason"),
        ({"brand": str(uuid4()), "reason": "x"}, "Choose a brand"),
        ({"brand": str(north.pk), "reason": "x", "review_on": "soon"}, "as a date"),
        ({"brand": str(north.pk), "reason": "x", "review_on": "2020-01-01"}, "is over"),
        ({"brand": str(north.pk), "reason": "x", "review_on": "2026-02-31"}, "as a date"),
    ]
    for fields, words in bad:
        assert words in _post(client, f"{HOLDS}add/", **fields)

    assert "stands" in _post(client, f"{HOLDS}add/", brand=str(north.pk), reason="Case <7>")
    with brand_scope(north.pk):
        hold = LegalHold.objects.get()
    inside = _signed_in(aud)
    here = f"/w/acme/north/admin/compliance/legalhold/{hold.pk}/"
    assert "Case &lt;7&gt;" in inside.get(f"{here}change/").content.decode()
    assert "Give a reason" in _post(inside, f"{here}release/", reason="")
    assert "Released" in _post(inside, f"{here}release/", reason="Settled")

    with brand_scope(north.pk):
        hold.refresh_from_db()
        assert (hold.is_open, hold.release_reason, hold.released_by) == (False, "Settled", aud)
    assert "changed in the meantime" in _post(inside, f"{here}release/", reason="Again")


def test_holds_of_others_do_not_exist(
    north: Brand, south: Brand, main: Brand, olga: User, gus: User, ada: User, aud: User
) -> None:
    with brand_scope(south.pk):
        hold = place_hold(south, reason="x", actor=olga)
    path = f"compliance/legalhold/{hold.pk}/"

    assert _signed_in(gus).get(f"/w/globex/admin/{path}change/").status_code == 404
    assert _signed_in(aud).get(f"/w/acme/north/admin/{path}change/").status_code == 404
    assert _signed_in(aud).post(f"/w/acme/north/admin/{path}release/").status_code == 404
    assert _signed_in(ada).get("/w/acme/north/admin/compliance/legalhold/").status_code == 403
    with brand_scope(south.pk):
        hold.refresh_from_db()
        assert hold.is_open


def test_the_archive_page_gives_a_link_once(
    north: Brand, account: ChannelAccount, olga: User, gus: User
) -> None:
    freeze_whole(north, actor=olga)
    export = archive(north, actor=olga)
    client = _signed_in(olga)

    made = client.post(f"{EXPORTS}{export.pk}/link/")
    html = made.content.decode()
    url = html[html.index("/archive/") :].partition("<")[0]
    assert "no-store" in made["Cache-Control"]
    assert "/archive/" not in client.get(f"{EXPORTS}{export.pk}/change/").content.decode()
    assert Client().get(url).status_code == 200
    for act in ("cancel", "download", "link"):
        assert client.get(f"{EXPORTS}{export.pk}/{act}/").status_code == 405
        foreign = f"/w/globex/admin/compliance/brandexport/{export.pk}/{act}/"
        assert _signed_in(gus).post(foreign).status_code == 404


def test_the_jobs_centre_tells_of_both(
    ready: Brand, olga: User, omar: User, ada: User, gus: User, main: Brand
) -> None:
    client = _signed_in(olga)
    _post(client, f"{BASE}brand/{ready.pk}/erase/", reason="End", slug="north")

    def told(user: User, slug: str, agency: Agency) -> list[tuple[str, str]]:
        workspace = find_workspace(user, slug, None)
        with in_agency(agency):
            rows = [
                *BrandExportJobs().rows(user, workspace, limit=5),
                *BrandErasureJobs().rows(user, workspace, limit=5),
            ]
        return [(row.brand, row.state) for row in rows]

    assert told(olga, "acme", ready.agency) == [("North", "done"), ("North", "waiting")]
    assert told(ada, "acme", ready.agency) == []
    assert told(gus, "globex", main.agency) == []


def test_the_list_of_brands_leads_there(north: Brand, olga: User) -> None:
    client = _signed_in(olga)
    place = f"{BASE}brand/{north.pk}/"

    assert place in client.get("/w/acme/admin/tenants/brand/").content.decode()
    inside = client.get("/w/acme/north/admin/tenants/brand/").content.decode()
    assert "branderasure/brand" not in inside
