"""A model at work: what it says, how it explains it, what it bears."""

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.models import Model
from moderation.domain.models.features import (
    LONGEST_TEXT,
    bucket,
    buckets_of,
    pair_of,
    pieces_of,
    words_of,
)


@pytest.fixture
def model(write_model: Callable[..., Path], tmp_path: Path) -> Model:
    return Model.load(write_model(tmp_path))


def test_a_known_word_is_found_and_named_where_it_stands(model: Model) -> None:
    text = "Ach 😀, Ihr TROTTEL!"

    scored = model.score(text)["insult"]

    assert scored.probability > 0.8
    assert scored.deserves_a_look
    (piece,) = scored.pieces
    assert (text[piece.start : piece.end], piece.text) == ("TROTTEL", "TROTTEL")
    assert piece.weight > 0


def test_what_is_left_alone_is_not_explained(model: Model) -> None:
    scored = model.score("Danke für alles")["insult"]

    assert scored.probability < 0.2
    assert (scored.deserves_a_look, scored.pieces) == (False, ())


def test_the_same_word_seen_through_its_disguise(model: Model) -> None:
    plain = model.score("trottel")["insult"].probability

    assert model.score("T r o t t e l")["insult"].probability == plain
    assert model.score("tr0tt3l")["insult"].probability == plain


def test_a_text_without_words_says_nothing(model: Model) -> None:
    assert model.score("") == {}
    assert model.score(" \n\t…!") == {}


def test_names_links_and_numbers_count_as_what_they_are_only() -> None:
    norms = [word.norm for word in words_of("@Trottel3, sieh https://a.example/Trottel?x=1 12.345")]

    assert norms == ["@", "sieh", "#", "0"]


def test_pieces_of_a_word_lie_inside_it() -> None:
    pieces = pieces_of("bahn")

    assert [piece for piece, _start, _end in pieces] == [
        "=bahn", "<ba", "bah", "ahn", "hn>", "<bah", "bahn", "ahn>", "<bahn", "bahn>",
    ]  # fmt: skip
    assert all(0 <= start < end <= 4 for _piece, start, end in pieces)


@given(st.text(max_size=300))
def test_what_is_summed_per_word_is_the_sum_over_all_features(text: str) -> None:
    size = 1 << 8
    weights = [float(index % 17) - 8 for index in range(size)]
    words = words_of(text)
    found = [bucket(p, size) for word in words for p, _s, _e in pieces_of(word.norm)]
    found += [bucket(pair_of(a.norm, b.norm), size) for a, b in pairwise(words)]

    assert sorted(found) == sorted(buckets_of(text, size))
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert sum(weights[at] for at in found) == sum(weights[at] for at in buckets_of(text, size))


@given(st.text(max_size=200))
def test_every_text_gets_a_probability(text: str) -> None:
    for scored in _MODEL[0].score(text).values():
        assert 0 <= scored.probability <= 1


_MODEL: list[Model] = []


@pytest.fixture(autouse=True)
def _keep(model: Model) -> None:
    _MODEL[:] = [model]


@pytest.mark.parametrize(
    "hostile",
    ["x" * 100_000, "a b " * 25_000, "@" * 100_000, "http://" * 15_000, "ä" * 100_000, "\ud800"],
)
def test_hostile_texts_are_cut_not_suffered(model: Model, hostile: str) -> None:
    started = time.process_time()
    model.score(hostile)

    assert time.process_time() - started < 1
    assert all(word.end <= LONGEST_TEXT for word in words_of(hostile))


def test_what_is_kept_of_words_is_bounded(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.domain.models.scoring._MOST_KEPT", 3)

    before = model.score("eins zwei drei vier fünf Trottel")
    after = model.score("eins zwei drei vier fünf Trottel")

    assert before == after
    assert len(model._kept) <= 3 + 1


def test_nothing_of_training_is_loaded_at_work(model: Model) -> None:
    model.score("Trottel")
    needs = {
        module.__name__
        for name, module in list(sys.modules.items())
        if name.startswith("moderation.domain.models")
        if any(word in vars(module) for word in ("numpy", "np", "sklearn", "scipy"))
    }

    assert needs == set()
