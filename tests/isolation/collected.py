"""What the walks tried, for the one line at the end."""

from pathlib import Path
from typing import Any

_FILE: Path | None = None


def keep_in(path: Path) -> None:
    """One file for all processes of a run; every count is one short line in it."""
    global _FILE
    _FILE = path


def count(*, routes: int = 0, ids: int = 0, roles: str = "", leaks: int = 0) -> None:
    if _FILE is not None:
        with _FILE.open("a") as file:
            file.write(f"{routes} {ids} {roles or '-'} {leaks}\n")


def summary(path: Path) -> dict[str, Any]:
    """``routes``: the most that one walk saw; ``ids`` and ``leaks`` added up; roles, each once."""
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return {
        "routes": max((int(row[0]) for row in rows), default=0),
        "ids": sum(int(row[1]) for row in rows),
        "roles": len({row[2] for row in rows} - {"-"}),
        "leaks": sum(int(row[3]) for row in rows),
    }
