"""``python -m inbox.providers.sandbox --port 8900 --data FILE`` runs the sandbox network."""

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from inbox.providers.sandbox.server import SandboxServer


def main() -> int:
    """Runs until Ctrl-C or SIGTERM; 1 with one sentence if it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m inbox.providers.sandbox",
        description="A small social network of our own, to try flows before they go live. "
        "The environment variable SANDBOX_KEY opens its control side; without it a key is made "
        "up and printed.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8900, help="port to listen on (8900)")
    parser.add_argument(
        "--data", default="memory", help="journal file that survives a restart, or: memory"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # The HTTP client tells every webhook; a line each would bury the rest.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    log = logging.getLogger("sandbox")
    key = os.environ.get("SANDBOX_KEY", "")
    if not key:
        key = secrets.token_hex(16)
        log.info("SANDBOX_KEY is not set; the key of this run is %s", key)
    data = None if options.data == "memory" else Path(options.data)
    try:
        server = SandboxServer(key=key, host=options.host, port=options.port, data=data)
    except OSError as error:
        log.error("The sandbox network cannot start on port %s: %s", options.port, error)
        return 1
    except ValueError as error:
        log.error("The sandbox network cannot start: %s", error)
        return 1
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    server.start()
    log.info("The sandbox network listens on %s", server.base_url)
    ended.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
