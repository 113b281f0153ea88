"""For everybody: German, dark, on a phone, with a screen reader; and for nobody else."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

from tests.walk.stage import PHONE, Stage

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Headings, names and labels so narrow that their words stand letter below letter.
SQUEEZED = """() => [...document.querySelectorAll("h1, h2, h3, summary, label, .button, .chip")]
  .filter((el) => {
    const box = el.getBoundingClientRect();
    const text = el.textContent.trim();
    return el.checkVisibility() && text.length > 5 && box.width > 0 && box.width < 40
      && box.height > 2 * box.width;
  }).map((el) => el.textContent.trim().slice(0, 40))"""
GRAVE = {"serious", "critical"}


def sticks_out(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, int(over))


def _screens(stage: Stage) -> list[tuple[str, str, str]]:
    """(who, name, path) of the main screens."""
    conversation = stage.found["conversation"]
    return [
        ("ada", "today", ""),
        ("ada", "inbox", "inbox/conversation/"),
        ("ada", "conversation", conversation),
        ("ada", "queue", "moderation/case/"),
        ("ada", "held", "inbox/outboxitem/"),
        ("mo", "appeals", "moderation/appeal/"),
        ("mo", "appeal", stage.found["appeal"]),
        ("aud", "audit", "compliance/auditevent/"),
        ("aud", "export", "compliance/auditexport/request/"),
        ("aud", "consents", "compliance/consent/"),
    ]


def speaks_german(stage: Stage) -> None:
    """The switch in the person's menu; kept on the next page too."""
    page = stage.open(stage.people["ada"])
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator(".usermenu > summary").click()
    page.locator(".languages button[value=de]").click()
    page.wait_for_selector("html[lang=de]")

    assert page.locator("h1").inner_text().strip() == "Heute"
    stage.open(page, "inbox/conversation/")
    assert page.locator("h1").inner_text().strip() == "Posteingang"
    stage.shot("german")


def goes_dark(stage: Stage) -> None:
    """The button in the person's menu; kept on the next page too."""
    page = stage.open(stage.people["ada"])
    page.locator(".usermenu > summary").click()
    page.locator("button[data-theme=dark]").click()
    page.wait_for_selector("html.dark")
    stage.shot("dark-today")
    stage.open(page, "moderation/case/")

    assert "dark" in (page.locator("html").get_attribute("class") or "").split()
    assert _brightness(page) < 60
    stage.shot("dark-queue")
    page.locator(".usermenu > summary").click()
    page.locator("button[data-theme=light]").click()
    page.wait_for_selector("html.light")
    assert _brightness(page) > 200


def _brightness(page: Page) -> float:
    """0 to 255, of the first background that is not transparent under the middle of the page."""
    colour = page.evaluate(
        """() => {
          let el = document.querySelector("main");
          const of = (e) => getComputedStyle(e).backgroundColor;
          while (el.parentElement && /, 0\\)$|transparent/.test(of(el))) el = el.parentElement;
          const canvas = document.createElement("canvas").getContext("2d");
          canvas.fillStyle = of(el);
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
    )
    return sum(colour) / 3


def fits_a_phone(stage: Stage) -> None:
    """Nothing sticks out at 390 pixels, and no word is broken into a column of letters."""
    wide, squeezed = {}, []
    pages = {
        who: stage.again(who, viewport=PHONE, has_touch=True).new_page()
        for who in ("ada", "mo", "aud")
    }
    for who, name, path in _screens(stage):
        page = stage.open(pages[who], path)
        stage.shot(f"phone-{name}")
        over = sticks_out(page)
        if over:
            wide[name] = over
        squeezed += [f"{name}: {text}" for text in page.evaluate(SQUEEZED)]
    for page in pages.values():
        page.context.close()
    assert wide == {}, f"pixels too wide: {wide}"
    stage.told += [f"squeezed on a phone: {found}" for found in squeezed]
    assert squeezed == [], f"squeezed: {squeezed}"


def reads_well(stage: Stage) -> None:
    """axe finds nothing serious on the main screens, light and dark. Everything is told."""
    found: list[tuple[str, dict[str, Any]]] = []
    pages = {who: stage.again(who, color_scheme="light").new_page() for who in ("ada", "mo", "aud")}
    for who, name, path in _screens(stage):
        page = stage.open(pages[who], path)
        page.emulate_media(color_scheme="light")
        found += [(f"{name} light", one) for one in _violations(page, ALL)]
        # The dark page differs in nothing but its colours.
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("html.dark")
        found += [(f"{name} dark", one) for one in _violations(page, COLOURS)]
    for page in pages.values():
        page.context.close()
    stage.page = stage.people["author"]
    found += [("author's page", one) for one in _violations(stage.page, ALL)]
    for where, one in found:
        targets = "; ".join(str(node["target"]) for node in one["nodes"][:3])
        stage.told.append(f"axe {one['impact']}: {where}: {one['id']} {targets}"[:200])
    if not found:
        stage.told.append("axe: no violations")
    grave = [f"{where}: {one['id']}" for where, one in found if one["impact"] in GRAVE]
    assert grave == [], f"axe: {grave}"


def _violations(page: Page, what: dict[str, Any]) -> list[dict[str, Any]]:
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(
        "(what) => axe.run(document, {runOnly: what, resultTypes: ['violations']})", what
    )
    return list(result["violations"])


def hides_from_strangers(stage: Stage) -> None:
    """A workspace of another agency and one of its conversations: as if they were not there."""
    page = stage.sign_in("gus")
    assert page.url == stage.address(workspace="globex/main")
    with stage.expecting(404):
        for path in ("", stage.found["conversation"]):
            answer = page.goto(stage.address(path))
            assert answer is not None
            assert answer.status == 404
            assert page.locator("h1").inner_text().strip() == "There is nothing here"
        stage.shot("foreign-workspace")
        page.wait_for_timeout(200)
