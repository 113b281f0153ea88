"""How sure a share of a sample is: the exact interval of a binomial proportion.

Source: Clopper, Pearson (1934), Biometrika 26, 404-413.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ONE_SIDED: Final = 0.95
"""Each bound alone holds with this probability; both together with 90 %."""
_STEPS: Final = 60  # halvings: finer than a float can tell


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``total``, with the bounds of the true share. Nothing looked at: 0 to 1."""

    hits: int
    total: int
    lower: float
    upper: float

    @property
    def share(self) -> float | None:
        return self.hits / self.total if self.total else None


def rate(hits: int, total: int, *, one_sided: float = ONE_SIDED) -> Rate:
    """Raises: ValueError unless 0 <= hits <= total and 0 < one_sided < 1."""
    lower, upper = clopper_pearson(hits, total, one_sided=one_sided)
    return Rate(hits, total, lower, upper)


@lru_cache(maxsize=4096)
def clopper_pearson(hits: int, total: int, *, one_sided: float = ONE_SIDED) -> tuple[float, float]:
    """Lower and upper bound of the share, 0..1.

    ``one_sided`` 0.975 gives what is usually called the 95 % interval. Raises: ValueError.
    """
    if not 0 <= hits <= total or not 0 < one_sided < 1:
        raise ValueError("hits of total, and a confidence between 0 and 1")
    doubt = 1 - one_sided
    # The upper bound is the share at which so few hits, or fewer, would be as rare as the doubt;
    # the lower bound is the mirror image.
    upper = 1.0 if hits == total else _share_at(hits, total, doubt)
    lower = 0.0 if hits == 0 else 1 - _share_at(total - hits, total, doubt)
    return lower, upper


def _share_at(hits: int, total: int, chance: float) -> float:
    """The share at which ``hits`` or fewer of ``total`` come up with this chance."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(hits, total, middle) > chance:
            low = middle
        else:
            high = middle
    return high


def _at_most(hits: int, total: int, share: float) -> float:
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if hits >= total else 0.0
    whole, odds = math.lgamma(total + 1), math.log(share) - math.log1p(-share)
    none = total * math.log1p(-share)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(total - k + 1) + none + k * odds)
        for k in range(hits + 1)
    )
