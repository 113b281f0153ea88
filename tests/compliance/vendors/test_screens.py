"""The screens: who sees what, what a post does, how many statements a list sends."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.domain.incidents import register
from compliance.domain.vendors.routes import routes_of
from compliance.models import Incident, Vendor
from tenants.domain.agencies import own_brand
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope, own_scope
from tests.compliance.vendors.stage import answered, approved, enter

VENDORS = "/w/acme/admin/compliance/vendor/"
TRANSFERS = "/w/acme/admin/compliance/transferday/"
INCIDENTS = "/w/acme/north/admin/compliance/incident/"


@pytest.mark.parametrize(
    ("person", "vendors", "transfers", "incidents"),
    [
        ("olga", 200, 200, 200),
        ("otto", 200, 200, 200),
        ("aud", 403, 200, 200),
        ("ada", 403, 403, 403),
        ("gus", 404, 404, 404),
        ("eve", 404, 404, 404),
    ],
)
def test_who_sees_the_pages(
    client: Client,
    request: pytest.FixtureRequest,
    acme: Agency,
    north: Brand,
    olga: User,
    person: str,
    vendors: int,
    transfers: int,
    incidents: int,
):
    vendor = enter(acme, actor=olga)
    with brand_scope(north.pk):
        incident = register.open_incident(north, title="t", description="d", actor=olga)
    client.force_login(request.getfixturevalue(person))

    statuses = {
        url: client.get(url).status_code
        for url in (
            VENDORS,
            f"{VENDORS}{vendor.pk}/change/",
            TRANSFERS,
            INCIDENTS,
            f"{INCIDENTS}{incident.pk}/change/",
        )
    }
    hidden = vendors if vendors != 403 else statuses[f"{VENDORS}{vendor.pk}/change/"]
    assert hidden in {vendors, 403, 404}
    assert statuses[VENDORS] == vendors
    assert statuses[TRANSFERS] == transfers
    assert statuses[INCIDENTS] == incidents
    assert (statuses[f"{INCIDENTS}{incident.pk}/change/"] == 200) is (incidents == 200)
    if person not in {"olga", "otto"}:
        posted = client.post(f"{VENDORS}{vendor.pk}/request/")
        assert posted.status_code in {403, 404}
        with own_scope(vendor.brand_id):
            assert Vendor.objects.get().state == "draft"


def test_a_vendor_goes_its_whole_way_on_the_screens(
    client: Client, acme: Agency, north: Brand, olga: User, otto: User
):
    client.force_login(olga)
    assert "No vendor is entered yet" in client.get(VENDORS).content.decode()
    client.post(f"{VENDORS}builtins/", {"key": ["meta"]})
    with own_scope(own_brand(acme).pk):
        vendor = Vendor.objects.get(key="meta")
    assert set(vendor.services) == {"whatsapp", "facebook", "instagram"}
    page = f"{VENDORS}{vendor.pk}/"
    client.post(f"{page}save/", {"contract_status": "signed", "contract_on": "2025-05-01",
                "services": ["facebook"], "places": ["eu"]})  # fmt: skip
    answered(vendor, actor=olga)
    shown = client.get(f"{page}change/").content.decode()
    assert "Your assessment" in shown
    client.post(f"{page}assess/", {"reason": "complete"})
    shown = client.get(f"{page}change/").content.decode()
    assert "somebody else has to approve" in shown
    client.force_login(otto)
    client.post(f"{page}approve/", {"until": "2027-06-01", "reason": "fits"})
    route = routes_of(acme.pk)["facebook"]
    assert (route.vendor_name, str(route.approved_until)) == ("Meta Platforms", "2027-06-01")
    client.post(f"{VENDORS}duty/", {"service": "facebook", "wanted": "on", "reason": "policy"})
    assert routes_of(acme.pk)["facebook"].is_enforced
    client.post(f"{page}reject/", {"reason": "breach"})
    banner = client.get("/w/acme/north/admin/").content.decode()
    assert "1 channel or service is blocked" in banner


def test_a_ground_is_previewed_and_falls_by_post_only(
    client: Client, acme: Agency, north: Brand, olga: User, otto: User
):
    approved(acme, first=olga, second=otto)
    client.force_login(olga)

    shown = client.get(f"{TRANSFERS}ground/dpf/").content.decode()
    assert "What would lose its cover" in shown
    assert client.get(f"{TRANSFERS}ground/dpf/fall/").status_code == 405
    client.post(f"{TRANSFERS}ground/dpf/fall/", {"reason": "judgment"})
    assert routes_of(acme.pk)["facebook"].fallen == ["dpf"]
    client.post(f"{TRANSFERS}ground/dpf/restore/", {"reason": "upheld"})
    assert routes_of(acme.pk)["facebook"].fallen == []
    assert client.get(f"{TRANSFERS}ground/magic/").status_code == 404


def test_an_incident_on_the_screens(client: Client, acme: Agency, north: Brand, aud: User):
    client.force_login(aud)
    assert "No incident is entered" in client.get(INCIDENTS).content.decode()
    client.post(f"{INCIDENTS}add/", {"title": "Lost laptop", "description": "In a train"})
    with brand_scope(north.pk):
        incident = Incident.objects.get()
    page = f"{INCIDENTS}{incident.pk}/"
    client.post(f"{page}aware/", {"at": ""})
    shown = client.get(INCIDENTS).content.decode()
    assert "71 h 59 min left" in shown
    for kind in ("authority", "controller", "persons"):
        assert "Art. 3" in client.get(f"{page}draft/?kind={kind}&language=en").content.decode()
    assert client.get(f"{page}draft/?kind=poem").status_code == 404
    answer = client.post(f"{page}export/", {"format": "jsonl", "language": "en"})
    assert answer["Content-Disposition"] == 'attachment; filename="incident-1.jsonl"'
    assert len(answer.content.splitlines()) == 2
    bad = client.post(f"{page}assess/", {"risk": "high", "text": "x"}, follow=True)
    assert "Say what kind of breach it is." in bad.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_send_as_many_statements_whatever_they_show(
    client: Client,
    acme: Agency,
    north: Brand,
    aud: User,
    count: int,
    count_queries: Callable[[], CaptureQueriesContext],
):
    with brand_scope(north.pk):
        for number in range(count):
            register.open_incident(north, title=f"t{number}", description="d", actor=aud)
    client.force_login(aud)
    client.get(INCIDENTS)

    with count_queries() as captured:
        client.get(INCIDENTS)

    assert len(captured) == QUERIES, [q["sql"][:90] for q in captured]


QUERIES = 10
"""Session, person, memberships, scope, badges, list, notices."""
