"""One person asks for their data and then for their erasure, in German, with two colleagues.

From the public form without script to the package in the person's hands and the certificate.
Requirement C6. Buttons are found by what they do, so the words may change.
"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from compliance.domain.requests.job import run_request
from compliance.models import DataRequest
from inbox.models import Message
from tenants.domain.post import deliver_due
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.browser.people import AXE, TAGS, Person
from tests.compliance.requests.stage import LENA_MAIL, Stage, build, code_in, link_in, mails
from tests.factories.tenants import make_member, make_user

pytestmark = pytest.mark.browser

LIST = "/w/acme/north/admin/compliance/datarequest/"
PHONE = {"viewport": {"width": 390, "height": 800}, "locale": "de-DE"}


@pytest.fixture
def omar(acme: Agency) -> User:
    """A second administrator of acme."""
    user = make_user("omar", language="de")
    make_member(user, acme, "admin")
    return user


@pytest.fixture
def stage(north: Brand, olga: User, omar: User, tmp_path: Path, settings: Any) -> Stage:
    settings.DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()
    User.objects.filter(pk=olga.pk).update(language="de")
    olga.refresh_from_db()
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        return build(north, olga=olga, omar=omar)


class Lena:
    """The person outside, on a phone without script."""

    def __init__(self, base: str, chromium: Any) -> None:
        self.base = base
        self.context = chromium.new_context(**PHONE, java_script_enabled=False)
        self.page = self.context.new_page()

    def asks(self, kind: str) -> None:
        self.page.goto(f"{self.base}/privacy/acme/north/")
        assert self.page.locator("html").get_attribute("lang") == "de"
        self.page.select_option("#kind", kind)
        self.page.fill("#name", "Lena Beispiel")
        self.page.fill("#email", LENA_MAIL)
        self.page.fill("#details", "WhatsApp")
        self.sends("form[method=post] button[type=submit]")
        self.page.locator("[role=status]").wait_for()

    def shows_who_it_is(self) -> None:
        _to, _subject, text = mails()[-1]
        self.page.goto(self.base + link_in(text))
        self.page.fill("#code", "000")
        self.sends("form:has(#code) button")
        self.page.locator(".problem").wait_for()
        self.page.fill("#code", code_in(text))
        self.sends("form:has(#code) button")
        assert self.page.locator("#code").count() == 0

    def sends(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()


def act(person: Person, name: str, **fields: str) -> None:
    """Fill the form of one act and send it."""
    form = person.page.locator(f"form[action$='/{name}/']").first
    for field, value in fields.items():
        form.locator(f"[name={field}]").fill(value)
    with person.page.expect_navigation():
        form.locator("button").first.click()
    person.page.wait_for_load_state("load")


def work(stage: Stage) -> DataRequest:
    """What a worker does with the newest case."""
    with stage.scope():
        case = stage.newest()
    run_request(case.pk, brand_id=stage.brand.pk)
    with stage.scope():
        return stage.fresh(case)


def to_review(officer: Person, stage: Stage) -> None:
    """From the list, one press away from everywhere, to what was found."""
    officer.open("/w/acme/north/admin/")
    officer.page.locator(f".side-nav a[href='{LIST}']").first.click()
    officer.page.wait_for_url(f"**{LIST}")
    officer.checked()
    officer.page.locator("table.rows th a").first.click()
    officer.page.wait_for_load_state("load")
    officer.page.locator(f"input[name=contact][value='{stage.contact.pk}']").check()
    act(officer, "contacts")
    act(officer, "instruct", by="Frau Nord", instruction="Brief vom 20. November")
    officer.checked()
    act(officer, "collect")
    work(stage)
    officer.page.reload()
    officer.page.locator("#found").wait_for()
    officer.checked()


def test_access_and_then_erasure(
    seat: Callable[..., Person], web: str, chromium: Any, stage: Stage, tmp_path: Path
) -> None:
    officer, second = seat(stage.olga), seat(stage.omar)
    lena = Lena(web, chromium)

    # Access: the form, the code, the review with what is about others, the package.
    lena.asks("access")
    lena.shows_who_it_is()
    to_review(officer, stage)
    officer.page.locator("#passages").wait_for()
    while officer.page.locator(".passage .chip-warn").count():
        with officer.page.expect_navigation():
            officer.page.keyboard.press("a")
        officer.page.wait_for_load_state("load")
    act(officer, "review")
    act(officer, "release")
    work(stage)
    officer.page.reload()
    act(officer, "close")
    _to, _subject, text = mails()[-1]
    lena.page.goto(web + link_in(text))
    lena.sends("form:has([value=send]) button")
    lena.page.fill("#code", code_in(mails()[-1][2]))
    with lena.page.expect_download() as download:
        lena.page.locator("form:has(#code) button").click()
    download.value.save_as(tmp_path / "lena.zip")
    package = zipfile.ZipFile(tmp_path / "lena.zip")
    said = [row["text"] for row in json.loads(package.read("data/inbox.message.json"))]
    assert any("ich bin Lena Beispiel" in text for text in said)
    assert not any("Kurt Fremd" in text for text in said)
    deliver_due()

    # Erasure: the reviewer cannot release it, the second person can.
    lena.asks("erasure")
    lena.shows_who_it_is()
    deliver_due()
    to_review(officer, stage)
    act(officer, "review")
    assert officer.page.locator("form[action$='/release/']").count() == 0
    second.open(officer.page.url.removeprefix(web))
    second.page.locator("form[action$='/release/'] [name=seen]").check()
    act(second, "release")
    case = work(stage)
    assert case.state == "fulfilled", case.failure
    with stage.scope():
        assert not Message.objects.filter(text__contains="Lena").exists()
        assert Message.objects.filter(text="Von jemand anderem").exists()
    officer.page.reload()
    officer.checked()
    act(officer, "close")
    _to, _subject, text = mails()[-1]
    lena.page.goto(web + link_in(text))
    with lena.page.expect_download() as download:
        lena.page.locator("a[href*='as=certificate']").click()
    download.value.save_as(tmp_path / "certificate.pdf")
    assert (tmp_path / "certificate.pdf").read_bytes()[:5] == b"%PDF-"
    assert [officer.complaints, second.complaints] == [[], []]


def test_the_public_form_is_accessible(web: str, chromium: Any, stage: Stage) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(**PHONE, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(f"{web}/privacy/acme/north/")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.evaluate(AXE)
        found = page.evaluate(
            "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        assert over <= 0
        assert [one["id"] for one in found["violations"]] == []
