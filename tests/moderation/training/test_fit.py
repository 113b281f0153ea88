"""What is trained is what is scored: with scikit-learn in training, without it at work."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from moderation.domain.models import Model
from moderation.domain.training import fit
from moderation.domain.training.examples import Example, LabelledSet
from moderation.domain.training.mentions import harmless_mentions
from tests.moderation.training.rows import small_set

BUCKETS = 1 << 12
UNSEEN = [
    "Ihr Trottel, wo bleibt mein Paket?",
    "Danke für alles 😍",
    "T r o t t e l",
    "@jemand du Depp https://example.org/x?y=1 und 12345",
    "Größe Ärger Straße " * 40,
    "x",
]


@pytest.fixture(scope="module")
def trained() -> fit.Trained:
    return fit.train([small_set(), small_set("hate")], "de", buckets=BUCKETS)


@pytest.fixture(scope="module")
def model(trained: fit.Trained, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(fit.write(trained, tmp_path_factory.mktemp("model")))


def test_scores_equal_those_of_scikit_learn(model: Model) -> None:
    """The numbers that scikit-learn gives for the stored weights, by its own code."""
    theirs = LogisticRegression()
    theirs.classes_ = np.array([False, True])
    platt = LogisticRegression()
    platt.classes_ = np.array([False, True])
    for index, (category, head) in enumerate(model.card["heads"].items()):
        theirs.coef_ = np.array([model._weights[index]], dtype=float)
        theirs.intercept_ = np.array([head["intercept"]])
        platt.coef_ = np.array([[head["slope"]]])
        platt.intercept_ = np.array([head["offset"]])
        sums = theirs.decision_function(fit.matrix(UNSEEN, BUCKETS))
        wanted = platt.predict_proba(sums.reshape(-1, 1))[:, 1]

        assert [model.raw(text)[category] for text in UNSEEN] == pytest.approx(sums, abs=1e-6)
        found = [model.score(text)[category].probability for text in UNSEEN]
        assert found == pytest.approx(wanted, abs=1e-6)
        assert max(found) - min(found) > 0.3


def test_stored_weights_are_those_that_were_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[LogisticRegression] = []
    original = LogisticRegression.fit

    def remember(self: LogisticRegression, *args: object, **kwargs: object) -> object:
        fitted.append(self)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(LogisticRegression, "fit", remember)
    trained = fit.train([small_set()], "de", buckets=BUCKETS)
    classifier, platt = fitted
    head = trained.card["heads"]["insult"]

    assert head["intercept"] == classifier.intercept_[0]
    assert (head["slope"], head["offset"]) == (platt.coef_[0][0], platt.intercept_[0])
    assert head["slope"] > 0


def test_the_same_rows_make_the_same_bytes(trained: fit.Trained) -> None:
    again = fit.train([small_set(), small_set("hate")], "de", buckets=BUCKETS)

    assert again.weights == trained.weights
    assert again.card == trained.card


def test_the_model_learned(model: Model) -> None:
    rude = model.score("Trottel im Laden")["insult"].probability
    kind = model.score("Danke im Laden")["insult"].probability

    assert rude > 0.8 > 0.2 > kind


def test_held_out_rows_leave_no_trace() -> None:
    whole = small_set()
    without = LabelledSet(
        whole.name,
        tuple(row for row in whole.examples if not row.held_out),
        whole.licence,
        whole.source,
    )

    assert len(without.examples) < len(whole.examples)
    assert (
        fit.train([whole], "de", buckets=BUCKETS).weights
        == fit.train([without], "de", buckets=BUCKETS).weights
    )


def test_a_text_of_a_test_part_is_not_trained_on_from_another_set() -> None:
    own = small_set()
    known = next(row for row in own.examples if not row.held_out)
    test_part = LabelledSet(
        "other", (Example(known.text, "de", known.labels, "test"),), "own", "tests"
    )

    with_copy = fit.train([own, test_part], "de", buckets=BUCKETS)

    assert with_copy.card["trained_on"][0]["rows"] == (
        fit.train([own], "de", buckets=BUCKETS).card["trained_on"][0]["rows"] - 1
    )


def test_the_card_names_sources_licences_and_numbers(trained: fit.Trained) -> None:
    card = json.loads(json.dumps(trained.card))
    origins = {origin["name"]: origin for origin in card["trained_on"]}

    assert origins["small insult"]["licence"] == "own"
    assert set(origins) == {"small insult", "small hate", "harmless mentions"}
    assert card["heads"]["insult"]["positives"] > 50
    assert card["version"].startswith("de-")


def test_a_category_with_too_few_rows_is_left_out() -> None:
    few = LabelledSet(
        "few", tuple(Example(f"Satz {n}", "de", {"spam": n < 3}) for n in range(40)), "own", "tests"
    )

    trained = fit.train([small_set(), few], "de", buckets=BUCKETS)

    assert list(trained.card["heads"]) == ["insult"]
    assert list(trained.too_few) == ["spam"]
    with pytest.raises(fit.NothingToTrain, match="at least 20 of each"):
        fit.train([few], "de", buckets=BUCKETS)
    with pytest.raises(fit.NothingToTrain, match="'en'"):
        fit.train([small_set()], "en", buckets=BUCKETS)


def test_everyday_questions_do_not_drown_the_rest() -> None:
    questions = LabelledSet(
        "questions",
        tuple(Example(f"Wo ist Paket {n}?", "de") for n in range(1000)),
        "own",
        "tests",
        ordinary=True,
    )

    head = fit.train([small_set(), questions], "de", buckets=BUCKETS).card["heads"]["insult"]
    alone = fit.train([small_set()], "de", buckets=BUCKETS).card["heads"]["insult"]

    assert head["positives"] == alone["positives"]
    assert head["negatives"] <= head["positives"] + 2 * (head["positives"] + alone["negatives"])


def test_harmless_mentions_are_there_in_both_languages_and_nowhere_else() -> None:
    assert len(harmless_mentions("de").examples) > 300
    assert len(harmless_mentions("en").examples) > 300
    assert harmless_mentions("fr").examples == ()


def test_weights_are_written_where_the_card_says(trained: fit.Trained, tmp_path: Path) -> None:
    card = fit.write(trained, tmp_path / "new")

    assert sorted(path.name for path in card.parent.iterdir()) == ["de.json", "de.npz"]
    with np.load(card.with_suffix(".npz"), allow_pickle=False) as stored:
        assert stored["coef"].shape == (2, BUCKETS)
        assert stored["coef"].dtype == np.dtype("<f4")
