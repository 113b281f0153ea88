"""One table of the gates of every screen, printed at the end of a run that measured any."""

from collections.abc import Callable
from typing import Any

import pytest

_NAME = "gate"


@pytest.fixture
def gate(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """``gate("G7", "axe violations", found, of="52 pages")``; ``found`` is a list, empty is met."""

    def tell(key: str, measure: str, found: list[str], *, of: str) -> None:
        record_property(_NAME, {"key": key, "measure": measure, "found": len(found), "of": of})

    return tell


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _NAME and getattr(report, "when", "") == "call"
    ]
    if not rows:
        return
    terminalreporter.section("gates")
    for row in sorted(rows, key=lambda row: (int(row["key"][1:]), row["of"])):
        verdict = "RED" if row["found"] else "ok"
        terminalreporter.write_line(
            f"{row['key']:<4} {row['measure']:<58} {row['found']:>4}  {verdict:<4} {row['of']}"
        )
