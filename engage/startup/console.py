"""What the person at the terminal sees, and the log files behind it."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, TextIO

NAME_WIDTH = 8
MAX_LOG_BYTES = 10 * 1024 * 1024
COLOURS = {"engage": "1", "web": "32", "worker": "36", "beat": "35", "sandbox": "33"}


class Console:
    """Prefixed lines on one stream; colours only on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty()

    def say(self, text: str, *, name: str = "engage") -> None:
        """Write ``text`` line by line, each with the name of who speaks.

        A closed terminal is no reason to stop: the log files still have every line.
        """
        for line in text.splitlines() or [""]:
            label = f"{name:<{NAME_WIDTH}}|"
            if self._colour and name in COLOURS:
                label = f"\x1b[{COLOURS[name]}m{label}\x1b[0m"
            try:
                self._stream.write(f"{label} {line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return


class LogFile:
    """An append-only log that starts over at 10 MB, keeping one older file (``.1``)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: BinaryIO | None = None
        self._size_bytes = 0

    def write(self, line: str) -> None:
        """Append one line."""
        if self._handle is None:
            self._open()
        data = line.encode("utf-8", "replace") + b"\n"
        if self._size_bytes + len(data) > MAX_LOG_BYTES:
            self.close()
            self.path.replace(self.path.with_name(self.path.name + ".1"))
            self._open()
        if self._handle is not None:
            self._handle.write(data)
            self._handle.flush()
            self._size_bytes += len(data)

    def last_lines(self, count: int) -> list[str]:
        """The newest ``count`` lines, oldest first."""
        try:
            lines = self.path.read_text(errors="replace").splitlines()
        except OSError:
            return []
        return lines[-count:]

    def close(self) -> None:
        """Close the file; the next write opens it again."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _open(self) -> None:
        self._handle = self.path.open("ab")
        self._size_bytes = self._handle.tell()


def table(rows: Iterable[Iterable[str]]) -> str:
    """Rows as text with aligned columns."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
    return "\n".join(lines)
