"""Intervals against published values and against what they promise."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.quality.intervals import clopper_pearson, rate


@pytest.mark.parametrize(
    ("hits", "total", "lower", "upper"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 5, 95 %.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_published_intervals(hits: int, total: int, lower: float, upper: float) -> None:
    found = clopper_pearson(hits, total, one_sided=0.975)

    assert tuple(round(bound, 4) for bound in found) == (lower, upper)


def test_without_a_hit_the_bound_has_a_closed_form() -> None:
    assert rate(0, 59).upper == pytest.approx(1 - 0.05 ** (1 / 59))
    assert rate(59, 59).lower == pytest.approx(0.05 ** (1 / 59))


@pytest.mark.parametrize(
    ("hits", "total", "upper"),
    [(4, 200, 0.0452), (5, 200, 0.0518), (0, 20, 0.1391), (0, 59, 0.0495), (0, 58, 0.0503)],
)
def test_what_the_licence_asks(hits: int, total: int, upper: float) -> None:
    assert round(rate(hits, total).upper, 4) == upper


def test_nothing_looked_at_says_nothing() -> None:
    nothing = rate(0, 0)

    assert (nothing.share, nothing.lower, nothing.upper) == (None, 0.0, 1.0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_at_the_bound_so_few_hits_are_as_rare_as_promised(pair: tuple[int, int]) -> None:
    hits, total = pair
    found = rate(hits, total)

    assert 0 <= found.lower <= hits / total <= found.upper <= 1
    if hits < total:
        upper = found.upper
        chance = sum(
            comb(total, k) * upper**k * (1 - upper) ** (total - k) for k in range(hits + 1)
        )
        assert chance == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("hits", "total"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="hits of total"):
        rate(hits, total)
