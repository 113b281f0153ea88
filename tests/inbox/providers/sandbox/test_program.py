import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx


def run(*arguments: str, key: str | None = "k") -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SANDBOX_KEY"}
    if key is not None:
        environment["SANDBOX_KEY"] = key
    return subprocess.Popen(
        [sys.executable, "-m", "inbox.providers.sandbox", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_program_serves_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    with run("--port", str(port), "--data", str(tmp_path / "s.jsonl")) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()

    assert line == f"The sandbox network listens on http://127.0.0.1:{port}\n"
    assert answer.status_code == 200
    assert (process.returncode, rest) == (0, "")


def test_program_says_in_one_sentence_why_it_cannot_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"op":"clock","offset_s":0,"counter":1}\nnonsense\n')
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        with run("--port", port) as busy:
            _, busy_words = busy.communicate(timeout=20)
    with run("--port", str(free_port()), "--data", str(broken)) as unreadable:
        _, broken_words = unreadable.communicate(timeout=20)

    assert busy.returncode == 1
    assert f"cannot start on port {port}" in busy_words
    assert unreadable.returncode == 1
    assert f"{broken}, line 2: cannot be read" in broken_words
    assert "Traceback" not in busy_words + broken_words
