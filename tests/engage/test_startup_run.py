"""The whole product as one process tree: up, asked, hurt, down. Takes some ten seconds."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engage.startup.datadir import DataDir
from engage.startup.process_identity import command_line, started_at

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 120


class Installation:
    """``make run`` without the virtual environment, with its terminal in a file."""

    def __init__(self, folder: Path) -> None:
        self.data = DataDir(folder / "data")
        self.screen = folder / "screen.txt"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
        with self.screen.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "engage.startup", "run", "--no-demo",
                    "--port", str(self.port), "--data-dir", str(self.data.path),
                ],
                cwd=ROOT,
                env=kept,
                stdout=output,
                stderr=output,
            )  # fmt: skip

    def text(self) -> str:
        return self.screen.read_text()

    def until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, self.text()
            assert self.process.poll() is None, self.text()
            time.sleep(0.1)

    def ready(self) -> dict[str, bool]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                parts = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                parts = json.load(error)
        except OSError:
            return {}
        return {name: part["ok"] for name, part in parts.items()}

    def is_ready(self) -> bool:
        answer = self.ready()
        return bool(answer) and all(answer.values())

    def processes(self) -> dict[str, int]:
        return {p["name"]: p["pid"] for p in self.data.read_state()["processes"]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("run"))
    try:
        installation.until(lambda: "Engage runs at" in installation.text(), START_TIMEOUT_S)
        yield installation
    finally:
        installation.process.terminate()
        installation.process.wait(60)


def test_every_part_is_ready(running: Installation) -> None:
    assert running.ready() == {
        "database": True,
        "broker": True,
        "worker": True,
        "migrations": True,
    }
    assert set(running.processes()) == {"postgres", "sandbox", "web", "worker", "beat"}


def test_web_and_worker_cannot_name_the_owner(running: Installation) -> None:
    for name in ("web", "worker", "beat", "sandbox"):
        environ = Path(f"/proc/{running.processes()[name]}/environ")
        if environ.exists():
            assert "DATABASE_OWNER_URL" not in environ.read_text()
            assert "engage_owner" not in environ.read_text()


@pytest.mark.parametrize("name", ["worker", "web", "beat", "sandbox", "postgres"])
def test_killed_process_is_reported_and_replaced(running: Installation, name: str) -> None:
    before = running.processes()[name]

    os.kill(before, signal.SIGKILL)
    running.until(lambda: running.processes().get(name, before) != before)
    running.until(running.is_ready)

    assert (
        f"engage  | {name} stopped unexpectedly (signal SIGKILL); starting it again in"
    ) in running.text()


def test_stop_leaves_no_process_and_the_next_start_is_quick(tmp_path: Path) -> None:
    first = Installation(tmp_path)
    first.until(lambda: "Engage runs at" in first.text(), START_TIMEOUT_S)
    pids = list(first.processes().values())

    first.process.send_signal(signal.SIGINT)

    assert first.process.wait(60) == 0
    assert first.text().endswith("engage  | Stopped.\n")
    assert [pid for pid in pids if started_at(pid)] == []
    if Path("/proc/self").exists():
        everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        assert [pid for pid in everybody if str(first.data.path) in command_line(pid)] == []

    second = Installation(tmp_path)
    second.until(lambda: "Engage runs at" in second.text(), START_TIMEOUT_S)
    second.process.terminate()

    assert second.process.wait(60) == 0
    assert "engage  | Tables and static files are up to date." in second.text()


def test_leftovers_of_a_killed_launcher_are_cleared_away(tmp_path: Path) -> None:
    first = Installation(tmp_path)
    first.until(lambda: "Engage runs at" in first.text(), START_TIMEOUT_S)
    pids = list(first.processes().values())
    first.process.kill()
    first.process.wait()
    assert [pid for pid in pids if started_at(pid)] == pids

    second = Installation(tmp_path)
    second.until(lambda: "Engage runs at" in second.text(), START_TIMEOUT_S)
    second.process.terminate()

    assert second.process.wait(60) == 0
    assert [pid for pid in pids if started_at(pid)] == []
    assert "engage  | Stopped worker, left over from an earlier run." in second.text()
