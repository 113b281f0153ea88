"""No line of a log holds the secret part of a signed address."""

import logging

import pytest

from engage.logs import HideKeys, without_keys


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /appeals/.eJx-9:1xU:ab_c/ 200", "GET /appeals/…/ 200"),
        ("POST /archive/.eJx-9:1xU:ab_c/ 200", "POST /archive/…/ 200"),
        ("Not Found: /appeals/x", "Not Found: /appeals/…"),
        ('"http://h/appeals/abc?x=1"', '"http://h/appeals/…?x=1"'),
        ("GET /w/acme/north/admin/ 200", "GET /w/acme/north/admin/ 200"),
    ],
)
def test_keys_are_taken_out(line: str, expected: str) -> None:
    assert without_keys(line) == expected


def test_the_filter_works_on_arguments() -> None:
    record = logging.LogRecord("x", 30, "f", 1, "Not Found: %s", ("/appeals/secret/",), None)

    HideKeys().filter(record)

    assert record.getMessage() == "Not Found: /appeals/…/"
