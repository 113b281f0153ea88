"""Keep a set of programs running: read their output, start crashed ones again, stop all cleanly.

One thread, one selector. Signals only set a flag; everything else happens in ``poll``.
"""

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from engage.startup.console import Console, LogFile
from engage.startup.program import Child, Program, describe_exit

STABLE_AFTER_S = 60.0
MAX_BACKOFF_S = 30.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked to stop (Ctrl-C, SIGTERM, closed terminal)."""


class Supervisor:
    """Children by name.

    ``on_change`` is called with the identities of the running processes after each start and end.
    """

    def __init__(
        self,
        console: Console,
        logs: Path,
        *,
        on_change: Callable[[list[dict[str, object]]], None] | None = None,
    ) -> None:
        self.console = console
        self.children: dict[str, Child] = {}
        self._logs = logs
        self._on_change = on_change
        self._stop_requested = False
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take over the stop signals inside the block; all children are stopped at its end."""
        # Under nohup SIGHUP is ignored, and stays so.
        before: dict[signal.Signals, Any] = {
            number: signal.getsignal(number)
            for number in STOP_SIGNALS
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        }
        previous_fd = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in before:
            signal.signal(number, self._request_stop)
        # Without a handler SIGCHLD would not wake the selector.
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            self.stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(previous_fd)

    def start(self, program: Program) -> Child:
        """Start a program and keep it running if it is meant to be. Raises: OSError."""
        child = Child(program, LogFile(self._logs / f"{program.name}.log"))
        self.children[program.name] = child
        self._launch(child)
        return child

    def run(self, program: Program) -> int:
        """Run a program to its end while the others are looked after; return its exit code.

        Raises: Stopped.
        """
        child = self.start(program)
        while child.exit_code is None:
            self.poll(1.0)
        del self.children[program.name]
        return child.exit_code

    def is_running(self, name: str) -> bool:
        """Whether the named child has a live process."""
        child = self.children.get(name)
        return child is not None and child.process is not None

    def poll(self, timeout_s: float) -> None:
        """Wait up to ``timeout_s`` seconds for something to happen and deal with it.

        Raises: Stopped (unless the stop is already under way).
        """
        self._look_after(timeout_s)
        if self._stop_requested and not self._stopping:
            raise Stopped

    def restart(self, name: str) -> None:
        """Stop one child and start it again at once (code changed)."""
        child = self.children[name]
        child.signal(child.program.stop_signal)
        self._wait_for([child], child.program.stop_timeout_s)
        self._launch(child)

    def stop_all(self) -> None:
        """Stop everything in the order of ``stop_rank``; nothing is left running. Idempotent."""
        self._stopping = True
        ranks = sorted({child.program.stop_rank for child in self.children.values()})
        for rank in ranks:
            group = [c for c in self.children.values() if c.program.stop_rank == rank]
            for child in group:
                child.due_s = None
                child.signal(child.program.stop_signal)
            timeout_s = max(child.program.stop_timeout_s for child in group)
            for child in self._wait_for(group, timeout_s):
                self.console.say(f"{child.program.name} did not stop in time and was killed.")
        self.children.clear()

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True

    def _launch(self, child: Child) -> None:
        child.start()
        if child.process is not None and child.process.stdout is not None:
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)
        self._report_change()

    def _look_after(self, timeout_s: float) -> None:
        due = [c.due_s for c in self.children.values() if c.due_s is not None]
        if due:
            timeout_s = max(0.0, min(timeout_s, min(due) - time.monotonic()))
        # A child's end and its last output may come in any order, so ask for both every round.
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            else:
                self._read(key.data, key.fileobj)
        for child in list(self.children.values()):
            if child.process is not None and child.process.poll() is not None:
                self._ended(child)
            elif child.due_s is not None and child.due_s <= time.monotonic():
                self._start_again(child)

    def _read(self, child: Child, stream: Any) -> bool:
        lines, ended = child.read_lines()
        for line in lines:
            child.log.write(line)
            if child.program.is_shown(line):
                self.console.say(line, name=child.program.name)
        if ended:
            self._selector.unregister(stream)
        return ended or not lines

    def _ended(self, child: Child) -> None:
        process = child.process
        if process is None:
            return
        child.kill_group()
        stream = process.stdout
        if stream is not None:
            if stream in self._selector.get_map():
                # A grandchild in another session may still hold the pipe: read what is there only.
                while not self._read(child, stream):
                    pass
            if stream in self._selector.get_map():
                self._selector.unregister(stream)
            stream.close()
        child.exit_code = process.returncode
        child.process = None
        child.log.close()
        self._report_change()
        if child.program.is_kept_running and not self._stopping:
            ended = describe_exit(process.returncode)
            self._plan_restart(child, f"stopped unexpectedly ({ended})")

    def _plan_restart(self, child: Child, what: str) -> None:
        now = time.monotonic()
        if now - child.started_s > STABLE_AFTER_S:
            child.failures = 0
        child.failures += 1
        delay_s = min(MAX_BACKOFF_S, 0.5 * 2**child.failures)
        child.due_s = now + delay_s
        self.console.say(f"{child.program.name} {what}; starting it again in {delay_s:.0f} s.")

    def _start_again(self, child: Child) -> None:
        try:
            self._launch(child)
        except Exception as error:
            child.exit_code = 1
            child.process = None
            words = str(error).strip().splitlines() or [repr(error)]
            self._plan_restart(child, f"cannot start ({words[0]})")

    def _wait_for(self, group: list[Child], timeout_s: float) -> list[Child]:
        """Wait for the ends of ``group``; kill and return those that take too long."""
        deadline = time.monotonic() + timeout_s
        stopping_before, self._stopping = self._stopping, True
        try:
            while any(c.process for c in group) and time.monotonic() < deadline:
                self._look_after(0.2)
            late = [child for child in group if child.process is not None]
            for child in late:
                child.kill_group()
            while any(c.process for c in group):
                self._look_after(0.2)
        finally:
            self._stopping = stopping_before
        return late

    def _report_change(self) -> None:
        if self._on_change is not None:
            found = [child.identity() for child in self.children.values()]
            self._on_change([identity for identity in found if identity])
