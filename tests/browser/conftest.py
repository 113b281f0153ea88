"""A real Chromium against the running application, with one of everything to look at."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.models import AnswerTemplate
from moderation.domain.policies import install_preset
from moderation.models import Appeal
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.browser.people import WAIT_MS, Person
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_case, make_decision, make_statement
from tests.servers import running_web
from tests.walk.chromium import running_chromium


@dataclass
class Place:
    """A brand's workspace in a browser. ``complaints`` collects what the browser does not like."""

    base: str
    page: Any
    context: Any
    ids: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/w/acme/north/admin/{path}")
        self.page.wait_for_load_state("load")
        self.page.wait_for_timeout(150)


def _fill(north: Brand, ada: User) -> dict[str, Any]:
    now = timezone.now()
    with brand_scope(north.pk):
        install_preset(north, actor=SystemActor("system", "tests"))
        whatsapp = make_account(north, "whatsapp", external_id="49151")
        facebook = make_account(north, "facebook")
        first = make_conversation(whatsapp, last_message_at=now)
        make_message(first, "Wo bleibt mein Paket?")
        second = make_conversation(facebook, last_message_at=now - timedelta(hours=1))
        comment = make_message(second, "Ihr seid Vollidioten")
        make_case(comment, category="insult", severity=2)
        make_case(make_message(second, "Gewinn! http://x.test"), category="spam", severity=1)
        decided = make_decision(make_message(second, "Spam, Spam"), decided_by=None)
        make_statement(decided)
        appeal = Appeal.objects.create(
            brand=north,
            decision=decided,
            text="Das war Ironie",
            language="de",
            received_at=now,
            due_at=now + timedelta(days=3),
        )
        template = AnswerTemplate.objects.create(
            brand=north,
            name="Hours",
            shortcut="hours",
            conversation_kind="direct",
            language="de",
            text="Wir sind von 9 bis 17 Uhr da.",
        )
    return {
        "first": first.pk,
        "second": second.pk,
        "appeal": appeal.pk,
        "decision": decided.pk,
        "template": template.pk,
        "contact": first.contact_id,
    }


@pytest.fixture
def web(committed: None, settings: Any) -> Iterator[str]:
    settings.WHITENOISE_USE_FINDERS = True
    with running_web() as base:
        yield base


@pytest.fixture
def chromium() -> Iterator[Any]:
    """The Chromium that is here, else one that is installed; without any the test fails."""
    # Playwright's loop would make Django refuse the ORM in the test's own thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with running_chromium() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_place(
    web: str, chromium: Any, north: Brand, south: Brand, olga: User, ada: User
) -> Callable[..., Place]:
    """``open_place(**context options)`` signs olga in with a fresh browser context."""
    ids = _fill(north, ada)

    def sign_in(**options: Any) -> Place:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        page = context.new_page()
        place = Place(web, page, context, ids)
        page.on(
            "console",
            lambda m: place.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: place.complaints.append(f"page: {error}"))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((web, "data:", "blob:"))
                else place.complaints.append(f"foreign: {r.url}")
            ),
        )
        page.goto(f"{web}/admin/login/")
        page.fill("#id_username", olga.email)
        page.fill("#id_password", "correct horse")
        page.press("#id_password", "Enter")
        page.wait_for_url(f"{web}/")
        return place

    return sign_in


@pytest.fixture
def seat(web: str, chromium: Any) -> Iterator[Callable[..., Person]]:
    """``seat(user, **context options)``: somebody at a browser of their own, signed in."""
    contexts = []

    def sit(user: User, **options: Any) -> Person:
        client = Client()
        client.force_login(user)
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}]
        )
        person = Person(web, context.new_page())
        person.page.on(
            "console",
            lambda m: person.complaints.append(m.text) if m.type in {"error", "warning"} else None,
        )
        person.page.on("pageerror", lambda error: person.complaints.append(f"page: {error}"))
        return person

    yield sit
    for context in contexts:
        context.close()
