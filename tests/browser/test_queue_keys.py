"""The queue by keyboard alone: worst first, one key each, taken back, several, two people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count

from inbox.models import OutboxItem
from moderation.domain.queue_settings import change_queue_settings
from moderation.models import Case, Decision, Exposure, Proposal
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.browser.conftest import Place
from tests.browser.people import Person
from tests.factories.inbox import make_message
from tests.factories.moderation import make_case

pytestmark = pytest.mark.browser

QUEUE = "moderation/case/"


@pytest.fixture
def undo_s(settings: Any) -> None:
    settings.MODERATION_UNDO_S = 8


def _fill(place: Place, north: Brand) -> None:
    """Beside the two that are there: three with one text, a threat and a legal claim."""
    with brand_scope(north.pk):
        conversation = Case.objects.earliest("pk").message.conversation
        for _n in range(3):
            make_case(make_message(conversation, "Folgt mir zurück!"), severity=1)
        make_case(make_message(conversation, "Ich finde euch"), category="threat", severity=4)
        make_case(make_message(conversation, "Mein Anwalt"), category="legal_claim", severity=3)


def _until(page: Any, north: Brand, look: Callable[[], bool]) -> None:
    """The server may take its time; the screen has gone on."""
    for _turn in range(100):
        with brand_scope(north.pk):
            if look():
                return
        page.wait_for_timeout(100)
    raise AssertionError("not within ten seconds")


def _at(page: Any) -> Any:
    return page.locator(".case-at")


def _go_to(page: Any, text: str) -> None:
    """By j only, from the top."""
    for _step in range(20):
        page.keyboard.press("k")
    for _step in range(20):
        if text in _at(page).locator(".case-text").inner_text():
            return
        page.keyboard.press("j")
    raise AssertionError(f"{text!r} is not in the queue")


def test_a_queue_is_cleared_by_keyboard(open_place: Any, north: Brand, undo_s: None) -> None:
    place: Place = open_place()
    _fill(place, north)
    place.open(QUEUE)
    page = place.page
    first = _at(page)
    # The worst first, veiled until b, with its context in place.
    assert "Ich finde euch" in first.locator(".case-text").text_content()
    assert "blur" in first.locator(".case-text").evaluate("e => getComputedStyle(e).filter")
    page.keyboard.press("b")
    assert first.locator(".case-text").evaluate("e => getComputedStyle(e).filter") == "none"
    first.locator(".context h3").first.wait_for()
    # Hidden by one key, taken back by one key: the case waits again and nothing left.
    page.keyboard.press("h")
    page.locator(".toast", has_text="seconds").wait_for()
    page.keyboard.press("u")
    page.locator(".toast", has_text="before anybody heard of it").wait_for()
    assert page.locator(".case-done").count() == 0
    with brand_scope(north.pk):
        assert set(OutboxItem.objects.values_list("state", flat=True)) == {"cancelled"}
    # A legal claim only escalates, and says so.
    _go_to(page, "Mein Anwalt")
    page.keyboard.press("h")
    page.locator(".toast-bad", has_text="always escalate").wait_for()
    page.keyboard.press("e")
    page.locator(".toast", has_text="Escalated").wait_for()
    # All with one text: preview, one key.
    _go_to(page, "Folgt mir")
    page.keyboard.press("g")
    page.locator("#several[open] h2", has_text="3 items").wait_for()
    page.keyboard.press("h")
    page.locator(".toast", has_text="3 of 3 decided.").wait_for()
    with brand_scope(north.pk):
        made = Decision.objects.filter(case__message__text="Folgt mir zurück!")
        assert list(made.values_list("action").annotate(Count("pk"))) == [("hide", 3)]
        assert Exposure.objects.filter(severity=4).exists()
    assert place.complaints == []


def test_selected_ones_are_decided_after_a_preview(open_place: Any, north: Brand) -> None:
    place: Place = open_place()
    place.open(QUEUE)
    page = place.page
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("[data-selected]").inner_text() == "2 selected"
    page.keyboard.press("a")
    page.locator("#several[open] h2", has_text="2 items").wait_for()
    page.keyboard.press("Enter")
    page.locator(".toast", has_text="2 of 2 decided.").wait_for()
    with brand_scope(north.pk):
        assert not Case.objects.filter(state="open").exists()
    assert place.complaints == []


def test_two_people_see_each_others_case_and_confirm(
    open_place: Any, seat: Any, north: Brand, ada: User, olga: User
) -> None:
    with brand_scope(north.pk):
        change_queue_settings(
            north, undo_seconds=0, second_person_for=["insult"], pause_after=0, actor=olga
        )
    place: Place = open_place()
    place.open(QUEUE)
    place.page.wait_for_timeout(600)
    person: Person = seat(ada)
    page = person.page
    page.goto(f"{person.base}/w/acme/north/admin/{QUEUE}")
    page.wait_for_load_state("load")
    page.get_by_text("Olga has it open").first.wait_for()
    # The second one stands on a case that is free.
    assert "held" not in (_at(page).get_attribute("class") or "")
    assert _at(page).get_attribute("data-held") is None
    _go_to(place.page, "Vollidioten")
    place.page.keyboard.press("h")
    _until(place.page, north, Proposal.objects.exists)
    page.reload()
    page.wait_for_load_state("load")
    _go_to(page, "Vollidioten")
    page.keyboard.press("h")
    _until(page, north, lambda: Decision.objects.filter(category="insult").exists())
    with brand_scope(north.pk):
        assert Proposal.objects.get().answered_by == ada
        assert Decision.objects.get(action="hide", category="insult").decided_by == ada
    # Who comes to a case that a colleague has just opened is refused; the browser notes that.
    complaints = [*place.complaints, *person.complaints]
    assert [one for one in complaints if "409 (Conflict)" not in one] == []


def test_one_at_a_time_on_a_phone(open_place: Any, north: Brand) -> None:
    place: Place = open_place(viewport={"width": 390, "height": 844})
    place.open(QUEUE)
    page = place.page
    page.get_by_role("button", name="One at a time").click()
    assert page.locator(".case:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for button in page.locator(".case-at .row .button:visible, .zen-bar .button").all():
        assert button.bounding_box()["height"] >= 44
    page.get_by_role("button", name="Next case").click()
    assert page.locator(".case:visible").count() == 1
    page.locator(".case-at button[value=approve]").click()
    page.locator(".toast", has_text="Left visible").wait_for()
    with brand_scope(north.pk):
        assert Decision.objects.filter(action="approve").count() == 1
    assert place.complaints == []


def test_a_key_paints_the_next_case_at_once(open_place: Any, north: Brand, gate: Any) -> None:
    """G1 and G3: one input each, no page load, the next case within 100 ms."""
    place: Place = open_place()
    _fill(place, north)
    place.open(QUEUE)
    page = place.page
    page.evaluate("window.stays = 1")
    times = []
    for _n in range(4):
        times.append(
            page.evaluate(
                """() => new Promise((done) => {
                  const before = document.querySelector(".case-at"), began = performance.now();
                  document.body.dispatchEvent(
                    new KeyboardEvent("keydown", {key: "e", bubbles: true, cancelable: true}));
                  requestAnimationFrame(() => requestAnimationFrame(() =>
                    done(document.querySelector(".case-at") === before
                      ? 9999 : performance.now() - began)));
                })"""
            )
        )
        page.wait_for_timeout(400)
    slow = [f"{ms:.0f} ms" for ms in times if ms > 100]
    gate("G1", "decisions that load a page", [] if page.evaluate("window.stays") else ["e"], of="4")
    gate("G3", "keys after which the next case is late", slow, of="4 keys")
    assert slow == []
    _until(page, north, lambda: Decision.objects.filter(action="escalate").count() == 4)


def test_the_page_stays_small(open_place: Any, north: Brand, gate: Any) -> None:
    """G5: weight and elements of a full page."""
    place: Place = open_place()
    with brand_scope(north.pk):
        conversation = Case.objects.earliest("pk").message.conversation
        for number in range(40):
            make_case(make_message(conversation, f"Text {number} " * 8), category="insult")
    answer = place.context.request.get(f"{place.base}/w/acme/north/admin/{QUEUE}")
    place.open(QUEUE)
    elements = place.page.evaluate("document.querySelectorAll('#queue *').length")
    wrong = [f"{len(answer.body())} bytes"] if len(answer.body()) > 120_000 else []
    wrong += [f"{elements} elements"] if elements > 1500 else []
    gate("G5", "weight of the queue's page", wrong, of="20 rows")
    assert wrong == []
