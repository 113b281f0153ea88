"""Daily work: Today, the inbox, an answer, two comments hidden."""

from playwright.sync_api import Page

from tests.walk.stage import Missed, Stage

QUESTION = "Ist der Schlafsack Polar wieder auf Lager? Ich würde gern zwei bestellen."
ANSWER = "Ja, der Polar ist wieder da. Der Black-Week-Rabatt gilt auch für ihn."
SPAM = "Folgt mir zurück Leute, Link in meiner Bio!"
INSULT = "Ihr seid doch alles Vollidioten, 400 Euro für ein Stück Plastik"
WHY = "Kritik am Preis ist willkommen, Beschimpfungen sind es nicht."


def sees_today(stage: Stage) -> None:
    """The community manager signs in and sees what waits."""
    page = stage.sign_in("ada")

    assert page.url == stage.address()
    assert page.locator("h1").inner_text().strip() == "Today"
    values = {
        tile.get_attribute("id"): int(tile.locator(".tile-value").inner_text())
        for tile in page.locator(".tile a").all()
    }
    empty = [name for name in ("open", "cases", "appeals") if values.get(f"tile-{name}", 0) < 1]
    assert not empty, f"nothing waits in {empty}: {values}"
    stage.shot("today")


def answers_a_question(stage: Stage) -> None:
    """By keyboard alone: find, open, r, type, Ctrl+Enter; the network has it, the page knows."""
    page = stage.people["ada"]
    page.locator(".side-nav a", has_text="Inbox").click()
    page.wait_for_url("**/inbox/conversation/")
    assert page.locator(".conv").count() >= 10
    stage.shot("inbox")
    page.fill("#desk-q", "Polar")
    page.press("#desk-q", "Enter")
    page.wait_for_url("**q=Polar**")
    assert page.locator(".conv").count() == 1
    page.locator("h1").click()  # out of the search field, as Escape would
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/**")
    page.wait_for_load_state("load")
    assert page.locator(".msg-in .msg-text", has_text=QUESTION).count() == 1
    page.keyboard.press("r")
    page.keyboard.type(ANSWER)
    _without_search(stage, page)
    page.keyboard.press("Control+Enter")

    sent = stage.until(lambda: _outgoing(stage, ANSWER), "the network has the answer")
    assert len(sent) == 1
    # Nothing is loaded anew: the desk asks for news by itself.
    receipt = page.locator(".msg-out:not(.msg-waiting)", has_text=ANSWER).locator("footer .chip")
    stage.until(
        lambda: receipt.count() == 1 and receipt.inner_text() in {"Delivered", "Read"},
        "the answer shows its receipt",
    )
    assert page.locator(".msg-out", has_text=ANSWER).count() == 1
    stage.shot("answered")


def _without_search(stage: Stage, page: Page) -> None:
    """The README shows the answer being written, beside the whole list; the draft survives."""
    stage.found["conversation"] = page.url.partition("/admin/")[2].partition("?")[0]
    stage.open(page, stage.found["conversation"])
    page.keyboard.press("r")
    assert page.input_value("#reply-text") == ANSWER
    stage.picture("inbox")
    stage.shot("conversation")


def _outgoing(stage: Stage, text: str) -> list[str]:
    messages = stage.sandbox.state()["messages"]
    return [m["message_id"] for m in messages if m["direction"] == "out" and m["text"] == text]


def hides_spam_by_key(stage: Stage) -> None:
    """In the queue: j until the spam is reached, h; it is gone from the public."""
    page = stage.people["ada"]
    page.locator(".side-nav a", has_text="Moderation queue").click()
    page.wait_for_url("**/moderation/case/")
    page.wait_for_selector(".case-at")
    stage.picture("queue")
    stage.shot("queue")
    count = page.locator(".case").count()
    comment = _comment(stage, SPAM)
    assert not comment["is_hidden"]
    for _step in range(count):
        if SPAM in page.locator(".case-at .case-text").inner_text():
            break
        page.keyboard.press("j")
    else:
        raise Missed(f"the spam is not among the {count} cases")
    page.keyboard.press("h")
    if page.locator("#rule-menu[open]").count():
        page.keyboard.press("Enter")  # the first rule is the case's own

    page.wait_for_selector(".toast")
    assert "appeal" in page.locator(".toast").inner_text()
    stage.until(lambda: _comment(stage, SPAM)["is_hidden"], "the network hides the spam")
    stage.shot("queue-hidden")
    page.reload()
    assert page.locator(".case").count() == count - 1
    assert page.locator(".case-text", has_text=SPAM).count() == 0
    stage.found["spam"] = str(comment["comment_id"])


def hides_an_insult_with_a_reason(stage: Stage) -> None:
    """From its conversation: which rule, which reason; its case leaves the queue."""
    page = stage.people["ada"]
    stage.open(page, "moderation/case/")
    page.locator(".case", has_text=INSULT).locator(".case-by a").click()
    page.wait_for_url("**/inbox/conversation/**/change/**")
    page.locator("article.msg-in", has_text=INSULT).get_by_role("link", name="Hide…").click()
    page.wait_for_url("**/moderation/case/hide/**")
    page.select_option("#category", "insult")
    page.fill("#reason", WHY)
    stage.shot("hide-with-reason")
    page.get_by_role("button", name="Hide the comment").click()
    page.wait_for_url("**/inbox/conversation/**/change/**")

    stage.until(lambda: _comment(stage, INSULT)["is_hidden"], "the network hides the insult")
    page.reload()
    assert page.locator("article", has_text=INSULT).get_by_text("Hidden from the public").count()
    stage.shot("hidden-in-conversation")
    stage.open(page, "moderation/case/")
    assert page.locator(".case-text", has_text=INSULT).count() == 0


def _comment(stage: Stage, text: str) -> dict[str, object]:
    found = [c for c in stage.sandbox.state()["comments"] if c["text"] == text]
    assert len(found) == 1, f"{len(found)} comments say {text!r}"
    one: dict[str, object] = found[0]
    return one
