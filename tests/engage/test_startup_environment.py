"""What the launcher decides for the processes it starts."""

import pytest

from engage.startup.environment import without_second_factor


@pytest.mark.parametrize(
    ("host", "said", "expected"),
    [
        ("127.0.0.1", {}, True),
        ("localhost", {}, True),
        ("::1", {}, True),
        ("0.0.0.0", {}, False),  # noqa: S104 -- the case in question
        ("10.0.0.7", {}, False),
        ("127.0.0.1", {"SECOND_FACTOR_REQUIRED": "true"}, False),
        ("127.0.0.1", {"SECOND_FACTOR_REQUIRED": "false"}, False),
    ],
)
def test_only_a_machine_of_ones_own_asks_for_no_second_factor(
    host: str, said: dict[str, str], expected: bool
) -> None:
    assert without_second_factor(host, said) is expected
