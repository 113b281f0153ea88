"""A wronged author, and somebody with fresh eyes."""

import re

from tests.walk.reach import sticks_out
from tests.walk.stage import PHONE, Stage

PLEA = "Das war als Witz unter Freunden gemeint, ich verkaufe nichts."
VERDICT = "Sie haben recht: Der Kommentar wirbt für nichts. Bitte entschuldigen Sie."
LINK = re.compile(r"https?://\S+/appeals/[^/\s]+/")


def author_appeals(stage: Stage) -> None:
    """The link from the statement of reasons, on a phone, in German, without an account."""
    spam = stage.sandbox.comment(stage.found["spam"])
    statement = stage.until(
        lambda: next(
            (
                m["text"]
                for m in stage.sent_to(spam["author_id"])
                if m["comment_id"] == spam["comment_id"]
            ),
            "",
        ),
        "the author has the statement of reasons",
    )
    link = LINK.search(statement)
    assert link is not None, f"no link in: {statement}"
    assert "nicht mehr sichtbar" in statement, statement
    page = stage.context(viewport=PHONE, locale="de-DE", has_touch=True).new_page()
    stage.page = page
    page.goto(link[0])
    assert page.locator("html").get_attribute("lang") == "de"
    assert spam["text"] in page.locator("blockquote").inner_text()
    assert sticks_out(page) == 0
    stage.shot("appeal-form-phone", is_full=True)
    page.fill("#text", PLEA)
    page.locator("button[type=submit]").click()
    page.wait_for_selector("[role=status]")

    assert "Wir haben Ihren Einspruch erhalten" in page.locator("[role=status]").inner_text()
    assert page.context.cookies() == []
    assert sticks_out(page) == 0
    stage.shot("appeal-received-phone", is_full=True)
    stage.people["author"] = page


def other_person_overturns(stage: Stage) -> None:
    """The moderator, in German: reads, overturns, answers; all is as before, and said so."""
    page = stage.sign_in("mo")
    page.locator(".side-nav a", has_text="Einsprüche").click()
    page.wait_for_url("**/moderation/appeal/")
    stage.shot("appeals")
    page.locator("#result_list tr", has_text=PLEA).locator("a").first.click()
    page.wait_for_url("**/change/**")
    assert page.locator(".timeline blockquote", has_text=PLEA).count() == 1
    stage.found["appeal"] = page.url.partition("/admin/")[2]
    stage.shot("appeal", is_full=True)
    page.fill("#answer", VERDICT)
    page.locator("button[name=outcome][value=overturned]").click()
    page.wait_for_selector(".timeline li:has(blockquote) >> text=Bitte entschuldigen Sie")

    assert page.locator("#answer").count() == 0
    spam_id = stage.found["spam"]
    stage.until(
        lambda: not stage.sandbox.comment(spam_id)["is_hidden"], "the comment is shown again"
    )
    told = stage.until(
        lambda: [c for c in stage.sandbox.state()["comments"] if c["parent_id"] == spam_id],
        "the author is told under the comment",
    )
    assert [c["author_id"] for c in told] == [stage.account_id("facebook")]
    stage.shot("appeal-overturned", is_full=True)


def author_reads_the_answer(stage: Stage) -> None:
    """The same link now tells how it ended."""
    page = stage.page = stage.people["author"]
    page.reload()

    assert "Die Entscheidung wurde aufgehoben" in page.locator("[role=status]").inner_text()
    assert page.get_by_text(VERDICT).count() == 1
    assert page.locator("form").count() == 0
    assert sticks_out(page) == 0
    stage.shot("appeal-answered-phone", is_full=True)
