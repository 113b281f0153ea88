"""Which model speaks, and how far the assessment listens."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from moderation.domain.assessment import assess_text
from moderation.domain.models import TrainedModels, model_for, score, scores_by, shelf, version
from moderation.registries import ModelScore, text_models

type Write = Callable[..., Path]
BRAND = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Path]:
    """Nothing comes along, and the installation's folder is empty."""
    folder = tmp_path / "shipped"
    monkeypatch.setattr(shelf, "shipped", lambda language: folder / f"{language}.json")
    settings.MODERATION_MODELS = str(tmp_path / "own")
    shelf.forget()
    yield folder
    shelf.forget()


def test_the_nearest_model_speaks(
    write_model: Write, shipped: Path, tmp_path: Path, settings: Any
) -> None:
    def speaking() -> tuple[str, str]:
        shelf.forget()
        return version("de", brand_id=BRAND), version("de", brand_id=OTHER)

    assert speaking() == ("", "")
    write_model(shipped, version="de-shipped")
    assert speaking() == ("de-shipped", "de-shipped")
    write_model(tmp_path / "own", version="de-own")
    assert speaking() == ("de-own", "de-own")
    write_model(tmp_path / "own" / str(BRAND), version="de-brand")
    assert speaking() == ("de-brand", "de-own")
    settings.MODERATION_MODELS = ""
    assert speaking() == ("de-shipped", "de-shipped")


def test_no_model_for_the_language_says_nothing(write_model: Write, tmp_path: Path) -> None:
    write_model(tmp_path / "own")

    assert set(score("Trottel", "de")) == {"insult"}
    assert score("Trottel", "en") == {}
    assert score("Trottel", "") == {}
    assert score("Trottel", "../de") == {}


def test_a_damaged_model_is_left_out_aloud(
    write_model: Write, shipped: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(shipped, version="de-shipped")
    write_model(tmp_path / "own", b"damaged")

    with caplog.at_level(logging.ERROR):
        assert version("de") == "de-shipped"

    assert "A moderation model is left out" in caplog.text


def test_models_are_asked_per_text(write_model: Write, tmp_path: Path) -> None:
    write_model(tmp_path / "own")

    german, english = TrainedModels().scores(["Trottel", "Trottel"], ["de", "en"], brand_id=BRAND)

    assert english == {}
    found = german["insult"]
    assert (found.features, found.spans, found.version) == (("Trottel",), ((0, 7),), "de-hand")
    assert 0.35 < found.weight < 0.5
    assert found.probability > 0.8


def test_below_its_threshold_a_model_weighs_nothing(write_model: Write, tmp_path: Path) -> None:
    write_model(tmp_path / "own")
    (scores,) = TrainedModels().scores(["Guten Tag"], ["de"], brand_id=None)

    assert scores["insult"].weight == 0
    assert assess_text("Guten Tag", model=scores).verdict == "pass"


def test_a_model_without_a_threshold_only_measures(write_model: Write, tmp_path: Path) -> None:
    path = write_model(tmp_path / "own")
    path.write_text(path.read_text().replace('"look_from": 0.8', '"look_from": null'))

    assert score("Trottel", "de")["insult"].probability > 0.8
    (scores,) = TrainedModels().scores(["Trottel"], ["de"], brand_id=None)
    assert scores["insult"].weight == 0


def test_what_a_model_noticed_is_queued_with_its_words(write_model: Write, tmp_path: Path) -> None:
    write_model(tmp_path / "own", heads={"hate": _head()})
    model = model_for("de")
    assert model is not None
    text = "Na, du Trottelfreund und Trottel"
    assert assess_text(text).score_of("hate") == 0

    found = assess_text(text, model=scores_by(model, text))

    assert found.verdict == "queue"
    hate = next(each for each in found.scores if each.category == "hate")
    assert hate.signals == ("model",)
    assert [(e.text, e.signal) for e in hate.evidence] == [("Trottel", "model")]
    assert "de-hand" in found.versions["model"]


@pytest.mark.parametrize(("at", "is_read"), [(0, True), (50_000, False), (99_990, True)])
def test_of_a_long_text_a_model_reads_both_ends(
    write_model: Write, tmp_path: Path, at: int, is_read: bool
) -> None:
    write_model(tmp_path / "own", heads={"hate": _head()})
    model = model_for("de")
    assert model is not None
    text = f"{' ' * at}Trottel".ljust(100_000)

    found = scores_by(model, text)

    places = [span for score in found.values() for span in score.spans]
    assert places == ([(at, at + len("Trottel"))] if is_read else [])


def test_categories_the_assessment_does_not_know_are_left_out(
    write_model: Write, tmp_path: Path
) -> None:
    write_model(tmp_path / "own", heads={"negative": _head()})

    assert set(score("Trottel", "de")) == {"negative"}
    (scores,) = TrainedModels().scores(["Trottel"], ["de"], brand_id=None)
    assert scores == {}


def _head() -> dict[str, Any]:
    return {
        "intercept": -2.0,
        "slope": 1.0,
        "offset": 0.0,
        "look_from": 0.8,
        "positives": 1,
        "negatives": 1,
    }


SURE = {name: ModelScore(1.0, "m-1", weight=0.49) for name in ("hate", "threat", "self_harm")}


@pytest.mark.parametrize("category", SURE)
def test_no_model_alone_puts_first(category: str) -> None:
    assert assess_text("Guten Tag", model={category: SURE[category]}).verdict == "queue"


@pytest.mark.parametrize("weight", [0.6, 1.0])
def test_a_model_never_tips_the_scale_to_hiding(weight: float) -> None:
    # One strong family of the lists, which alone is not enough.
    text = "Kaufe jetzt 10.000 echte Follower"
    assert assess_text(text).verdict == "queue"

    assert assess_text(text, model={"spam": ModelScore(1.0, "m-1", weight=weight)}).verdict == (
        "queue"
    )


@pytest.mark.parametrize("category", SURE)
def test_what_a_model_noticed_about_people_stops_hiding(category: str) -> None:
    spam = "Gratis iPhone 17, nur heute, klick hier: bit.ly/gewinn17"
    assert assess_text(spam).verdict == "auto_hide"

    assert assess_text(spam, model={category: SURE[category]}).verdict == "queue"


def test_trained_models_are_plugged_in() -> None:
    assert [type(model) for model in text_models] == [TrainedModels]
