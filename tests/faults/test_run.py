"""``make faults`` as a test: ``pytest -m faults``. What needs no minutes is tested here as well."""

import re
import subprocess
import sys

import pytest

from engage.startup.environment import ROOT
from tests.faults.__main__ import Row, report
from tests.faults.books import Verdict


@pytest.mark.faults
def test_nothing_is_lost_when_everything_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    last = done.stdout.rstrip().rpartition("\n")[2]
    assert (done.returncode, last) == (0, "faults 11, lost 0, doubled 0, ledger ok"), done.stdout


def row(verdict: Verdict, ledger: str = "") -> Row:
    return Row("name", "a fault", verdict, ledger, 1.0)


@pytest.mark.parametrize(
    ("rows", "endings", "line", "code"),
    [
        ([row(Verdict(checked=3))], {}, "faults 1, lost 0, doubled 0, ledger ok", 0),
        ([row(Verdict(3, 2, 1, ["x"]))], {}, "faults 1, lost 2, doubled 1, ledger ok", 1),
        ([row(Verdict(), "flipped")], {}, "faults 1, lost 0, doubled 0, ledger broken", 1),
        ([row(Verdict())], {"a/b": "cut"}, "faults 1, lost 0, doubled 0, ledger broken", 1),
        ([row(Verdict(wrong=["late"]))] * 2, {}, "faults 2, lost 0, doubled 0, ledger ok", 1),
    ],
)
def test_the_last_line_tells_all_and_the_exit_code_agrees(
    rows: list[Row],
    endings: dict[str, str],
    line: str,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report(rows, endings, killed={"web": 2}, seconds=9) == code

    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == line
    assert re.search(r"^a fault +\d", "\n".join(lines), re.MULTILINE)
    assert all(
        any(words in one for one in lines) for entry in rows for words in entry.verdict.wrong
    )
