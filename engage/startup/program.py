"""One supervised process: how it is started, what it says, how it ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engage.startup.console import LogFile
from engage.startup.process_identity import started_at
from engage.startup.system_user import SystemUser

READ_BYTES = 65536
MAX_LINE_BYTES = 32768


def show_all(line: str) -> bool:
    """Show every line on the terminal."""
    return bool(line.strip())


@dataclass(frozen=True)
class Program:
    """What to run. Programs with a lower ``stop_rank`` are stopped first."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    stop_rank: int = 1
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 12.0
    is_kept_running: bool = True
    is_shown: Callable[[str], bool] = show_all
    before_start: Callable[[], None] | None = None
    user: SystemUser | None = None


@dataclass
class Child:
    """A program and its current process, if any."""

    program: Program
    log: LogFile
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_s: float = 0.0
    due_s: float | None = None
    exit_code: int | None = None
    _rest: bytes = field(default=b"", repr=False)

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the supervisor.

        Raises: OSError and whatever ``before_start`` raises.
        """
        program = self.program
        if program.before_start is not None:
            program.before_start()
        user = program.user
        self.due_s = None
        self.exit_code = None
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 -- our own programs
            program.command,
            env=dict(program.environment),
            cwd=program.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        if self.process.stdout is not None:
            os.set_blocking(self.process.stdout.fileno(), False)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.process.pid if self.process else None

    def read_lines(self) -> tuple[list[str], bool]:
        """Complete lines written since the last call, and whether the output has ended."""
        if self.process is None or self.process.stdout is None:
            return [], True
        try:
            data = os.read(self.process.stdout.fileno(), READ_BYTES)
        except BlockingIOError:
            return [], False
        if not data:
            last, self._rest = self._rest, b""
            return ([last.decode("utf-8", "replace")] if last else []), True
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            lines.append(self._rest)
            self._rest = b""
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines], False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the main process."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill_group(self) -> None:
        """End everything the process left behind in its process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def identity(self) -> dict[str, object] | None:
        """``{"name", "pid", "started"}``; enough to find the process again later."""
        if self.process is None:
            return None
        started = started_at(self.process.pid)
        return {"name": self.program.name, "pid": self.process.pid, "started": started}


def describe_exit(code: int) -> str:
    """An exit code of ``subprocess`` in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
