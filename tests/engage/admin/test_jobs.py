"""The jobs centre: what runs, for those who may see it, with a way to stop it."""

from django.test import Client

from compliance.domain.exports import request_export
from compliance.models import AuditExport
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope

PAGE = "/w/acme/north/admin/jobs/"
TESTS = SystemActor("system", "tests")


def _export(brand: Brand, purpose: str) -> AuditExport:
    with brand_scope(brand.pk):
        return request_export(brand, actor=TESTS, filters={}, purpose=purpose)


def test_long_work_is_told_running_first(client: Client, olga: User, north: Brand) -> None:
    done, waiting = _export(north, "Yearly audit"), _export(north, "Court order")
    with brand_scope(north.pk):
        AuditExport.objects.filter(pk=done.pk).update(state="done", rows_done=7, rows_total=7)
        AuditExport.objects.filter(pk=waiting.pk).update(requested_at=done.requested_at)
    client.force_login(olga)
    answer = client.get(PAGE)
    html = answer.content.decode()
    keys = [job["row"].key for job in answer.context["jobs"]]
    assert keys == [f"audit-export-{waiting.pk}", f"audit-export-{done.pk}"]
    assert html.count("<progress") == 1
    assert "7 of 7" in html
    assert f"/admin/compliance/auditexport/{waiting.pk}/cancel/" in html
    assert f"/admin/compliance/auditexport/{done.pk}/cancel/" not in html
    assert client.get(PAGE, {"part": "chip"}).json()["active"] == 1


def test_it_is_stopped_from_the_page(client: Client, olga: User, north: Brand) -> None:
    export = _export(north, "Court order")
    client.force_login(olga)
    url = f"/w/acme/north/admin/compliance/auditexport/{export.pk}/cancel/"
    assert client.get(url).status_code == 405
    assert client.post(url, {"next": PAGE}).headers["Location"] == PAGE
    chip = client.get(PAGE, {"part": "chip"})
    assert chip.json() == {"active": 0, "worst": "", "words": ""}
    assert "no-store" in chip.headers["Cache-Control"]


def test_a_failed_job_is_told_for_a_day(client: Client, olga: User, north: Brand) -> None:
    export = _export(north, "Court order")
    with brand_scope(north.pk):
        AuditExport.objects.filter(pk=export.pk).update(state="failed", failure="Disk full")
    client.force_login(olga)
    assert client.get(PAGE, {"part": "chip"}).json()["worst"] == "failed"
    assert "Disk full" in client.get(PAGE).content.decode()


def test_the_agency_sees_its_brands_and_no_other_agency(
    client: Client, olga: User, gus: User, north: Brand, south: Brand, main: Brand
) -> None:
    for brand, purpose in ((north, "of north"), (south, "of south"), (main, "of globex")):
        _export(brand, purpose)
    client.force_login(olga)
    html = client.get("/w/acme/admin/jobs/").content.decode()
    assert "of north" in html
    assert "of south" in html
    assert "of globex" not in html
    assert "of south" not in client.get(PAGE).content.decode()
    client.force_login(gus)
    assert client.get(PAGE).status_code == 404


def test_who_starts_no_long_work_has_no_page(client: Client, ada: User, north: Brand) -> None:
    client.force_login(ada)
    assert client.get(PAGE).status_code == 404
    assert "jobs-chip" not in client.get("/w/acme/north/admin/").content.decode()
