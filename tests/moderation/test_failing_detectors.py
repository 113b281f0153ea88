"""A detector that fails brings the comment before a person; it never hides and never loses it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from moderation.domain.assessment import (
    BrandList,
    BrandLists,
    all_model_scores,
    assess_text,
    classifier,
)
from moderation.registries import ModelScore
from tenants.registry import Registry

SPAM = "Gratis iPhone 17, nur heute, klick hier: bit.ly/gewinn17"
PLACE = "moderation.domain.assessment.assess"


def _broken(*_args: Any, **_named: Any) -> Any:
    raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("read_through", "words"),
        ("shapes_of", "shapes"),
        ("add_repetition", "repetition"),
        ("order_numbers", "order_numbers"),
        ("add_author", "author"),
    ],
)
def test_each_detector_may_fail_alone(
    monkeypatch: pytest.MonkeyPatch, target: str, name: str
) -> None:
    assert assess_text(SPAM).verdict == "auto_hide"
    assert assess_text("Schöne Jacke").verdict == "pass"
    monkeypatch.setattr(f"{PLACE}.{target}", _broken)

    for text in (SPAM, "Schöne Jacke"):
        result = assess_text(text)
        assert (result.verdict, f"failed {name}" in result.reasons) == ("queue", True)
    assert assess_text("Schöne Jacke").category == "other"


def test_danger_is_still_first_when_another_detector_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{PLACE}.shapes_of", _broken)

    result = assess_text("Ich bring dich um")

    assert (result.verdict, result.category) == ("queue_first", "threat")


def test_a_list_that_cannot_be_used_is_named_and_the_others_work() -> None:
    broken = BrandList("1", "Kaputt", 1, "aa", "spam", "pattern", "queue", 0.6, "", ("(",))
    good = BrandList("2", "Gut", 1, "bb", "spam", "whole", "queue", 0.6, "", ("kaputtmacher",))

    result = assess_text("Kaputtmacher!", lists=BrandLists([broken, good]))

    assert result.verdict == "queue"
    assert {"failed list Kaputt", "list Gut v1"} <= set(result.reasons)


class _Model:
    def __init__(self, answer: Callable[[str], Mapping[str, ModelScore]]) -> None:
        self.answer = answer

    def scores(
        self, texts: Sequence[str], languages: Sequence[str], *, brand_id: Any
    ) -> Sequence[Mapping[str, ModelScore]]:
        return [self.answer(text) for text in texts]


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Registry[Any]:
    registry: Registry[Any] = Registry("test")
    monkeypatch.setattr(classifier, "text_models", registry)
    return registry


def test_no_model_says_nothing(models: Registry[Any]) -> None:
    assert classifier.model_scores("Hallo", "de") == {}


def test_a_model_that_fails_for_one_text_answers_for_the_others(models: Registry[Any]) -> None:
    def answer(text: str) -> Mapping[str, ModelScore]:
        if text == "bad":
            raise ValueError(text)
        return {"hate": ModelScore(0.7, "m-1")}

    models.register("m", _Model(answer))

    found = all_model_scores(["a", "bad", "b"], ["de"] * 3)

    assert found == [{"hate": ModelScore(0.7, "m-1")}, None, {"hate": ModelScore(0.7, "m-1")}]
    assert assess_text("Hallo", model=found[1]).reasons == ("failed model",)


@pytest.mark.parametrize("category", ["hate", "threat", "self_harm", "child_safety"])
def test_what_a_model_says_of_danger_is_enough_alone(category: str) -> None:
    result = assess_text(
        "Na warte", model={category: ModelScore(0.9, "m-2", ("warte",), ((3, 8),), 0.55)}
    )

    assert (result.verdict, result.category) == ("queue_first", category)
    evidence = next(s for s in result.scores if s.category == category).evidence
    assert [(e.text, e.source) for e in evidence] == [("warte", "m-2")]
    assert result.versions["model"] == "m-2"


def test_a_model_alone_hides_nothing() -> None:
    assert assess_text("Hallo", model={"spam": ModelScore(0.99, "m-1", weight=0.99)}).verdict == (
        "queue"
    )
    assert assess_text("Hallo", model={"hate": ModelScore(0.9, "m-1", weight=0.1)}).verdict == (
        "pass"
    )
    assert assess_text(SPAM, model={"hate": ModelScore(0.9, "m-1", weight=0.9)}).verdict == (
        "queue_first"
    )
