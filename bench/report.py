"""What a measurement hands back, and the table of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure: ``quick`` for a look, ``full`` for the sizes nobody waits for daily."""

    quick: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table.

    ``ratio`` is ``value / baseline``, taken pair by pair where the two were measured in turns, so
    it need not be the quotient of the two medians. ``target`` is the wish in words and ``is_met``
    whether it came true; None where there is no number to hold it against.
    """

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    target: str = ""
    is_met: bool | None = None
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The stable contract: name, value, unit, baseline, ratio."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "baseline": round(self.baseline, 3),
            "ratio": round(self.ratio, 4),
        }


def write_results(path: Path, results: Iterable[Result]) -> None:
    """Hand results from the process that measured to the one that reports."""
    path.write_text(json.dumps([asdict(result) for result in results]))


def read_results(path: Path) -> list[Result]:
    return [Result(**row) for row in json.loads(path.read_text())]


def table(results: Sequence[Result]) -> str:
    """Columns name, value, baseline, ratio, target; notes indented below their line."""
    rows = [("measurement", "value", "baseline", "ratio", "target")]
    for one in results:
        verdict = {True: "met", False: "MISSED", None: ""}[one.is_met]
        rows.append(
            (
                one.name,
                f"{one.value:,.1f} {one.unit}",
                f"{one.baseline:,.1f} {one.unit}",
                f"{one.ratio:.3f}",
                " ".join(filter(None, (one.target, verdict))),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])]
        cells += [row[column].rjust(widths[column]) for column in (1, 2, 3)]
        lines.append("  ".join([*cells, row[4]]).rstrip())
        lines += [f"    {note}" for note in (results[number - 1].notes if number else [])]
    return "\n".join(lines)
