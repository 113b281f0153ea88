"""Run only the embedded database, for development against it."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType

from engage.startup.errors import CannotStart
from engage.startup.postgres import EmbeddedPostgres


def run_alone(data_dir: Path, *, durable: bool, has_printed_env: bool) -> int:
    """Run the database until Ctrl-C or SIGTERM; return 0. Raises: CannotStart.

    With ``has_printed_env`` the addresses (they hold passwords) are printed as ``NAME=value``
    lines once the server takes connections.
    """
    is_stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True

    server = EmbeddedPostgres(data_dir, durable=durable)
    server.data.create()
    server.data.lock()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with server:
        if has_printed_env:
            for name, value in server.servers.env().items():
                sys.stdout.write(f"{name}={value}\n")
            sys.stdout.flush()
        while not is_stopping:
            if not server.is_running:
                raise CannotStart(f"PostgreSQL stopped: {server.last_words()}")
            time.sleep(0.2)
    return 0
