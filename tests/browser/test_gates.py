"""The gates of every screen: the browser silent, axe content, all reached by keyboard. G7-G11."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from tests.browser.conftest import Place

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
UNREACHED = """() => [...document.querySelectorAll('*')].filter((el) =>
  [...el.attributes].some((a) => /^(x-on:click|@click)(\\.prevent)?$/.test(a.name)) &&
  el.id !== 'changelist-filter-close' &&
  !el.matches('a[href],button,input,select,textarea,summary,[tabindex]:not([tabindex="-1"])')
).map((el) => el.outerHTML.slice(0, 120))"""
SCREENS = (
    "",
    "inbox/conversation/",
    "inbox/conversation/{first}/change/",
    "inbox/conversation/{second}/change/",
    "inbox/outboxitem/",
    "inbox/contact/",
    "inbox/contact/{contact}/change/",
    "inbox/answertemplate/{template}/change/",
    "inbox/inboundevent/",
    "inbox/channelaccount/",
    "inbox/channelaccount/sending/",
    "moderation/case/",
    "moderation/decision/",
    "moderation/decision/{decision}/change/",
    "moderation/appeal/",
    "moderation/appeal/{appeal}/change/",
    "moderation/policyrule/",
    "compliance/auditevent/",
    "compliance/auditexport/",
    "compliance/auditexport/request/",
    "compliance/consent/",
    "compliance/fieldchange/",
    "tenants/brand/",
    "tenants/membership/",
    "tenants/apitoken/",
    "password_change/",
)


def _found_by_axe(place: Place) -> list[str]:
    place.page.evaluate(AXE)
    result = place.page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        f"{found['id']} {node['target']} {node['html'][:100]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
def test_every_screen_passes(open_place: Any, options: dict[str, Any]) -> None:
    place: Place = open_place(**options)
    wrong: dict[str, list[str]] = {}
    for screen in SCREENS:
        place.complaints.clear()
        place.open(screen.format(**place.ids))
        found = [
            *place.complaints,
            *_found_by_axe(place),
            *(f"unreached: {html}" for html in place.page.evaluate(UNREACHED)),
        ]
        for selector, count in (("main", 1), ("h1", 1), ("a.skip", 1)):
            if place.page.locator(selector).count() != count:
                found.append(f"not {count} {selector}")
        if found:
            wrong[screen] = found
    assert wrong == {}


def test_on_a_phone_nothing_sticks_out_and_targets_are_large(open_place: Any) -> None:
    place: Place = open_place(viewport={"width": 390, "height": 844})
    wrong: dict[str, int] = {}
    for screen in SCREENS:
        place.open(screen.format(**place.ids))
        over = place.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wrong[screen] = over
    assert wrong == {}
    place.open("moderation/case/")
    for button in place.page.locator(".case-form .row .button").all():
        assert button.bounding_box()["height"] >= 44


def test_the_sign_in_page_passes(web: str, chromium: Any) -> None:
    page = chromium.new_page()
    place = Place(web, page, None)
    page.goto(f"{web}/admin/login/")
    assert _found_by_axe(place) == []
