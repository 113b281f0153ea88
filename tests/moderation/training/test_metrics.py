"""Measures against numbers worked out by hand."""

import pytest

from moderation.domain.training.metrics import calibration_error, counts, look_from


def test_counts_and_what_follows_from_them() -> None:
    found = counts([True, True, True, False, False], [True, True, False, True, False])

    assert (found.true_yes, found.false_yes, found.false_no, found.true_no) == (2, 1, 1, 1)
    assert found.accuracy == pytest.approx(0.6)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.false_alarms == pytest.approx(0.5)
    # F1 of yes 4/6, of no 2/4.
    assert found.macro_f1 == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_there_is_no_share_of_nothing() -> None:
    nobody = counts([False, False], [False, False])

    assert (nobody.precision, nobody.recall) == (None, None)
    assert nobody.macro_f1 == pytest.approx(0.5)


def test_counts_want_as_many_answers_as_questions() -> None:
    with pytest.raises(ValueError, match="longer"):
        counts([True], [True, False])


def test_calibration_error_weighs_bins_by_what_is_in_them() -> None:
    # Bin .8–.9: said .85 twice, true once; bin .1–.2: said .1 twice, never true.
    assert calibration_error([0.85, 0.85, 0.1, 0.1], [True, False, False, False]) == pytest.approx(
        (0.7 + 0.2) / 4
    )
    assert calibration_error([1.0, 0.0], [True, False]) == 0


def test_look_from_is_the_lowest_that_is_precise_enough() -> None:
    probabilities = [0.9, 0.8, 0.7, 0.6, 0.5]
    told = [True, True, False, True, False]

    assert look_from(probabilities, told, precision=0.75, least=1) == 0.6
    assert look_from(probabilities, told, precision=1.0, least=2) == 0.8
    assert look_from(probabilities, told, precision=1.0, least=3) is None


def test_look_from_takes_equal_probabilities_together() -> None:
    assert look_from([0.9, 0.9], [True, False], precision=0.8, least=1) is None
