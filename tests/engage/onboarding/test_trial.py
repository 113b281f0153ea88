"""The sandbox test with real servers: what it checks happens, or it fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from compliance.domain.rules import set_disclosure
from engage.onboarding.applying import apply
from engage.onboarding.checks import Check, checks_of
from engage.onboarding.document import parse
from engage.onboarding.opening import NotReady, confirm_trial, go_live
from engage.onboarding.presets import preset_names
from engage.onboarding.progress import progress_of
from engage.onboarding.trial import run_of, start_trial
from inbox.domain.connecting import SandboxAway, check_account
from inbox.domain.pipeline import process_waiting
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import AnswerTemplate, ChannelAccount
from inbox.providers.sandbox.client import SandboxClient
from tenants.choices import BrandState, OnboardingStep
from tenants.domain.onboarding import mark, marks_of
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.servers import SANDBOX_KEY, running_sandbox, running_web

PROFILE = {
    "slug": "nova",
    "name": "Nova",
    "legal_name": "Nova GmbH",
    "contact_email": "privacy@nova.example",
    "sector": "retail",
    "business_hours": {"mon": "09:00-17:00"},
}


@dataclass
class Place:
    agency: Agency
    brand: Brand
    sandbox: SandboxClient
    actor: User

    def work(self) -> None:
        for _round in range(6):
            self.sandbox.wait_until_delivered()
            done = split_waiting(self.agency.pk)
            done += process_waiting(self.brand.pk)
            done += send_waiting(self.brand.pk)
            if not done:
                return

    def start(self) -> None:
        with brand_scope(self.brand.pk):
            start_trial(self.brand, actor=self.actor)

    def checks(self) -> dict[str, Check]:
        with brand_scope(self.brand.pk):
            run = run_of(marks_of(self.brand.pk).get(OnboardingStep.TRIAL))
            assert run is not None
            return {check.key: check for check in checks_of(self.brand, run)}

    def states(self) -> dict[str, str]:
        return {key: check.state for key, check in self.checks().items()}


@pytest.fixture
def make_place(
    committed: None, acme: Agency, olga: User, settings: Any
) -> Iterator[Callable[..., Place]]:
    with running_web() as web, running_sandbox() as (url, client):
        settings.PUBLIC_URL, settings.SANDBOX_URL, settings.SANDBOX_KEY = web, url, SANDBOX_KEY

        def make(**more: Any) -> Place:
            wanted = {"brand": PROFILE | more.pop("brand", {}), "preset": "retail", **more}
            return Place(acme, apply(parse(wanted), agency=acme, actor=olga).brand, client, olga)

        yield make


ALL_OK = dict.fromkeys(("door", "forged", "conversation", "reply", "stop", "unsafe"), "ok")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("sector", preset_names())
def test_every_preset_passes(make_place: Any, sector: str, language: str) -> None:
    place = make_place(preset=sector, brand={"language": language})
    place.start()
    assert set(place.states().values()) == {"waiting"}

    place.work()

    assert place.states() == ALL_OK
    with brand_scope(place.brand.pk):
        assert {a.is_sandbox for a in ChannelAccount.objects.all()} == {True}


def test_the_brands_own_words_are_what_people_read(make_place: Any) -> None:
    place = make_place(disclosure={"de": "Nova-Automat. MENSCH oder STOP."})
    place.start()
    place.work()

    assert "Nova-Automat" in place.checks()["reply"].found
    sent = [m["text"] for m in place.sandbox.state()["messages"] if m["direction"] == "out"]
    assert sum("Nova-Automat. MENSCH oder STOP." in text for text in sent) >= 1


def test_without_a_worker_it_waits_and_says_so(make_place: Any) -> None:
    place = make_place()
    place.start()

    with pytest.raises(NotReady, match="Not passed yet"), brand_scope(place.brand.pk):
        confirm_trial(place.brand, actor=place.actor)


def test_a_reply_that_is_held_fails_with_its_reason(make_place: Any) -> None:
    place = make_place()
    place.start()
    with brand_scope(place.brand.pk):
        ChannelAccount.objects.update(automation_on=False)

    place.work()

    reply = place.checks()["reply"]
    assert (reply.state, "Automation is off" in reply.found) == ("failed", True)


def test_without_a_template_that_sends_itself_it_says_what_is_missing(make_place: Any) -> None:
    place = make_place()
    with brand_scope(place.brand.pk):
        AnswerTemplate.objects.update(sends_itself=False)
        with pytest.raises(InvalidInput, match="sends itself"):
            start_trial(place.brand, actor=place.actor)


def test_without_a_sandbox_it_says_so(make_place: Any, settings: Any) -> None:
    place = make_place()
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    with pytest.raises(SandboxAway), brand_scope(place.brand.pk):
        start_trial(place.brand, actor=place.actor)


def test_from_nothing_to_live(make_place: Any) -> None:
    place = make_place()
    brand, olga = place.brand, place.actor
    with brand_scope(brand.pk), pytest.raises(NotReady) as refused:
        go_live(brand, actor=olga)
    for words in ("Connect at least one account", "answer templates", "sandbox test", "Invite"):
        assert words in str(refused.value)
    place.start()
    place.work()
    with brand_scope(brand.pk):
        mark(brand, OnboardingStep.TEAM, actor=olga)
        mark(brand, OnboardingStep.TEMPLATES, actor=olga)
        confirm_trial(brand, actor=olga)
        opened = go_live(brand, actor=olga)
        assert progress_of(opened).blockers == ()
        with pytest.raises(InvalidState):
            go_live(opened, actor=olga)

    assert Brand.objects.get(pk=brand.pk).state == BrandState.LIVE


def test_others_may_not(make_place: Any, ada: User, gus: User) -> None:
    place = make_place()
    for actor in (ada, gus):
        with brand_scope(place.brand.pk):
            for verb in (start_trial, confirm_trial, go_live):
                with pytest.raises(NotAllowed):
                    verb(place.brand, actor=actor)
            with pytest.raises(NotAllowed):
                set_disclosure(place.brand, {"de": "STOP MENSCH"}, actor=actor)


def test_the_health_check_asks_the_network(make_place: Any) -> None:
    place = make_place(channels=[{"network": "facebook", "sandbox": True, "name": "Nova Page"}])
    with brand_scope(place.brand.pk):
        account = ChannelAccount.objects.select_related("app").get()
        well = check_account(account, actor=place.actor)
        account.access_token = "revoked"
        account.save()
        ill = check_account(account, actor=place.actor)

        assert (well.is_well, well.name) == (True, "Nova Page")
        assert (ill.is_well, "token" in ill.problem) == (False, True)
        assert ChannelAccount.objects.get().needs_reconnect
