"""The dry run against a history made by hand, and the words that differ."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.choices import Category, Severity
from moderation.domain.assessment import assess_text
from moderation.domain.policies import PRESET, install_preset
from moderation.domain.policy_diff import differences, marked
from moderation.domain.policy_trial import Trial, try_rule
from moderation.models import Decision
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_assessment, make_licence

SPAM, INSULT = PRESET[Category.SPAM], PRESET[Category.INSULT]


@pytest.fixture
def history(north: Brand, olga: User) -> None:
    """Four certain spams (one beside a threat, one of a page of the brand), three insults, one
    threat, two that pass; beside them what does not count."""
    version = assess_text("").version
    with brand_scope(north.pk):
        install_preset(north, actor=olga)
        make_licence(north)
        account = make_account(north)

        def add(verdict: str, category: str, scores: dict[str, float], **fields: str) -> None:
            handle = {"handle": fields.pop("handle")} if "handle" in fields else {}
            message = make_message(make_conversation(account, **handle), f"{category}!", **fields)
            make_assessment(
                message,
                verdict=verdict,
                effect="",
                category=category,
                scores={name: {"score": score} for name, score in scores.items()},
                model_version=version,
            )

        add("auto_hide", "spam", {"spam": 0.95})
        add("auto_hide", "spam", {"spam": 0.97})
        add("auto_hide", "spam", {"spam": 0.95, "threat": 0.4})
        add("auto_hide", "spam", {"spam": 0.95}, handle=account.external_id)
        for _number in range(3):
            add("queue", "insult", {"insult": 0.5})
        add("queue_first", "threat", {"threat": 0.8})
        add("pass", "", {})
        add("pass", "", {})
        add("queue", "insult", {"insult": 0.5}, direction="out")
        add("queue", "insult", {"insult": 0.5}, visibility="removed")


def _counts(trial: Trial) -> list[tuple[int, int, int]]:
    return [(c.people, c.first, c.hidden) for c in (trial.before, trial.after)]


@pytest.mark.usefixtures("history")
def test_what_is_no_longer_hidden_goes_to_people(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        wanted = replace(SPAM, auto_hide=False)
        trial = try_rule(north, Category.SPAM, wanted, last=100, actor=olga)

        assert trial.read == 10
        assert _counts(trial) == [(6, 1, 2), (8, 1, 0)]
        assert (trial.gained, trial.lost) == (2, 0)
        assert [one.assessment.category for one in trial.more] == ["spam", "spam"]
        was, now = trial.by_category[Category.SPAM]
        assert (was.hidden, now.hidden, was.people, now.people) == (2, 0, 2, 4)
        assert not Decision.objects.exists()


@pytest.mark.usefixtures("history")
def test_a_higher_severity_goes_first_and_sooner(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        first = replace(INSULT, severity=Severity.HIGH)
        trial = try_rule(north, Category.INSULT, first, last=100, actor=olga)
        sooner = try_rule(north, Category.INSULT, replace(INSULT, minutes=5), last=100, actor=olga)
        back = try_rule(
            north,
            Category.THREAT,
            replace(PRESET[Category.THREAT], severity=Severity.LOW),
            last=100,
            actor=olga,
        )

    assert _counts(trial) == [(6, 1, 2), (6, 4, 2)]
    assert (trial.gained, trial.lost, trial.sooner) == (3, 0, 0)
    assert (sooner.gained, sooner.lost, sooner.sooner, sooner.later) == (0, 0, 3, 0)
    assert (back.gained, back.lost) == (0, 0)


@pytest.mark.usefixtures("history")
def test_the_newest_only_and_ten_samples(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        account = make_account(north, external_id="5552", app=None)
        for _number in range(12):
            message = make_message(make_conversation(account))
            make_assessment(message, verdict="queue", effect="", category="insult", scores={})
        wanted = replace(INSULT, severity=Severity.CRITICAL)
        trial = try_rule(north, Category.INSULT, wanted, last=12, actor=olga)

    assert (trial.read, trial.gained, len(trial.more)) == (12, 12, 10)


@given(old=st.text(), new=st.text())
def test_parts_joined_are_the_texts_again(old: str, new: str) -> None:
    left, right = marked(old, new)

    assert ("".join(p.text for p in left), "".join(p.text for p in right)) == (old, new)
    assert "".join(p.text for p in left if not p.is_changed) == "".join(
        p.text for p in right if not p.is_changed
    )
    assert any(p.is_changed for p in (*left, *right)) == (old != new)


def test_only_what_differs_is_named_and_the_word_is_marked() -> None:
    new = replace(INSULT, text_en="Insults and the belittling of animals are not allowed.")
    (one,) = differences(INSULT, new)

    assert (one.field, str(one.label)) == ("text_en", "rule, English")
    assert [p.text for p in one.new if p.is_changed] == ["animals"]
    assert [p.text for p in one.old if p.is_changed] == ["people"]
    assert differences(INSULT, INSULT) == []
    assert len(differences(None, INSULT)) == 14
