"""The table of sets, measures and baselines, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from moderation.domain.assessment import assess_text
from moderation.domain.assessment.verdict import HIDE_FROM
from moderation.domain.models import Model
from moderation.domain.training.baselines import Answer, Judge, Lists, Majority, Trained
from moderation.domain.training.examples import Example, LabelledSet
from moderation.domain.training.metrics import calibration_error, counts
from moderation.domain.training.published import BEST

HEAD: Final = (
    "set", "lang", "category", "measured on", "texts (yes)", "who", "acc", "macro-F1",
    f"precision ≥ {HIDE_FROM}", f"recall ≥ {HIDE_FROM}", "to look: precision",
    "to look: recall", "calibration error", "published best",
)  # fmt: skip
ORDINARY_HEAD: Final = (
    "everyday questions", "lang", "texts", "lists: to look", "lists: hidden", "model: to look",
    f"model ≥ {HIDE_FROM}",
)  # fmt: skip
NONE: Final = "–"
HALF: Final = 0.5


def report(sets: Sequence[LabelledSet], models: Mapping[str, Model]) -> str:
    """Both tables. ``models`` by language, trained on the training parts of these very sets."""
    rows = [cells for each in sets if not each.ordinary for cells in _set_rows(each, models)]
    out = [table(HEAD, rows)]
    ordinary = [_ordinary_row(each, models) for each in sets if each.ordinary]
    if ordinary:
        out.append(table(ORDINARY_HEAD, ordinary))
    return "\n".join(out)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; ends with a line feed."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def number(value: float | None) -> str:
    """Three places, or a dash for what does not exist."""
    return NONE if value is None else f"{value:.3f}"


def _set_rows(each: LabelledSet, models: Mapping[str, Model]) -> Iterator[list[str]]:
    for category in each.categories():
        training, measured, part = each.parts(category)
        if not measured:
            continue
        told = [row.labels[category] for row in measured]
        judges: list[Judge] = [Majority(training), Lists()]
        if each.language in models:
            judges.append(Trained(models[each.language]))
        for judge in judges:
            answers = judge.answers(measured, category)
            yield [
                each.name,
                each.language,
                category,
                part,
                f"{len(told)} ({sum(told)})",
                judge.name,
                *(_measures(judge, answers, told) if answers else [NONE] * 7),
                BEST.get((each.name, category), NONE),
            ]


def _measures(judge: Judge, answers: Sequence[Answer], told: Sequence[bool]) -> list[str]:
    """Accuracy and macro-F1 of the plain answer, then both thresholds, then calibration."""
    plain = counts([a.score >= HALF if judge.calibrated else a.flagged for a in answers], told)
    sure = counts([a.score >= HIDE_FROM for a in answers], told)
    look = counts([a.flagged for a in answers], told)
    error = calibration_error([a.score for a in answers], told) if judge.calibrated else None
    return [
        number(plain.accuracy),
        number(plain.macro_f1),
        number(sure.precision),
        number(sure.recall),
        number(look.precision),
        number(look.recall),
        number(error),
    ]


def _ordinary_row(each: LabelledSet, models: Mapping[str, Model]) -> list[str]:
    rows = [row for row in each.examples if row.held_out]
    verdicts = [assess_text(row.text).verdict for row in rows]
    model = models.get(each.language)
    return [
        each.name,
        each.language,
        str(len(rows)),
        _share([verdict != "pass" for verdict in verdicts]),
        _share([verdict == "auto_hide" for verdict in verdicts]),
        *(_model_shares(model, rows) if model else (NONE, NONE)),
    ]


def _model_shares(model: Model, rows: Sequence[Example]) -> tuple[str, str]:
    scores = [model.score(row.text).values() for row in rows]
    return (
        _share([any(each.deserves_a_look for each in found) for found in scores]),
        _share([any(each.probability >= HIDE_FROM for each in found) for found in scores]),
    )


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits) / len(hits):.2%}" if hits else NONE
