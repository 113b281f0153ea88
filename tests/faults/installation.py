"""A whole installation, started as ``make run`` starts it, whose processes can be killed.

Nothing of Django is imported here: the environment must stand before the settings are read.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from engage.startup import environment
from engage.startup.datadir import DataDir
from engage.startup.environment import ROOT, Servers
from engage.startup.keys import load_or_create
from engage.startup.postgres import HOST, free_port
from engage.startup.process_identity import started_at
from engage.startup.roles import DATABASE, ServerAddresses

START_TIMEOUT_S = 150.0
RECOVERY_TIMEOUT_S = 90.0
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


class Broken(Exception):
    """The installation does not do what every fault needs; the message says what."""


class Installation:
    """Use it in a ``with``: at the end every process is gone and the directory too.

    ``killed`` counts what was killed, by name.
    """

    def __init__(self) -> None:
        # Searchable for others: as root, PostgreSQL runs as somebody else.
        self.folder = Path(tempfile.mkdtemp(prefix="engage-faults-")).resolve()
        self.folder.chmod(0o711)
        self.data = DataDir(self.folder / "data")
        self.screen = self.folder / "screen.txt"
        self.port = free_port()
        self.killed: dict[str, int] = {}
        self._seen: dict[int, object] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it is ready. Raises: Broken."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        with self.screen.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "engage.startup", "run", "--no-demo",
                    "--port", str(self.port), "--data-dir", str(self.data.path),
                ],
                cwd=ROOT,
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self.until(self.is_ready, "the installation is ready", START_TIMEOUT_S)

    def stop(self) -> None:
        """As Ctrl-C; what is left after that is killed by its id. Idempotent."""
        process, self._process = self._process, None
        with contextlib.suppress(Exception):
            self.processes()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(45)
            process.kill()
            process.wait()
        for pid, started in self._seen.items():
            if started is not None and started_at(pid) == started:  # still the same process
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def text(self) -> str:
        """What its terminal shows."""
        return self.screen.read_text(errors="replace")

    def until(
        self, condition: Callable[[], bool], what: str, timeout_s: float = RECOVERY_TIMEOUT_S
    ) -> None:
        """Wait for a condition. Raises: Broken."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self._process is None or self._process.poll() is not None:
                raise Broken(f"the installation ended: {self.text()[-2000:]}")
            if time.monotonic() > deadline:
                raise Broken(f"not within {timeout_s:.0f} s: {what}\n{self.text()[-2000:]}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether every part says so."""
        try:
            address = f"http://{HOST}:{self.port}/readyz"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return all(part["ok"] for part in json.load(answer).values())
        except urllib.error.HTTPError as error:
            error.close()
        except (OSError, ValueError):
            pass
        return False

    def processes(self) -> dict[str, int]:
        """Process ids by name, as the supervisor keeps them."""
        rows = self.data.read_state().get("processes") or []
        self._seen |= {int(row["pid"]): row.get("started") for row in rows}
        return {row["name"]: int(row["pid"]) for row in rows}

    def kill(self, name: str) -> None:
        """kill -9 of a program with all its children, as the kernel does when memory is short."""
        pid = self.processes()[name]
        self.killed[name] = self.killed.get(name, 0) + 1
        os.killpg(pid, signal.SIGKILL)

    def kill_postgres(self) -> int:
        """kill -9 of the server and every backend at once; returns how many processes."""
        with psycopg.connect(self.superuser_url) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        pids = [self.processes()["postgres"], *(int(row[0]) for row in rows)]
        self.killed["postgres"] = self.killed.get("postgres", 0) + 1
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def wait_back(self, name: str, *, old_pid: int) -> None:
        """Until the supervisor has put the program back and all is ready. Raises: Broken."""
        self.until(
            lambda: self.processes().get(name, old_pid) != old_pid, f"{name} is started again"
        )
        self.until(self.is_ready, f"ready after the death of {name}")

    @property
    def addresses(self) -> ServerAddresses:
        port = int(self.data.read_state()["postgres_port"])
        return ServerAddresses(HOST, port, load_or_create(self.data))

    @property
    def superuser_url(self) -> str:
        """The product's database as the server's superuser."""
        return self.addresses.superuser_url.rpartition("/")[0] + "/" + DATABASE

    def environment(self) -> dict[str, str]:
        """What the installation's own processes read, with the app role."""
        urls, state = self.addresses, self.data.read_state()
        return environment.build(
            Servers(urls.owner_url, urls.app_url, urls.broker_url),
            load_or_create(self.data),
            self.data.path,
            public_url=f"http://{HOST}:{self.port}",
            sandbox_url=f"http://{HOST}:{state['sandbox_port']}",
        )
