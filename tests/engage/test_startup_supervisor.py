"""The supervisor with small real processes."""

import io
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engage.startup.console import Console, LogFile
from engage.startup.process_identity import started_at
from engage.startup.program import Program
from engage.startup.supervisor import Stopped, Supervisor

PATIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"


class Stage:
    """A supervisor whose terminal is a string."""

    def __init__(self, folder: Path) -> None:
        self.screen = io.StringIO()
        self.folder = folder
        self.running: list[dict[str, object]] = []
        self.supervisor = Supervisor(Console(self.screen), folder, on_change=self._changed)

    def _changed(self, found: list[dict[str, object]]) -> None:
        self.running = found

    def program(self, name: str, code: str, **options: object) -> Program:
        return Program(
            name=name,
            command=(sys.executable, "-c", code),
            environment=os.environ,
            directory=self.folder,
            **options,  # type: ignore[arg-type]
        )

    def until(self, condition: Callable[[], bool], timeout_s: float = 15.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, self.screen.getvalue()
            self.supervisor.poll(0.1)

    def lines(self) -> list[str]:
        return self.screen.getvalue().splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    with stage.supervisor.signals():
        yield stage


def test_lines_are_prefixed_on_the_terminal_and_kept_in_a_log(stage: Stage) -> None:
    code = stage.supervisor.run(
        stage.program("web", "print('one'); print('zwei ü')", is_kept_running=False)
    )

    assert code == 0
    assert stage.lines() == ["web     | one", "web     | zwei ü"]
    assert (stage.folder / "web.log").read_text() == "one\nzwei ü\n"


def test_hidden_lines_are_only_in_the_log(stage: Stage) -> None:
    program = stage.program(
        "web",
        "print('secret'); print('shown')",
        is_kept_running=False,
        is_shown=lambda line: line == "shown",
    )

    stage.supervisor.run(program)

    assert stage.lines() == ["web     | shown"]
    assert (stage.folder / "web.log").read_text() == "secret\nshown\n"


def test_exit_code_of_a_failed_step(stage: Stage) -> None:
    assert (
        stage.supervisor.run(stage.program("step", "raise SystemExit(3)", is_kept_running=False))
        == 3
    )


def test_very_long_output_without_line_ends_does_not_block(stage: Stage) -> None:
    program = stage.program("web", "print('x' * 1_000_000)", is_kept_running=False)

    assert stage.supervisor.run(program) == 0
    assert (stage.folder / "web.log").stat().st_size >= 1_000_000


def test_killed_child_is_reported_and_started_again(stage: Stage) -> None:
    child = stage.supervisor.start(stage.program("worker", PATIENT))
    stage.until(lambda: "worker  | up" in stage.lines())
    first = child.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    stage.until(lambda: stage.lines().count("worker  | up") == 2)

    assert child.pid not in (None, first)
    assert stage.lines()[1] == (
        "engage  | worker stopped unexpectedly (signal SIGKILL); starting it again in 1 s."
    )
    assert [entry["pid"] for entry in stage.running] == [child.pid]


def test_pauses_between_restarts_grow(stage: Stage) -> None:
    stage.supervisor.start(stage.program("web", "raise SystemExit(1)"))

    stage.until(lambda: "in 4 s" in stage.screen.getvalue())

    pauses = re.findall(r"\(exit code 1\); starting it again in (\d) s", stage.screen.getvalue())
    assert pauses == ["1", "2", "4"]


def test_children_of_a_killed_child_do_not_stay(stage: Stage) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    child = stage.supervisor.start(stage.program("worker", code))
    stage.until(lambda: len(stage.lines()) == 1)
    grandchild = int(stage.lines()[0].rpartition(" ")[2])
    assert started_at(grandchild) is not None
    assert child.pid is not None

    os.kill(child.pid, signal.SIGKILL)
    stage.until(lambda: started_at(grandchild) is None)

    assert started_at(grandchild) is None


def test_programs_stop_by_rank(stage: Stage) -> None:
    says = (
        "import signal, sys, time\n"
        "def bye(*_): print('bye', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); print('up', flush=True); time.sleep(60)"
    )
    for name, rank in (("late", 3), ("early", 1), ("middle", 2)):
        stage.supervisor.start(stage.program(name, says, stop_rank=rank))
    stage.until(lambda: len(stage.lines()) == 3)

    stage.supervisor.stop_all()

    assert [line for line in stage.lines() if line.endswith("bye")] == [
        "early   | bye",
        "middle  | bye",
        "late    | bye",
    ]
    assert stage.running == []


def test_child_that_ignores_the_stop_signal_is_killed(stage: Stage) -> None:
    child = stage.supervisor.start(stage.program("worker", STUBBORN, stop_timeout_s=0.5))
    stage.until(lambda: "worker  | up" in stage.lines())
    pid = child.pid
    assert pid is not None

    stage.supervisor.stop_all()

    assert stage.lines()[-1] == "engage  | worker did not stop in time and was killed."
    assert started_at(pid) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_signal_ends_the_wait_and_all_children(tmp_path: Path, number: signal.Signals) -> None:
    stage = Stage(tmp_path)
    with stage.supervisor.signals():
        child = stage.supervisor.start(stage.program("web", PATIENT))
        pid = child.pid
        assert pid is not None
        os.kill(os.getpid(), number)

        with pytest.raises(Stopped):
            stage.supervisor.poll(5.0)

    assert started_at(pid) is None
    assert stage.running == []


def test_failed_preparation_is_reported_and_tried_again(stage: Stage) -> None:
    attempts = []

    def prepare() -> None:
        attempts.append(1)
        if len(attempts) == 2:
            message = "the broker is away"
            raise RuntimeError(message)

    child = stage.supervisor.start(stage.program("worker", PATIENT, before_start=prepare))
    stage.until(lambda: "worker  | up" in stage.lines())
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)

    stage.until(lambda: stage.lines().count("worker  | up") == 2)

    assert (
        "engage  | worker cannot start (the broker is away); starting it again in 2 s."
    ) in stage.lines()


def test_log_starts_over_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engage.startup.console.MAX_LOG_BYTES", 20)
    log = LogFile(tmp_path / "web.log")

    for word in ("first line", "second line", "third line"):
        log.write(word)
    log.close()

    assert (tmp_path / "web.log").read_text() == "third line\n"
    assert (tmp_path / "web.log.1").read_text() == "second line\n"
