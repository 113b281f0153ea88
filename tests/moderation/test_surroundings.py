"""The stage with what the database knows: the author's record, bursts, lists, missing rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inbox.domain import ahead
from inbox.domain.items import Item
from inbox.models import ChannelAccount, ContactHandle, Conversation
from moderation.choices import Category
from moderation.domain import word_lists
from moderation.domain.assessment import text_key
from moderation.domain.policies import install_preset
from moderation.domain.stages import assess
from moderation.domain.word_lists import Draft
from moderation.models import Assessment, Case, PolicyRule
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.counting import count_queries
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_decision

SETUP = SystemActor("system", "tests")
BURST = "Diese Firma gehört boykottiert, macht alle mit"
DRAFT = Draft("Konkurrenz", "off_topic", "whole", "queue", 60, "", ("südwind",))

__all__ = ["count_queries"]


@pytest.fixture
def account(north: Brand) -> Any:
    with brand_scope(north.pk):
        install_preset(north, actor=SETUP)
        yield make_account(north)


def _item(account: ChannelAccount, text: str, conversation: Conversation | None = None) -> Item:
    conversation = conversation or make_conversation(account)
    message = make_message(conversation, text)
    contact = conversation.contact
    handle = ContactHandle.objects.filter(contact=contact)[0]
    now = max(timezone.now(), contact.first_seen_at + timedelta(seconds=1))
    return Item(account, contact, handle, conversation, message, now)


def _say(account: ChannelAccount, text: str, conversation: Any = None) -> Assessment:
    item = _item(account, text, conversation)
    assess(item)
    return Assessment.objects.get(message=item.message)


def test_a_text_that_several_people_write_is_noticed(account: ChannelAccount) -> None:
    first = [_say(account, BURST) for _person in range(3)]
    fourth = _say(account, BURST.upper() + "!!! 💥")

    assert [one.verdict for one in first] == ["pass"] * 3
    assert (fourth.verdict, fourth.category) == ("queue", "spam")
    assert fourth.scores["spam"]["signals"] == ["several_authors", "all_capitals"]
    assert len({one.text_key for one in (*first, fourth)}) == 1


def test_the_same_is_noticed_within_one_batch(account: ChannelAccount) -> None:
    items = [_item(account, BURST) for _person in range(4)]

    with ahead.reading_ahead([]):
        for item in items:
            assess(item)

    assert [item.verdict for item in items] == ["pass", "pass", "pass", "queue"]


def test_short_thanks_from_many_people_are_no_burst(account: ChannelAccount) -> None:
    assert [_say(account, "Danke schön!").verdict for _person in range(5)] == ["pass"] * 5


def test_text_keys_differ_between_brands_and_not_by_dress(north: Brand, south: Brand) -> None:
    key = text_key(BURST, brand_id=north.pk)

    assert key == text_key(f"  {BURST.upper()}!! 123", brand_id=north.pk) != ""
    assert key != text_key(BURST, brand_id=south.pk)
    assert text_key("Danke schön", brand_id=north.pk) == ""


def test_what_was_hidden_before_speaks_against_an_author_until_taken_back(
    account: ChannelAccount,
) -> None:
    plain = _say(account, "Ihr Idioten")
    conversation = make_conversation(account)
    earlier = make_decision(make_message(conversation, "Du Depp"), category="insult")
    weighed = _say(account, "Ihr Idioten", conversation)
    make_decision(earlier.message, category="insult", action="restore", reverses=earlier)
    cleared = _say(account, "Ihr Idioten", conversation)

    def score(one: Assessment) -> float:
        return float(one.scores["insult"]["score"])

    assert score(weighed) > score(plain) == score(cleared)
    assert "hidden_before" in weighed.scores["insult"]["signals"]


def test_a_brand_s_list_opens_a_case_that_names_it_by_version(
    account: ChannelAccount, north: Brand, south: Brand
) -> None:
    row = word_lists.add_list(north, DRAFT, actor=SETUP)
    found = _say(account, "Kauft doch bei S ü d w i n d")
    changed = word_lists.change_list(
        row, Draft(**{**DRAFT.content(), "terms": ("westwind",)}), actor=SETUP
    )
    old, new = _say(account, "Südwind!"), _say(account, "Westwind!")
    word_lists.set_list_in_use(changed, is_enabled=False, actor=SETUP)
    out_of_use = _say(account, "Westwind!")

    case = Case.objects.get(message=found.message)
    assert (case.category, found.reasons) == ("off_topic", ["off_topic 0.60", "list Konkurrenz v1"])
    evidence = found.scores["off_topic"]["evidence"]
    assert [one["source"] for one in evidence] == [f"Konkurrenz v1 {row.sha256[:12]}"]
    assert found.versions[f"list {row.pk}"] == f"v1 {DRAFT.sha256[:12]}"
    assert (old.verdict, new.verdict, out_of_use.verdict) == ("pass", "queue", "pass")
    assert new.versions[f"list {row.pk}"] == f"v2 {changed.sha256[:12]}"


def test_another_brand_s_list_finds_nothing_here(north: Brand, south: Brand) -> None:
    for brand in (north, south):
        with brand_scope(brand.pk):
            install_preset(brand, actor=SETUP)
    with brand_scope(south.pk):
        word_lists.add_list(south, DRAFT, actor=SETUP)
        assert _say(make_account(south, external_id="9"), "Südwind!").verdict == "queue"

    with brand_scope(north.pk):
        assert _say(make_account(north), "Südwind!").verdict == "pass"


def test_danger_is_urgent_also_where_the_brand_has_no_rule_for_it(account: ChannelAccount) -> None:
    PolicyRule.objects.filter(category=Category.CHILD_SAFETY).update(retired_at=timezone.now())

    found = _say(account, "tausche kinderpornos")

    case = Case.objects.get(message=found.message)
    assert (found.verdict, case.severity) == ("queue_first", 4)
    assert case.due_at - found.message.occurred_at == timedelta(minutes=15)


def test_a_failing_model_flags_and_the_case_says_so(
    account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.domain.stages.model_scores", lambda *_a, **_n: None)

    found = _say(account, "Schöne Jacke")

    assert (found.verdict, found.category, found.reasons) == ("queue", "other", ["failed model"])
    assert Case.objects.filter(message=found.message, category="other").exists()


def test_what_a_comment_costs(account: ChannelAccount, count_queries: Any, north: Brand) -> None:
    word_lists.add_list(north, DRAFT, actor=SETUP)
    _say(account, "Warm laufen, damit alles bereit ist")
    conversation = make_conversation(account)

    item = _item(account, "Die neue Jacke ist wirklich warm und leicht", conversation)
    with count_queries() as captured:
        assess(item)

    # Same text, private talk, hidden before, lists, the assessment itself.
    assert len(captured) == 5
