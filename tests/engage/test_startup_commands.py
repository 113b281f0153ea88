"""The launcher's command line: refusals in one sentence, and an end without leftovers."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from engage.startup.datadir import DataDir
from engage.startup.process_identity import command_line, started_at

ROOT = Path(__file__).resolve().parents[2]


def launch(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "CELERY_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "engage.startup", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(*arguments: str, **environment: str) -> str:
    process = launch(*arguments, **environment)
    _, words = process.communicate(timeout=30)
    assert process.returncode == 1, words
    return words


def processes_of(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc/self").exists() else []:
        if entry.name.isdigit() and str(folder) in command_line(int(entry.name)):
            found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def test_busy_port_is_one_sentence_and_nothing_is_started(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        words = refusal("run", "--port", str(port), "--data-dir", str(folder / "data"))

    assert words == (
        f"engage: Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        f"choose another, for example: make run PORT={port + 1}\n"
    )
    assert not (folder / "data").exists()


def test_second_instance_is_refused_with_the_first_ones_address(folder: Path) -> None:
    first = DataDir(folder / "data")
    first.create()
    first.lock()
    first.update_state(pid=4711, address="http://127.0.0.1:8000")

    words = refusal("run", "--port", "0", "--data-dir", str(first.path))

    assert words == (
        f"engage: Engage already runs on the data directory {first.path} at "
        "http://127.0.0.1:8000 (process 4711); stop it first or choose another directory with "
        "DATA_DIR=…\n"
    )
    assert first.read_state()["pid"] == 4711
    first.unlock()


def test_damaged_database_is_one_sentence_and_leaves_no_process(folder: Path) -> None:
    data = DataDir(folder / "data")
    data.create()
    data.postgres.mkdir()
    (data.postgres / "base").mkdir()
    data.secrets_file.write_text("{}")

    words = refusal("run", "--port", "0", "--data-dir", str(data.path))

    assert words.startswith("engage: ")
    assert words.count("\n") == 1
    assert processes_of(data.path) == []
    assert "processes" not in data.read_state()


def test_unreachable_server_of_the_operator_is_named(folder: Path) -> None:
    words = refusal(
        "run", "--port", "0", "--data-dir", str(folder / "data"),
        DATABASE_URL="postgresql://me@127.0.0.1:1/engage",
    )  # fmt: skip

    assert words.startswith("engage: The database server of DATABASE_URL does not answer: ")
    assert not (folder / "data" / "postgres").exists()


def test_exec_without_a_command_says_what_is_missing(folder: Path) -> None:
    words = refusal("exec", "--data-dir", str(folder))

    assert words == "engage: exec needs a command, for example: exec -- manage.py shell\n"


def test_exec_starts_the_database_for_the_duration_of_a_command(folder: Path) -> None:
    code = (
        "import os, psycopg\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c:\n"
        "    print(c.execute('SELECT current_user').fetchone()[0])\n"
        "print(sorted(k for k in os.environ if k == 'DATABASE_OWNER_URL'))"
    )

    process = launch("exec", "--data-dir", str(folder / "d"), "--", sys.executable, "-c", code)
    output, words = process.communicate(timeout=60)

    assert (process.returncode, output, words) == (0, "engage_app\n[]\n", "")
    assert processes_of(folder / "d") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_database_alone_serves_until_it_is_stopped(folder: Path, number: signal.Signals) -> None:
    process = launch("postgres", "--data-dir", str(folder / "d"), "--print-env", "--not-durable")
    assert process.stdout is not None
    lines = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
    with psycopg.connect(lines["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("engage_app",)

    process.send_signal(number)
    _, words = process.communicate(timeout=30)

    assert (process.returncode, words) == (0, "")
    assert processes_of(folder / "d") == []


def test_process_identity_tells_a_reused_id_apart() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    mark = started_at(process.pid)
    assert mark
    assert started_at(process.pid) == mark

    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    while started_at(process.pid) is not None:
        assert time.monotonic() < deadline

    assert started_at(process.pid) is None
