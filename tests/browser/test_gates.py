"""The gates of every screen, G7 to G13 and G19: pages come from the URL configuration.

One pass per language. Light has every rule of axe; for dark the same page is painted anew and asked
for contrast alone, which is all that colours can break. The phone is the same page made narrow.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import trans_real

from compliance.models import AuditEvent
from tenants.domain.agencies import own_brand
from tenants.models import Brand, User
from tenants.scope import all_brands
from tests.browser.conftest import Place
from tests.browser.furnished import furnish
from tests.browser.pages import PARTS, Route, routes
from tests.engage.admin.test_german import _used as strings_in_code

pytestmark = pytest.mark.browser

HERE, FOREIGN = "Unseres", "Fremdgut"
SCRIPTS = Path(__file__).parent / "checks.js"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Tables that a GET may write, and why.
MAY_WRITE = {
    "compliance_auditdetail": "reading is an event",
    "compliance_auditevent": "reading is an event",
    "compliance_auditpending": "reading is an event",
    "django_session": "the session's own end",
    "engage_cache": "counts requests against floods",
    "tenants_user": "remembers the brand opened last",
}
# Words of our own data that are also words of the product.
DATA_WORDS = {"North", "South", "Acme", "Olga", "Ada", HERE, FOREIGN}

# Names as the ledger and the field history store them: the same for every reader.
CODES = {
    "filters",
    "ground",
    "intent",
    "language",
    "message",
    "name",
    "purpose",
    "reason",
    "severity",
    "shortcut",
    "text",
}
# Texts of a policy in the brand's words.
POLICY_WORDS = {"Community rules of the brand"}


@dataclass
class Found:
    """What was wrong, by gate."""

    axe: list[str] = field(default_factory=list)
    keyboard: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    german: list[str] = field(default_factory=list)
    browser: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    phone: list[str] = field(default_factory=list)


@dataclass
class House:
    """olga in a browser, north and south furnished."""

    place: Place
    north: Brand
    ids: dict[str, Any]
    olga: User

    def get(self, path: str) -> Any:
        return self.place.context.request.get(
            f"{self.place.base}{path}", max_redirects=0, fail_on_status_code=False
        )

    def pages(self, prefix: str) -> Iterator[tuple[Route, str]]:
        """Those that answer olga with a page of HTML."""
        for route in routes(self.north, self.ids):
            answer = self.get(prefix + route.path)
            kind = answer.headers.get("content-type", "")
            if answer.status == 200 and kind.startswith("text/html"):
                yield route, answer.text()


@pytest.fixture
def house(
    web: str, chromium: Any, north: Brand, south: Brand, olga: User, ada: User
) -> Iterator[House]:
    own_brand(north.agency)
    ids = furnish(north, HERE)
    furnish(south, FOREIGN)
    client = Client()
    client.force_login(olga)
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.session.session_key, "url": web}])
    page = context.new_page()
    place = Place(web, page, context, ids)

    def complain(message: Any) -> None:
        if message.type in {"error", "warning"}:
            place.complaints.append(message.text)

    def leave(request: Any) -> None:
        if not request.url.startswith((web, "data:", "blob:")):
            place.complaints.append(f"foreign: {request.url}")

    page.on("console", complain)
    page.on("pageerror", lambda error: place.complaints.append(f"page: {error}"))
    page.on("request", leave)
    yield House(place, north, ids, olga)
    context.close()


def _axe(page: Any, *, only_contrast: bool = False) -> list[str]:
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}}
    if only_contrast:
        options = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    result = page.evaluate("(o) => axe.run(document, {...o, resultTypes: ['violations']})", options)
    return [
        f"{one['id']} {node['target']} {node['html'][:100]}"
        for one in result["violations"]
        for node in one["nodes"]
    ]


def _look(house: House, url: str, found: Found, language: str) -> bool:
    """Whether there is a page of HTML; what is wrong with it goes into ``found``."""
    place, page = house.place, house.place.page
    # Refusals and files are told apart here: a browser takes both for a broken navigation.
    answer = house.get(url)
    if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    place.complaints.clear()
    page.goto(place.base + url)
    page.wait_for_timeout(30)
    name = f"{language} {url}"
    page.evaluate(AXE)
    page.evaluate(SCRIPTS.read_text(encoding="utf-8"))
    found.axe += [f"{name}: {one}" for one in _axe(page)]
    found.keyboard += [f"{name}: {one}" for one in page.evaluate("gates.unreached()")]
    found.covered += [f"{name}: {one}" for one in page.evaluate("gates.covered()")]
    if language == "de":
        found.german += [f"{url}: {one}" for one in page.evaluate("gates.texts()") if _english(one)]
    page.emulate_media(color_scheme="dark")
    if not page.evaluate("gates.dark()"):
        found.browser.append(f"{name}: does not turn dark")
    found.axe += [f"{name} dark: {one}" for one in _axe(page, only_contrast=True)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if over > 0:
        found.phone.append(f"{name}: {over} px")
    page.set_viewport_size({"width": 1440, "height": 900})
    for one in place.complaints:
        (found.foreign if one.startswith("foreign") else found.browser).append(f"{name}: {one}")
    return True


def _english(text: str) -> bool:
    """Whether the page shows a string of ours, Django's or unfold's in its English."""
    if text in DATA_WORDS | CODES | POLICY_WORDS:
        return False
    german = trans_real.translation("de")._catalog.get(text)
    if german is None:
        return text in _OURS
    return bool(german != text)


_OURS = strings_in_code()


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_of_a_brand(house: House, gate: Callable[..., None], language: str) -> None:
    _every_page(house, gate, "/w/acme/north/", language)


def test_every_page_of_an_agency(house: House, gate: Callable[..., None]) -> None:
    """In German, whose words are the longer ones; the templates are those of the brand's pages."""
    _every_page(house, gate, "/w/acme/", "de")


def _every_page(house: House, gate: Callable[..., None], prefix: str, language: str) -> None:
    User.objects.filter(pk=house.olga.pk).update(language=language)
    found = Found()
    asked = [route.path for route in routes(house.north, house.ids) if route.pattern not in PARTS]
    seen = [path for path in asked if _look(house, prefix + path, found, language)]
    of = f"{len(seen)} pages of {prefix} in {language}, light and dark"
    gate("G7", "axe violations (WCAG 2.2 AA)", found.axe, of=of)
    gate("G8", "click targets no key reaches", found.keyboard, of=of)
    gate("G8", "focused elements covered by bars", found.covered, of=of)
    if language == "de":
        gate("G9", "strings shown in English", found.german, of=of)
    gate("G10", "violations of the content policy, script errors", found.browser, of=of)
    gate("G11", "requests to other hosts", found.foreign, of=of)
    gate("G19", "pages wider than a phone of 390 px", found.phone, of=of)
    assert len(seen) > 30
    wrong = {name: ones for name, ones in asdict(found).items() if ones}
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_no_page_shows_another_brand(
    house: House, gate: Callable[..., None], north: Brand, south: Brand
) -> None:
    """Lists, filters, pickers, counts, jobs, palette: none knows south's word in north."""
    shows_own, leaks = 0, []
    probes = [(route.path, html) for route, html in house.pages("/w/acme/north/")]
    for term in (FOREIGN[:-2], FOREIGN[:-2].lower(), "south"):
        for address in (f"admin/search/?s={term}", f"admin/inbox/conversation/?q={term}"):
            probes.append((address, house.get(f"/w/acme/north/{address}").text()))
    for part in ("?part=list", "?part=chip"):
        probes.append((f"jobs/{part}", house.get(f"/w/acme/north/admin/jobs/{part}").text()))
    for path, html in probes:
        shows_own += HERE in html
        if FOREIGN in html or str(south.pk) in html:
            leaks.append(path)
    gate("G12", "pages and answers that show another brand", leaks, of=f"{len(probes)} probes")
    assert shows_own >= 10
    assert FOREIGN in house.get("/w/acme/south/admin/inbox/contact/").text()
    assert leaks == []


def _writes() -> dict[str, int]:
    """Rows written since the start, by table. Connections tell when they close."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
        return dict(cursor.fetchall())


def test_reading_writes_nothing(house: House, gate: Callable[..., None]) -> None:
    """Every route by GET, those of POST among them."""
    house.get("/w/acme/north/admin/")
    connection.close()
    time.sleep(0.5)
    before = _writes()
    asked, began = routes(house.north, house.ids), timezone.now()
    for route in asked:
        house.get(f"/w/acme/north/{route.path}")
        house.get(f"/w/acme/{route.path}")
    time.sleep(0.5)
    after = _writes()
    written = {table for table, count in after.items() if count != before.get(table, 0)}
    wrong = sorted(written - set(MAY_WRITE))
    gate("G13", "tables written by GET", wrong, of=f"{2 * len(asked)} requests")
    assert len(asked) > 100
    assert not wrong, " ".join(wrong)
    with all_brands(reason="tests"):
        kinds = set(AuditEvent.objects.filter(at__gte=began).values_list("kind", flat=True))
    assert kinds
    assert {kind.rpartition(".")[2] for kind in kinds} <= {"read", "listed", "searched", "refused"}


def test_the_write_counter_counts(house: House) -> None:
    connection.close()
    time.sleep(0.5)
    before = _writes()
    token = next(c for c in house.place.context.cookies() if c["name"] == "sessionid")
    assert token
    house.place.page.goto(f"{house.place.base}/w/acme/north/admin/inbox/channelaccount/sending/")
    house.place.page.locator("input[name=reason]").last.fill("Counts")
    house.place.page.locator("input[name=reason]").last.press("Enter")
    house.place.page.wait_for_load_state()
    time.sleep(0.5)
    after = _writes()
    assert after["compliance_auditevent"] > before["compliance_auditevent"]


def test_on_a_phone_targets_are_large(open_place: Any) -> None:
    place: Place = open_place(viewport={"width": 390, "height": 844})
    place.open("moderation/case/")
    for button in place.page.locator(".case-form .row .button, .top a, .top button").all():
        if button.is_visible():
            assert button.bounding_box()["height"] >= 44
