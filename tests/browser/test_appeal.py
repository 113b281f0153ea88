"""An author's appeal from the link to the comment being back, with two different people.

One moderator hides, the author appeals on a phone without an account, the one who decided cannot
answer, a colleague overturns, the network shows the comment again. Requirement M7.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from inbox.models import Message
from moderation.models import Appeal
from tenants.models import Brand, User
from tests.browser.people import Person
from tests.factories.tenants import make_member, make_user
from tests.inbox.stage import Stage, build_stage
from tests.servers import running_sandbox

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "locale": "en-GB"}
WORDS = "Euer Schuh ist ja wohl ein Witz"


@pytest.fixture
def mia(north: Brand) -> User:
    user = make_user("mia")
    make_member(user, north.agency, "moderator", north)
    return user


@pytest.fixture
def stage(web: str, north: Brand) -> Any:
    cache.clear()
    with running_sandbox() as (url, sandbox):
        yield build_stage(north, web=web, sandbox_url=url, sandbox=sandbox)


def _hide(moderator: Person, stage: Stage) -> None:
    with stage.scope():
        message = Message.objects.get(text=WORDS)
    moderator.open(f"/w/acme/north/admin/moderation/case/hide/{message.pk}/")
    moderator.page.select_option("#category", "insult")
    moderator.page.fill("#reason", "That is an insult.")
    with moderator.page.expect_navigation():
        moderator.page.locator("form.stack button[type=submit]").click()


def _link(stage: Stage) -> str:
    told = [m["text"] for m in stage.sandbox.state()["messages"] if m["direction"] == "out"]
    found = re.search(r"/appeals/[^/\s]+/", told[-1])
    assert found, told
    return found[0]


def test_an_author_gets_the_comment_back(
    seat: Callable[..., Person], web: str, chromium: Any, stage: Stage, mo: User, mia: User
) -> None:
    comment = stage.sandbox.say(
        stage.page, "comment", person={"id": "9001", "name": "Max D."}, text=WORDS
    )
    stage.work()
    decider, colleague = seat(mo), seat(mia)
    _hide(decider, stage)
    stage.work()
    assert stage.sandbox.comment(comment)["is_hidden"] is True

    # The author, from the link alone.
    phone = chromium.new_context(**PHONE, java_script_enabled=False).new_page()
    phone.goto(web + _link(stage))
    assert WORDS in phone.locator("blockquote").inner_text()
    assert phone.locator("main").bounding_box()["width"] <= PHONE["viewport"]["width"]
    phone.fill("#text", "I meant the shoe, not a person.")
    with phone.expect_navigation():
        phone.locator("form:has(#text) button").click()
    assert "We have received your appeal." in phone.locator("[role=status]").inner_text()
    with stage.scope():
        appeal = Appeal.objects.get()
        assert appeal.reviewer == mia

    # Who decided reads why they cannot answer.
    path = f"/w/acme/north/admin/moderation/appeal/{appeal.pk}/change/"
    decider.open(path)
    assert "You took part in this decision" in decider.page.locator("main").inner_text()
    assert decider.page.locator("#answer").count() == 0

    # The colleague overturns, in two inputs from the open page.
    colleague.open(path)
    colleague.checked()
    colleague.page.fill("#answer", "You are right, it was about the shoe.")
    with colleague.page.expect_navigation():
        colleague.page.locator("button[name=outcome][value=overturned]").click()
    assert "not yet done at the network" in colleague.page.locator("main").inner_text()
    phone.reload()
    assert "has not shown your comment again yet" in phone.locator("[role=status]").inner_text()

    stage.work()
    assert stage.sandbox.comment(comment)["is_hidden"] is False
    colleague.page.reload()
    assert "the network shows the comment again" in colleague.page.locator("main").inner_text()
    phone.reload()
    assert "your comment is shown again" in phone.locator("[role=status]").inner_text()
    assert "it was about the shoe" in phone.locator("main").inner_text()
    assert decider.complaints == colleague.complaints == []
