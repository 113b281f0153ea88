"""The whole product as one process tree: up, asked, hurt, down. Takes half a minute."""

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

from engage.startup import fingerprint
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


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    """Where an installation lives; whatever still runs on it at the end is killed."""
    yield folder
    for pid in processes_of(folder):
        os.kill(pid, signal.SIGKILL)


def processes_of(folder: Path) -> list[int]:
    if not Path("/proc/self").exists():
        return []
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in everybody if str(folder) in command_line(pid)]


def test_one_life_of_an_installation(home: Path) -> None:
    """One test, because the first start is dear: up, hurt, orphaned, up again, down."""
    release = fingerprint.of_release(ROOT)
    first = Installation(home)
    first.until(lambda: "Engage runs at" in first.text(), START_TIMEOUT_S)
    assert_all_is_well(first)
    for name in ("worker", "web", "beat", "sandbox", "postgres"):
        assert_killed_process_is_replaced(first, name)
    orphans = list(first.processes().values())
    first.process.kill()
    first.process.wait()
    assert [pid for pid in orphans if started_at(pid)] == orphans

    second = Installation(home)
    second.until(lambda: "Engage runs at" in second.text(), START_TIMEOUT_S)

    assert [pid for pid in orphans if started_at(pid)] == []
    assert "engage  | Stopped worker, left over from an earlier run." in second.text()
    is_same_release = fingerprint.of_release(ROOT) == release
    assert ("engage  | Tables and static files are up to date." in second.text()) is is_same_release
    assert_all_is_well(second)
    pids = list(second.processes().values())
    second.process.send_signal(signal.SIGINT)
    assert second.process.wait(60) == 0
    assert second.text().endswith("engage  | Stopped.\n")
    assert [pid for pid in pids if started_at(pid)] == []
    assert processes_of(home) == []


def assert_all_is_well(running: Installation) -> None:
    well = ("database", "broker", "worker", "migrations", "ledger")
    assert running.ready() == dict.fromkeys(well, True)
    assert set(running.processes()) == {"postgres", "sandbox", "web", "worker", "beat"}
    for name in ("web", "worker", "beat", "sandbox"):
        environ = Path(f"/proc/{running.processes()[name]}/environ")
        if environ.exists():
            assert "engage_app" in environ.read_text()
            assert "engage_owner" not in environ.read_text()


def assert_killed_process_is_replaced(running: Installation, name: str) -> None:
    before = running.processes()[name]
    os.kill(before, signal.SIGKILL)
    running.until(lambda: running.processes().get(name, before) != before)
    running.until(running.is_ready)
    assert f"{name} stopped unexpectedly (signal SIGKILL); starting it again" in running.text()
