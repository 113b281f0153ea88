"""From an empty agency to a live brand, in the browser, by an owner who has read no manual.

The web application, the sandbox network and a worker are real and work beside the browser; what the
owner types and clicks is counted. Requirement T5; gate G15: at most 60 inputs, 20 for a copy.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from inbox.domain.pipeline import process_waiting
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from tenants.models import Agency, Brand, Invitation, User
from tests.browser.test_gates import AXE, TAGS
from tests.servers import SANDBOX_KEY, running_sandbox

pytestmark = pytest.mark.browser

MOST_INPUTS, MOST_INPUTS_OF_A_COPY = 60, 20
WAIT_MS = 60_000


@dataclass
class Owner:
    """At the keyboard. ``inputs`` counts fields filled, choices made and buttons pressed."""

    page: Any
    base: str
    inputs: int = 0
    complaints: list[str] = field(default_factory=list)

    def fill(self, name: str, text: str) -> None:
        self.inputs += 1
        self.page.fill(f"#id_{name}", text)

    def choose(self, name: str, value: str) -> None:
        self.inputs += 1
        self.page.select_option(f"#id_{name}", value)

    def press(self, words: str) -> None:
        """A button or link by its words; waits for the page that follows."""
        self.inputs += 1
        with self.page.expect_navigation():
            buttons = self.page.get_by_role("button", name=words)
            found = buttons if buttons.count() else self.page.get_by_role("link", name=words)
            found.first.click()
        self.page.wait_for_load_state("load")

    def at(self, step: str) -> None:
        """Raises if the page at hand is another; reads the page as axe does."""
        self.page.wait_for_url(f"**/{step}/", timeout=WAIT_MS)
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{step} sticks out by {over}"
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        wrong = [
            f"{one['id']} {node['html'][:120]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
        assert wrong == []


@contextmanager
def worker(agency: Agency) -> Iterator[None]:
    """What the worker does, in a thread of its own, until the block ends."""
    from django.db import connections

    stopped = threading.Event()

    def work() -> None:
        try:
            while not stopped.wait(0.2):
                split_waiting(agency.pk)
                for brand_id in Brand.objects.filter(agency=agency).values_list("pk", flat=True):
                    process_waiting(brand_id)
                    send_waiting(brand_id)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@pytest.fixture
def owner(
    web: str, chromium: Any, acme: Agency, olga: User, settings: Any,
    request: pytest.FixtureRequest,
) -> Iterator[Owner]:  # fmt: skip
    with running_sandbox() as (url, _client), worker(acme):
        settings.PUBLIC_URL, settings.SANDBOX_URL, settings.SANDBOX_KEY = web, url, SANDBOX_KEY
        client = Client()
        client.force_login(olga)
        context = chromium.new_context(**getattr(request, "param", {}))
        context.set_default_timeout(WAIT_MS)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}]
        )
        found = Owner(context.new_page(), web)
        found.page.on(
            "console",
            lambda m: found.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(f"{web}/w/acme/admin/onboarding/")
        yield found
        context.close()


def enter_profile(owner: Owner, name: str, slug: str) -> None:
    owner.fill("name", name)
    owner.fill("slug", slug)
    owner.fill("legal_name", f"{name} GmbH")
    owner.fill("contact_email", f"privacy@{slug}.example")


def run_the_test(owner: Owner) -> None:
    owner.press("Run the test")
    owner.page.get_by_role("button", name="All checks have passed").wait_for(timeout=WAIT_MS)
    assert owner.page.locator(".checks .check-ok").count() == 6
    owner.press("All checks have passed")


def open_the_brand(owner: Owner) -> None:
    owner.at("live")
    owner.inputs += 1
    owner.page.check("input[name=confirmed]")
    owner.press("Go live")
    owner.page.get_by_role("heading", name="is live").wait_for()


@pytest.mark.parametrize(
    "owner",
    [{}, {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}],
    ids=["desktop", "phone, dark"],
    indirect=True,
)
def test_from_an_empty_agency_to_live(owner: Owner) -> None:
    assert not Brand.objects.exists()
    owner.press("Take on a new brand")
    owner.at("new")
    enter_profile(owner, "Nordlicht", "nordlicht")
    owner.choose("sector", "retail")
    owner.choose("holidays", "DE-BY")
    owner.press("Make the brand")
    owner.at("preset")
    owner.press("Install and continue")
    owner.at("channels")
    owner.press("Connect both sandbox accounts")
    owner.press("Check the connection")
    owner.page.get_by_text("The network knows the account as").wait_for()
    owner.press("Continue")
    owner.at("team")
    owner.fill("email", "lena@nordlicht.example")
    owner.choose("role", "community_manager")
    owner.press("Send the invitation")
    owner.press("The team is complete")
    owner.at("templates")
    owner.press("Save and confirm")
    owner.at("trial")
    run_the_test(owner)
    open_the_brand(owner)

    assert Brand.objects.get(slug="nordlicht").state == "live"
    assert Invitation.objects.get().email == "lena@nordlicht.example"
    assert owner.complaints == []
    assert owner.inputs == 21 <= MOST_INPUTS

    owner.inputs = 0
    owner.page.goto(f"{owner.base}/w/acme/admin/onboarding/")
    owner.press("Copy")
    enter_profile(owner, "Südlicht", "suedlicht")
    owner.press("Make the brand")
    owner.press("Install and continue")
    owner.press("Continue")
    owner.press("The team is complete")
    owner.press("Save and confirm")
    run_the_test(owner)
    open_the_brand(owner)

    assert Brand.objects.get(slug="suedlicht").state == "live"
    assert owner.complaints == []
    assert owner.inputs == 14 <= MOST_INPUTS_OF_A_COPY
