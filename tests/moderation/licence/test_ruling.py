"""What becomes of certain spam: by the licence, the share, the guards and the kill switch."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.utils import timezone

from inbox.choices import OutboxAction
from inbox.domain.items import Item
from inbox.models import ContactHandle, Message
from moderation.choices import Effect
from moderation.domain.assessment import Assessment as Found
from moderation.domain.assessment import assess_text
from moderation.domain.assessment.results import CategoryScore
from moderation.domain.gates import automatic_hiding
from moderation.domain.licence.ruling import rule_on
from moderation.domain.licence.states import is_drawn
from moderation.domain.stages import assess
from moderation.models import Assessment, Case, Decision, PolicyRule
from tenants.models import Brand
from tests.factories.moderation import make_licence

pytestmark = pytest.mark.usefixtures("scope")
SPAM = (
    "🔥🔥 FREE iPhone giveaway!!! Click https://bit.ly/win-now"
    " and DM me on WhatsApp +49 176 12345678 🔥🔥"
)
VERSION = assess_text("").version


def _found(category: str, *scores: CategoryScore) -> Found:
    return Found("auto_hide", category, scores, (), VERSION, {})


CERTAIN = _found("spam", CategoryScore("spam", 0.95))


@pytest.fixture
def items(write: Callable[[int], list[Message]]) -> Callable[..., list[Item]]:
    def make(count: int, text: str = SPAM) -> list[Item]:
        found = []
        for message in write(count):
            message.text = text
            message.save(update_fields=["text"])
            conversation = message.conversation
            found.append(
                Item(
                    account=conversation.account,
                    contact=conversation.contact,
                    handle=ContactHandle.objects.get(contact=conversation.contact),
                    conversation=conversation,
                    message=message,
                    now=timezone.now(),
                )
            )
        return found

    return make


type Items = Callable[..., list[Item]]


def test_a_brand_starts_in_shadow_and_hides_nothing(items: Items) -> None:
    [item] = items(1)

    assess(item)

    row = Assessment.objects.get()
    assert (row.verdict, row.effect) == ("auto_hide", "shadow")
    assert Case.objects.get().assessment == row
    assert item.verdict == "queue"
    assert not Decision.objects.exists()


def test_a_full_licence_hides_with_a_decision_of_the_rule(north: Brand, items: Items) -> None:
    [item] = items(1)
    for name in ("spam", "scam"):
        make_licence(north, name)

    assess(item)

    assert Assessment.objects.get().effect == "hidden"
    assert Decision.objects.get().automation == "AUTOMATED_DECISION_FULLY"
    assert (item.verdict, Case.objects.count()) == ("auto_hide", 0)


@pytest.mark.parametrize(("state", "share"), [("five", 5), ("quarter", 25), ("full", 100)])
def test_a_share_is_hidden_and_the_rest_is_the_control_group(
    north: Brand, items: Items, state: str, share: int
) -> None:
    make_licence(north, state=state)

    effects = {item.message.pk: rule_on(item, CERTAIN, "spam") for item in items(60)}

    assert set(effects.values()) <= {Effect.HIDDEN, Effect.CONTROL}
    assert effects == {
        pk: Effect.HIDDEN if is_drawn(pk, "spam", share) else Effect.CONTROL for pk in effects
    }


def test_a_version_that_nobody_measured_hides_few(north: Brand, items: Items) -> None:
    make_licence(north, model_version="lists-0")

    effects = {item.message.pk: rule_on(item, CERTAIN, "spam") for item in items(60)}

    assert [pk for pk, effect in effects.items() if effect == Effect.HIDDEN] == [
        pk for pk in effects if is_drawn(pk, "spam", 5)
    ]


@pytest.mark.parametrize("grave", ["hate", "threat", "self_harm", "legal_claim"])
def test_what_concerns_people_is_never_hidden_by_a_machine(
    north: Brand, items: Items, grave: str
) -> None:
    make_licence(north)
    [item] = items(1)
    mixed = _found("spam", *CERTAIN.scores, CategoryScore(grave, 0.5))
    alone = _found(grave, CategoryScore(grave, 0.99))

    assert rule_on(item, CERTAIN, "spam") == Effect.HIDDEN
    assert rule_on(item, mixed, "spam") is None
    assert rule_on(item, alone, grave) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{SPAM} Bestellnummer 4711-2233",
        f"{SPAM} Ich will eine Erstattung!",
        f"{SPAM} I want a refund",
    ],
)
def test_orders_and_refunds_are_guarded(north: Brand, items: Items, text: str) -> None:
    for name in ("spam", "scam"):
        make_licence(north, name)
    [item] = items(1, text)

    assess(item)

    assert Assessment.objects.get().effect == ""
    assert (Case.objects.count(), Decision.objects.count()) == (1, 0)


def test_a_known_customer_is_guarded(north: Brand, items: Items) -> None:
    for name in ("spam", "scam"):
        make_licence(north, name)
    [item] = items(1)
    item.contact.is_vip = True

    assess(item)

    assert not Decision.objects.exists()


def test_the_brands_own_account_is_guarded(north: Brand, items: Items) -> None:
    make_licence(north)
    [item] = items(1)
    assert rule_on(item, CERTAIN, "spam") == Effect.HIDDEN

    item.handle.external_id = item.account.external_id

    assert rule_on(item, CERTAIN, "spam") is None


def test_a_policy_that_does_not_want_it_is_heard(north: Brand, items: Items) -> None:
    make_licence(north)
    PolicyRule.objects.filter(category="spam").update(auto_hide=False)

    assert rule_on(items(1)[0], CERTAIN, "spam") is None


def test_a_score_under_the_threshold_is_not_eligible(north: Brand, items: Items) -> None:
    make_licence(north, threshold=0.96)

    assert rule_on(items(1)[0], CERTAIN, "spam") is None


def test_a_stopped_licence_gives_everything_to_people(north: Brand, items: Items) -> None:
    make_licence(north, state="stopped")

    assert rule_on(items(1)[0], CERTAIN, "spam") == Effect.STOPPED


@pytest.mark.parametrize("level", ["platform", "agency", "brand", "account", "frozen"])
def test_the_kill_switch_stops_it_at_once(
    north: Brand, items: Items, level: str, settings: Any
) -> None:
    make_licence(north)
    [item] = items(1)
    outgoing = SimpleNamespace(
        item=SimpleNamespace(action=OutboxAction.HIDE, is_automated=True), account=item.account
    )
    assert rule_on(item, CERTAIN, "spam") == Effect.HIDDEN
    assert automatic_hiding(cast(Any, outgoing)) is None

    if level == "platform":
        settings.SENDING_STOPPED = True
    elif level == "frozen":
        item.account.brand.state = "frozen"
    else:
        brand = item.account.brand
        owner: Any = {"agency": brand.agency, "brand": brand, "account": item.account}[level]
        owner.sending_stopped_at = timezone.now()

    refusal = automatic_hiding(cast(Any, outgoing))
    assert rule_on(item, CERTAIN, "spam") == Effect.SWITCHED_OFF
    assert refusal is not None
    assert refusal.code == "hiding_stopped"
    outgoing.item.is_automated = False
    assert automatic_hiding(cast(Any, outgoing)) is None
