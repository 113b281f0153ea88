"""Install and start the real network on loopback, run the tests against it, stop it.

Where a server cannot be installed the tests are skipped and say so, loudly.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.network.conftest import ADDRESSES, WHY_NOT
from tests.network.installing import Missing, Servers, install

START_S = 180
FOLDER = Path(os.environ.get("NETWORK_DIR", ".network")).absolute()


def main() -> int:
    environment = dict(os.environ)
    with ExitStack() as stack:
        try:
            servers = install(FOLDER)
            scratch = Path(tempfile.mkdtemp(prefix="network-"))
            stack.callback(shutil.rmtree, scratch, ignore_errors=True)
            scratch.chmod(0o755)
            base = _free_base()
            database = stack.enter_context(_postgres(servers, scratch, base + 5))
            stack.enter_context(_redis(servers, scratch, base + 6))
            found = stack.enter_context(_network(servers, scratch, base, database))
        except (Missing, OSError, subprocess.SubprocessError) as error:
            line = "!" * 78
            sys.stderr.write(f"{line}\nTHE REAL NETWORK IS NOT TESTED: {error}\n{line}\n")
            environment[WHY_NOT] = str(error)
        else:
            environment[ADDRESSES] = json.dumps(found)
        command = [sys.executable, "-m", "pytest", "tests/network", "-n", "0", "-rs"]
        return subprocess.run([*command, *sys.argv[1:]], env=environment, check=False).returncode


def _free_base() -> int:
    """Ten ports in a row."""
    for base in range(24900, 26900, 20):
        try:
            for port in range(base, base + 10):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise Missing("no ten free ports in a row")


@contextmanager
def _postgres(servers: Servers, scratch: Path, port: int) -> Iterator[str]:
    """Its address. PostgreSQL refuses to run as root, so root lends it to its own user."""
    home = scratch / "pg"
    home.mkdir()
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        who = {"user": owner.pw_uid, "group": owner.pw_gid}

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [str(servers.postgres / program), *words],
            check=True,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_S,
            **who,
        )

    data = str(home / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", "at", "-E", "UTF8", "--locale=C.UTF-8")
    options = (
        f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off"
        " -c synchronous_commit=off -c full_page_writes=off"
    )
    run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "at", "at")
        yield f"postgresql://at@127.0.0.1:{port}/at"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")


@contextmanager
def _redis(servers: Servers, scratch: Path, port: int) -> Iterator[None]:
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    environment = os.environ | {"LD_LIBRARY_PATH": servers.libraries}
    with _running([str(servers.redis), *words], scratch, environment):
        yield


@contextmanager
def _network(servers: Servers, scratch: Path, base: int, database: str) -> Iterator[dict[str, str]]:
    ready = scratch / "ready.json"
    environment = servers.environment | {
        "AT_BASE": str(base),
        "AT_READY": str(ready),
        "DB_POSTGRES_URL": database,
        "DB_POSTGRES_SCHEMA": "net",
        "REDIS_HOST": f"127.0.0.1:{base + 6}",
        "LOG_ENABLED": "false",
        "TMPDIR": str(scratch),
    }
    folder = servers.folder / "net"
    with _running([str(servers.node), "server.mjs"], folder, environment) as process:
        until = time.monotonic() + START_S
        while not ready.exists() or not ready.read_text():
            if process.poll() is not None or time.monotonic() > until:
                raise Missing("the network does not start")
            time.sleep(0.2)
        yield json.loads(ready.read_text())


@contextmanager
def _running(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
