"""Fitting: hashed pieces, one logistic regression per category, probabilities calibrated apart.

The only module that imports scikit-learn; ``manage.py train`` and ``evaluate`` load it when asked.
"""

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from moderation.domain.models import features, storage
from moderation.domain.models.features import buckets_of
from moderation.domain.models.storage import Card, HeadCard, TrainedOn
from moderation.domain.training.examples import SEED, Example, LabelledSet
from moderation.domain.training.mentions import harmless_mentions
from moderation.domain.training.metrics import look_from

BUCKETS: Final = 1 << 17
LEAST_ROWS: Final = 20
LEAST_TO_CALIBRATE: Final = 5
STRENGTH: Final = 10.0
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Trained:
    """``too_few`` names categories that were left out, with yes and no counted."""

    card: Card
    weights: bytes
    too_few: dict[str, tuple[int, int]]


class NothingToTrain(Exception):
    """No category has enough rows of both answers."""


def train(sets: Sequence[LabelledSet], language: str, *, buckets: int = BUCKETS) -> Trained:
    """A model for one language, from the training parts of the sets; test parts stay unseen.

    Three fifths of the rows fit the weights, a fifth turns sums into probabilities and finds where
    looking begins. The same rows give the same bytes.

    Raises: NothingToTrain.
    """
    own = [each for each in sets if each.language == language]
    if own and (mentions := harmless_mentions(language)).examples:
        own.append(mentions)
    unseen = {row.text for each in own for row in each.examples if row.held_out}
    heads: dict[str, HeadCard] = {}
    rows: list[Any] = []
    too_few: dict[str, tuple[int, int]] = {}
    used: Counter[str] = Counter()
    for category in sorted({c for each in own for c in each.categories()}):
        chosen = [(each, _rows(each, category, unseen)) for each in own]
        examples = _balanced(chosen)
        told = [row.labels.get(category, False) for row in examples]
        if not _enough(examples, told):
            too_few[category] = (sum(told), len(told) - sum(told))
            continue
        head, weights = _fit(examples, told, buckets)
        heads[category] = head
        rows.append(weights)
        used.update({each.name: len(part) for each, part in chosen})
    if not heads:
        raise NothingToTrain(
            f"There are too few texts in {language!r} with an answer by people: at least"
            f" {LEAST_ROWS} of each answer are needed in one category."
        )
    packed = _packed(np.stack(rows).astype("<f4"))
    digest = hashlib.sha256(packed).hexdigest()
    card: Card = {
        "format": storage.FORMAT,
        "features": features.VERSION,
        "language": language,
        "version": f"{language}-{digest[:10]}",
        "buckets": buckets,
        "heads": heads,
        "trained_on": [_origin(each, used[each.name]) for each in own if used[each.name]],
        "weights_sha256": digest,
        "made": {"seed": SEED, "scikit-learn": version_of("scikit-learn"), "C": STRENGTH},
    }
    return Trained(card, packed, too_few)


def write(trained: Trained, folder: Path) -> Path:
    """Both files of the model; gives back the path of the card."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{trained.card['language']}.json"
    path.with_suffix(".npz").write_bytes(trained.weights)
    path.write_text(json.dumps(trained.card, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def matrix(texts: Iterable[str], buckets: int) -> Any:
    """Rows of ``count / sqrt(n)``, as ``scoring`` sums them."""
    starts, columns, values = [0], [], []
    for text in texts:
        found = Counter(buckets_of(text, buckets))
        size = sqrt(found.total()) or 1.0
        columns += list(found)
        values += [count / size for count in found.values()]
        starts.append(len(columns))
    return sparse.csr_matrix((values, columns, starts), shape=(len(starts) - 1, buckets))


def _rows(each: LabelledSet, category: str, unseen: set[str]) -> list[Example]:
    training, _measured, _part = each.parts(category)
    return [row for row in training if row.text not in unseen]


def _balanced(chosen: Sequence[tuple[LabelledSet, list[Example]]]) -> list[Example]:
    """Judged rows, and as many everyday questions at most: these must not drown the rest."""
    judged = [row for each, rows in chosen if not each.ordinary for row in rows]
    ordinary = [row for each, rows in chosen if each.ordinary for row in rows]
    if judged and len(ordinary) > len(judged):
        ordinary.sort(key=lambda row: hashlib.sha256(row.text.encode()).digest())
        ordinary = ordinary[: len(judged)]
    return judged + ordinary


def _enough(examples: Sequence[Example], told: Sequence[bool]) -> bool:
    fitting = Counter(yes for row, yes in zip(examples, told, strict=True) if not row.calibrates)
    apart = Counter(yes for row, yes in zip(examples, told, strict=True) if row.calibrates)
    return (
        min(fitting[True], fitting[False]) >= LEAST_ROWS
        and min(apart[True], apart[False]) >= LEAST_TO_CALIBRATE
    )


def _fit(examples: Sequence[Example], told: Sequence[bool], buckets: int) -> tuple[HeadCard, Any]:
    told_array = np.array(told)
    apart = np.array([row.calibrates for row in examples])
    values = matrix((row.text for row in examples), buckets)
    classifier = LogisticRegression(
        C=STRENGTH, class_weight="balanced", solver="liblinear", max_iter=1000, random_state=0
    ).fit(values[~apart], told_array[~apart])
    # What is stored is what is calibrated.
    classifier.coef_ = classifier.coef_.astype("<f4").astype(float)
    sums = classifier.decision_function(values[apart]).reshape(-1, 1)
    platt = LogisticRegression(C=1e6, max_iter=1000).fit(sums, told_array[apart])
    probabilities = platt.predict_proba(sums)[:, 1].tolist()
    head: HeadCard = {
        "intercept": float(classifier.intercept_[0]),
        "slope": float(platt.coef_[0][0]),
        "offset": float(platt.intercept_[0]),
        "look_from": look_from(probabilities, told_array[apart].tolist()),
        "positives": int(told_array.sum()),
        "negatives": int((~told_array).sum()),
    }
    return head, classifier.coef_[0]


def _packed(weights: Any) -> bytes:
    """An npz file without the hour it was made at, so that the same weights are the same file."""
    array = BytesIO()
    np.lib.format.write_array(array, np.ascontiguousarray(weights), version=(1, 0))
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("coef.npy", _LONG_AGO), array.getvalue(), zipfile.ZIP_DEFLATED, 9
        )
    return out.getvalue()


def _origin(each: LabelledSet, rows: int) -> TrainedOn:
    return {"name": each.name, "rows": rows, "licence": each.licence, "source": each.source}
