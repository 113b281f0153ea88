"""Agreement against published worked examples."""

import pytest

from moderation.domain.quality.agreement import cohens_kappa, krippendorffs_alpha


def test_kappa_of_two_by_two() -> None:
    """50 grant proposals read by two people; 20 both yes, 15 both no: kappa 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15

    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_kappa_of_three_labels() -> None:
    """The example of scikit-learn's cohen_kappa_score: 0.6875."""
    first = ["negative", "positive", "negative", "neutral", "positive"]
    second = ["negative", "positive", "negative", "neutral", "negative"]

    assert cohens_kappa(list(zip(first, second, strict=True))) == pytest.approx(0.6875)


def test_alpha_of_two_observers_and_two_values() -> None:
    """Krippendorff (2011), part A: 0.095."""
    units = list(zip("0100000010", "1110010000", strict=True))

    assert krippendorffs_alpha(units) == pytest.approx(0.095, abs=0.0005)


def test_alpha_of_two_observers_and_many_values() -> None:
    """Krippendorff (2011), part B: 0.692."""
    units = list(zip("aabbdcccedda", "babbbccceddd", strict=True))

    assert krippendorffs_alpha(units) == pytest.approx(0.692, abs=0.0005)


def test_alpha_of_four_observers_with_gaps() -> None:
    """Krippendorff (2011), part C, nominal: 0.743."""
    rows = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    units = [[label for label in unit if label != "."] for unit in zip(*rows, strict=True)]

    assert krippendorffs_alpha(units) == pytest.approx(0.743, abs=0.0005)


@pytest.mark.parametrize("pairs", [[], [("a", "a")] * 9])
def test_where_nothing_differs_nothing_is_told(pairs: list[tuple[str, str]]) -> None:
    assert cohens_kappa(pairs) is None
    assert krippendorffs_alpha(pairs) is None
    assert krippendorffs_alpha([["a"], ["b"]]) is None


def test_full_agreement_is_one_and_opposition_is_minus_one() -> None:
    same = [("a", "a"), ("b", "b")] * 10
    opposite = [("a", "b"), ("b", "a")] * 10

    assert (cohens_kappa(same), krippendorffs_alpha(same)) == (1.0, 1.0)
    assert cohens_kappa(opposite) == -1.0
    assert (krippendorffs_alpha(opposite) or 0) < -0.9
