"""Daily work by keyboard, and the same without script."""

from contextlib import nullcontext
from typing import Any

import pytest

from inbox.models import Message, OutboxItem
from moderation.models import Case, Decision
from tenants.models import Brand, User
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
    place.page.keyboard.type("sou")
    place.page.locator("#places-hits a", has_text="South").wait_for()
    place.page.locator("#places-hits a", has_text="North").wait_for(state="detached")
    place.page.keyboard.press("Enter")
    place.page.wait_for_url("**/w/acme/south/admin/")
    assert place.complaints == []


def test_the_switcher_keeps_the_screen(open_place: Any) -> None:
    place: Place = open_place()
    place.open("moderation/decision/")
    place.page.keyboard.press("g")
    place.page.keyboard.press("b")
    place.page.locator("#places-hits a", has_text="South").click()
    place.page.wait_for_url("**/w/acme/south/admin/moderation/decision/")


def test_two_inputs_and_a_reason_stop_sending(open_place: Any, north: Brand) -> None:
    place: Place = open_place()
    place.open("inbox/contact/")
    place.page.keyboard.press("g")
    place.page.keyboard.press("!")
    place.page.locator("#stop[open] #stop-reason").wait_for()
    place.page.keyboard.type("Wrong price")
    place.page.keyboard.press("Enter")
    place.page.get_by_text("Sending is stopped for North.").wait_for()
    assert "/inbox/contact/" in place.page.url
    north.refresh_from_db()
    assert north.sending_stopped_reason == "Wrong price"
    assert place.complaints == []


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
    place.page.keyboard.press("a")
    place.page.locator(".case-done").nth(0).wait_for()
    place.page.keyboard.press("a")
    place.page.locator(".case-done").nth(1).wait_for()
    for _turn in range(100):
        with brand_scope(north.pk):
            if not Case.objects.filter(state="open").exists():
                break
        place.page.wait_for_timeout(100)
    with brand_scope(north.pk):
        made = Decision.objects.exclude(pk=place.ids["decision"]).order_by("decided_at")
        actions = list(made.values_list("action", flat=True))
        assert actions == ["hide", "restore", "approve", "approve"]
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


@pytest.mark.parametrize(
    ("mode", "plain", "with_alt"), [("on", 1, 0), ("alt", 0, 1), ("off", 0, 0)]
)
def test_letters_act_as_the_person_wants(
    open_place: Any, olga: User, mode: str, plain: int, with_alt: int
) -> None:
    """WCAG 2.1.4: alone, with Alt or not at all; kept on the person, not in the browser."""
    place: Place = open_place()
    place.open("inbox/conversation/")
    place.page.locator("[data-keys-open]").click()
    with place.page.expect_response("**/my-settings/") if mode != "on" else nullcontext():
        place.page.locator("[data-keys-mode]").select_option(mode)
    place.page.keyboard.press("Escape")
    olga.refresh_from_db()
    assert olga.single_keys == mode
    for keys, moved in (("j", plain), ("Alt+j", with_alt)):
        place.open("inbox/conversation/")
        place.page.keyboard.press(keys)
        assert place.page.locator(".conv-at").count() == moved, keys


def test_the_session_warns_and_goes_on(open_place: Any) -> None:
    place: Place = open_place()
    place.open("inbox/contact/")
    ends_at = int(place.page.evaluate("document.body.dataset.sessionEnds"))
    place.page.clock.install(time=(ends_at - 121_000) / 1000)
    place.open("inbox/contact/")
    place.page.clock.run_for(2_000)
    place.page.locator("#session[open]").wait_for()
    place.page.get_by_role("button", name="Stay signed in").click()
    place.page.locator("#session[open]").wait_for(state="detached")
    assert place.complaints == []


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
