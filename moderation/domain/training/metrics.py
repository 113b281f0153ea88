"""How good predictions are. Plain arithmetic: measuring needs no numerical library."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

BINS: Final = 10
LOOK_PRECISION: Final = 0.8
LEAST_FLAGGED: Final = 30


@dataclass(frozen=True, slots=True)
class Counts:
    """Of yes/no predictions against what people said."""

    true_yes: int
    false_yes: int
    false_no: int
    true_no: int

    @property
    def total(self) -> int:
        return self.true_yes + self.false_yes + self.false_no + self.true_no

    @property
    def accuracy(self) -> float:
        return (self.true_yes + self.true_no) / self.total if self.total else 0.0

    @property
    def precision(self) -> float | None:
        """``None`` where nothing was flagged: no share of nothing."""
        flagged = self.true_yes + self.false_yes
        return self.true_yes / flagged if flagged else None

    @property
    def recall(self) -> float | None:
        wanted = self.true_yes + self.false_no
        return self.true_yes / wanted if wanted else None

    @property
    def false_alarms(self) -> float | None:
        """Share of the innocent that was flagged."""
        innocent = self.false_yes + self.true_no
        return self.false_yes / innocent if innocent else None

    @property
    def macro_f1(self) -> float:
        """Mean of the F1 of yes and of no; a class nobody predicted counts zero."""
        yes = _f1(self.true_yes, self.false_yes, self.false_no)
        no = _f1(self.true_no, self.false_no, self.false_yes)
        return (yes + no) / 2


def _f1(right: int, wrong: int, missed: int) -> float:
    whole = 2 * right + wrong + missed
    return 2 * right / whole if whole else 0.0


def counts(predicted: Sequence[bool], told: Sequence[bool]) -> Counts:
    """Both in the same order.

    Raises: ValueError when they differ in length.
    """
    pairs = list(zip(predicted, told, strict=True))
    return Counts(
        true_yes=pairs.count((True, True)),
        false_yes=pairs.count((True, False)),
        false_no=pairs.count((False, True)),
        true_no=pairs.count((False, False)),
    )


def calibration_error(probabilities: Sequence[float], told: Sequence[bool]) -> float:
    """Expected calibration error over ten bins of equal width, 0..1.

    Source: Guo, Pleiss, Sun, Weinberger 2017, equation 3.
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for probability, yes in zip(probabilities, told, strict=True):
        bins[min(int(probability * BINS), BINS - 1)].append((probability, yes))
    total = len(probabilities)
    return sum(
        abs(sum(p for p, _ in each) - sum(yes for _, yes in each)) / total for each in bins if each
    )


def look_from(
    probabilities: Sequence[float],
    told: Sequence[bool],
    *,
    precision: float = LOOK_PRECISION,
    least: int = LEAST_FLAGGED,
) -> float | None:
    """The lowest probability from which on ``precision`` of the flagged deserve it.

    ``None`` where no threshold that flags ``least`` texts reaches it.
    """
    ranked = sorted(zip(probabilities, told, strict=True), reverse=True)
    found = None
    flagged = right = 0
    for probability, group in groupby(ranked, key=lambda pair: pair[0]):
        members = [yes for _, yes in group]
        flagged += len(members)
        right += sum(members)
        if flagged >= least and right >= precision * flagged:
            found = probability
    return found
