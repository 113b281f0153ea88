"""The table: who gets which status where. One line per method, workspace and route.

Written by ``ISOLATION_WRITE=1 make isolation`` and read by people: a change of rights is a change
of this file. What must never be, no table can allow; that is asked for beside it.
"""

import os
from pathlib import Path

from tests.isolation.people import NAMES

FILE = Path(__file__).parent / "table.txt"
WRITES = os.environ.get("ISOLATION_WRITE") == "1"

type Line = tuple[str, str, str]  # method, workspace, route
type Codes = dict[str, int]  # status by walker


def read() -> dict[Line, Codes]:
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    table: dict[Line, Codes] = {}
    for text in lines:
        if not text or text.startswith("#"):
            continue
        method, workspace, route, *codes = text.split("\t")
        table[(method, workspace, route)] = dict(zip(NAMES, map(int, codes), strict=True))
    return table


def write(name: str, seen: dict[Line, int], *, of: set[tuple[str, str]]) -> None:
    """Put one walker's codes in; lines of these methods and workspaces that are gone go."""
    table = read()
    for line in [line for line in table if line[:2] in of and line not in seen]:
        del table[line]
    for line, code in seen.items():
        table.setdefault(line, dict.fromkeys(NAMES, 0))[name] = code
    head = "# " + "\t".join(["method", "workspace", "route", *NAMES])
    rows = ["\t".join([*line, *(str(table[line][who]) for who in NAMES)]) for line in sorted(table)]
    FILE.write_text("\n".join([head, *rows]) + "\n")
