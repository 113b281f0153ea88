"""Cells that a spreadsheet must not take for formulas."""

from typing import Any

import pytest

from compliance.domain.spreadsheet import cell


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("\r=1", "'\r=1"),
        (-2, -2),
        (None, ""),
        ("a=1", "a=1"),
        ({"a": "=1"}, '{"a": "=1"}'),
        (["ä"], '["ä"]'),
    ],
)
def test_a_cell_is_no_formula(value: Any, shown: Any) -> None:
    assert cell(value) == shown
