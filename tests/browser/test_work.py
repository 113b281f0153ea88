"""Daily work by keyboard, and the same without script."""

from typing import Any

import pytest

from inbox.models import Message, OutboxItem
from moderation.models import Case, Decision
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.browser.conftest import Place

pytestmark = pytest.mark.browser


def _focused(place: Place) -> str:
    return str(place.page.evaluate("document.activeElement.textContent.trim()"))


def test_two_tabs_lead_to_the_workspaces(open_place: Any) -> None:
    place: Place = open_place()
    place.open("")
    place.page.keyboard.press("Tab")
    assert _focused(place) == "Skip to content"
    place.page.keyboard.press("Tab")
    assert "North" in _focused(place)
    place.page.keyboard.press("Enter")
    place.page.locator(".switcher a", has_text="South").press("Enter")
    place.page.wait_for_url("**/w/acme/south/admin/")


def test_the_palette_opens_a_screen(open_place: Any) -> None:
    place: Place = open_place()
    place.open("")
    place.page.keyboard.press("Control+k")
    place.page.keyboard.type("queue")
    place.page.wait_for_selector("#palette-hits a")
    place.page.keyboard.press("Enter")
    place.page.wait_for_url("**/moderation/case/")
    assert place.complaints == []


def test_one_key_decides_and_one_takes_back(open_place: Any, north: Brand) -> None:
    place: Place = open_place()
    place.open("moderation/case/")
    place.page.keyboard.press("h")
    place.page.wait_for_selector(".toast button")
    place.page.keyboard.press("u")
    place.page.locator(".toast", has_text="again").wait_for()
    place.page.keyboard.press("j")
    place.page.keyboard.press("a")
    place.page.locator(".case-done").nth(1).wait_for()
    place.page.wait_for_timeout(300)
    with brand_scope(north.pk):
        made = Decision.objects.exclude(pk=place.ids["decision"]).order_by("decided_at")
        assert list(made.values_list("action", flat=True)) == ["hide", "restore", "approve"]
        assert not Case.objects.filter(state="open").exists()
    assert place.complaints == []


def test_a_template_is_chosen_and_sent_by_keyboard(open_place: Any, north: Brand) -> None:
    place: Place = open_place()
    place.open(f"inbox/conversation/{place.ids['first']}/change/")
    place.page.keyboard.press("r")
    place.page.keyboard.type("/ho")
    place.page.wait_for_selector("#templates li[aria-selected=true]")
    place.page.keyboard.press("Enter")
    place.page.keyboard.press("Control+Enter")
    place.page.wait_for_selector(".msg-waiting")
    with brand_scope(north.pk):
        assert OutboxItem.objects.get(action="message").text == "Wir sind von 9 bis 17 Uhr da."
    assert place.complaints == []


def test_a_comment_is_answered_privately_without_a_page_load(open_place: Any, north: Brand) -> None:
    place: Place = open_place()
    place.open(f"inbox/conversation/{place.ids['second']}/change/")
    place.page.check("input[value=private_reply]")
    place.page.fill("#reply-text", "Bitte melden Sie sich.")
    place.page.keyboard.press("Control+Enter")
    place.page.wait_for_selector(".toast")
    with brand_scope(north.pk):
        assert OutboxItem.objects.get(text="Bitte melden Sie sich.").action == "private_reply"
    assert place.complaints == []


def test_keys_lead_through_the_list_and_back(open_place: Any) -> None:
    place: Place = open_place()
    place.open("inbox/conversation/")
    place.page.keyboard.press("j")
    place.page.keyboard.press("j")
    place.page.keyboard.press("Enter")
    place.page.wait_for_url(f"**/{place.ids['second']}/change/**")
    place.page.wait_for_timeout(200)
    place.page.keyboard.press("?")
    assert place.page.locator("#keys[open]").is_visible()
    place.page.keyboard.press("Escape")
    place.page.keyboard.press("Escape")
    place.page.wait_for_url("**/inbox/conversation/?tab=open")


def test_single_keys_can_be_switched_off(open_place: Any) -> None:
    """WCAG 2.1.4."""
    place: Place = open_place()
    place.open("inbox/conversation/")
    place.page.keyboard.press("?")
    place.page.locator("[data-keys-switch]").uncheck()
    place.page.keyboard.press("Escape")
    place.page.keyboard.press("j")
    assert place.page.locator(".conv-at").count() == 0


def test_without_script_people_read_answer_and_decide(open_place: Any, north: Brand) -> None:
    place: Place = open_place(java_script_enabled=False)
    place.open(f"inbox/conversation/{place.ids['first']}/change/")
    assert place.page.get_by_text("Wo bleibt mein Paket?").first.is_visible()
    place.page.fill("#reply-text", "Morgen.")
    place.page.locator("#reply-form button", has_text="Send").last.click()
    assert place.page.get_by_text("Your reply is on its way.").is_visible()
    place.page.locator(".note-pane > summary").click()
    place.page.fill("#note-text", "Bitte nachfassen")
    place.page.get_by_role("button", name="Save note").click()
    place.open("moderation/case/")
    place.page.get_by_role("button", name="Escalate").first.click()
    assert place.page.get_by_text("Escalated.").is_visible()
    with brand_scope(north.pk):
        assert OutboxItem.objects.filter(text="Morgen.").exists()
        assert Message.objects.filter(direction="note", text="Bitte nachfassen").exists()
        assert Decision.objects.filter(action="escalate").exists()
