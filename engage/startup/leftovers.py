"""Processes of an earlier run whose supervisor was killed."""

import contextlib
import os
import signal
import time
from pathlib import Path

from engage.startup.datadir import DataDir
from engage.startup.process_identity import command_line, started_at

STOP_TIMEOUT_S = 15.0


def stop_leftovers(data: DataDir) -> list[str]:
    """Stop what the last run of this data directory left behind; return the names.

    Call with the lock held. Only processes whose id and start time both match are touched, and the
    PostgreSQL server whose command line names this cluster.
    """
    found: list[tuple[str, int]] = []
    for entry in data.read_state().get("processes", []):
        if entry.get("started") and started_at(entry["pid"]) == entry["started"]:
            found.append((entry["name"], entry["pid"]))
    server = stale_server(data.postgres)
    if server is not None and server not in [pid for _, pid in found]:
        found.append(("postgres", server))
    for name, pid in sorted(found, key=lambda item: item[0] == "postgres"):
        stop_process(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
    return [name for name, _ in found]


def stale_server(cluster: Path) -> int | None:
    """Process id of a server that still runs on ``cluster``."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if str(cluster) in command_line(pid) else None


def stop_process(pid: int, number: signal.Signals) -> None:
    """Signal a process and wait for its end; kill its group after 15 s."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while started_at(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
