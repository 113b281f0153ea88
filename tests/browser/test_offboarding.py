"""The end of a brand in the browser, by three people, with a real worker. Requirement T6."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compliance.domain.keys import public_key_text, signing_key
from compliance.models import BrandErasure
from engage.startup.environment import ROOT
from inbox.models import Message
from tenants.domain.agencies import own_brand
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope, own_scope
from tests.browser.people import Person
from tests.browser.worker import running_worker
from tests.compliance.closing.stage import fill
from tests.factories.inbox import make_account
from tests.factories.tenants import make_member, make_user

pytestmark = pytest.mark.browser

HOME = "/w/acme/admin/compliance/branderasure/"
HOLDS = "/w/acme/north/admin/compliance/legalhold/"


@pytest.fixture
def worker(committed: None, test_database: str, tmp_path: Path) -> Iterator[None]:
    with running_worker(test_database, tmp_path / "worker.log"):
        yield


@pytest.fixture
def omar(acme: Agency) -> User:
    """A second administrator of acme."""
    user = make_user("omar")
    make_member(user, acme, "admin")
    return user


def verify(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """As somebody without Engage: the shipped checker, no packages, no environment."""
    key = folder / "key.pem"
    key.write_text(public_key_text(signing_key()))
    program = str(ROOT / "compliance" / "verify_brand.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", program, str(path), "--key", str(key)],
        capture_output=True, text=True, check=False, env={}, cwd=folder,
    )  # fmt: skip


def freeze(owner: Person) -> None:
    """Frozen, seen by everybody who works there, then deaf."""
    owner.open(HOME)
    owner.press("North")
    owner.fill("#freeze-reason", "The contract ends")
    owner.press("Freeze the brand")
    owner.reads("Frozen. Nothing leaves any more.")
    owner.checked()
    place = owner.page.url
    owner.open("/w/acme/north/admin/inbox/conversation/")
    owner.page.locator(".stop-banner", has_text="The contract ends").wait_for()
    owner.page.goto(place)
    owner.reads("Messages still come in: stop the intake.")
    owner.fill("#intake-reason", "The contract ends")
    owner.press("Stop the intake")
    owner.reads("Stopped. What still arrives is answered and dropped.")


def hand_over(owner: Person, folder: Path) -> None:
    """The archive made by the worker, taken and checked without Engage."""
    owner.fill("#archive-reason", "Handing over to the controller")
    owner.press("Make an archive")
    owner.reads("The archive is being made.")
    place = owner.page.url
    owner.page.locator(".progress-list a").first.click()
    owner.page.get_by_role("button", name="Download").wait_for()
    state = owner.page.request.get(f"{owner.page.url}?part=state").json()
    assert state["has_ended"]
    assert state["done"] == state["total"] > 30
    owner.checked()
    archive = owner.takes("Download (", folder / "north.zip")
    checked = verify(archive, folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "GENUINE: nothing was changed" in checked.stdout
    broken = folder / "broken.zip"
    broken.write_bytes(archive.read_bytes().replace(b"inbox.message", b"inbox.massage"))
    assert verify(broken, folder).returncode == 1
    owner.page.goto(place)


def test_a_brand_ends_by_two_people(
    worker: None, seat: Callable[..., Person], north: Brand, olga: User, omar: User, aud: User,
    tmp_path: Path,
) -> None:  # fmt: skip
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        fill(north, make_account(north, "facebook", "5551"), messages=30)
    owner, second, officer = seat(olga), seat(omar), seat(aud)
    freeze(owner)
    hand_over(owner, tmp_path)
    owner.fill("#erase-reason", "The contract ends")
    owner.fill("#erase-slug", "nord")
    owner.press("Ask for the erasure")
    owner.reads("Type the brand's address “north” exactly.")
    owner.fill("#erase-reason", "The contract ends")
    owner.fill("#erase-slug", "north")
    owner.press("Ask for the erasure")
    owner.reads("You asked for it: somebody else who may close brands must confirm.")
    owner.checked()
    assert owner.page.get_by_role("button", name="Confirm and erase").count() == 0

    with own_scope(own_brand(north.agency).pk):
        erasure = BrandErasure.objects.get()
    status, text = owner.posts(f"{HOME}{erasure.pk}/confirm/", slug="north")
    assert (status, "not the one who asked for it" in text) == (200, True)

    officer.open(f"{HOLDS}add/")
    officer.fill("#reason", "Lawsuit 12 C 34/26")
    officer.press("Place the hold")
    hold = officer.page.url
    second.open(f"{HOME}brand/{north.pk}/")
    second.reads("Lawsuit 12 C 34/26")
    second.fill("#confirm-slug", "north")
    second.press("Confirm and erase")
    second.page.locator("main").get_by_text("A legal hold stands since").first.wait_for()
    with own_scope(own_brand(north.agency).pk):
        assert BrandErasure.objects.get().state == "requested"
    officer.page.goto(hold)
    officer.fill("#reason", "The case is closed")
    officer.press("Release the hold")
    officer.reads("Released.")

    second.open(f"{HOME}brand/{north.pk}/")
    second.checked()
    second.fill("#confirm-slug", "north")
    second.press("Confirm and erase")
    second.reads("Confirmed. The brand is being erased.")
    second.page.get_by_role("heading", name="Certificate of erasure").wait_for()
    second.checked()
    certificate = second.takes("Download the signed certificate", tmp_path / "north.json")
    told = json.loads(json.loads(certificate.read_text())["certificate"])
    assert [told[by]["name"] for by in ("requested", "confirmed")] == ["Olga", "Omar"]
    assert verify(certificate, tmp_path).returncode == 0

    assert owner.open("/w/acme/north/admin/") == 404
    assert owner.open(HOME) == 200
    owner.reads("Closed")
    with brand_scope(north.pk):
        assert not Message.objects.exists()
    for person in (owner, second, officer):
        person.complaints = [c for c in person.complaints if "404" not in c]
        assert person.complaints == []
