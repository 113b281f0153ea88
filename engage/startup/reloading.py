"""Notice changed code, for development."""

import time
from pathlib import Path

from engage.startup.fingerprint import newest_change


class ChangeWatcher:
    """Compares change times of the product's Python files, at most once per second."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._newest = newest_change(root)
        self._asked_s = time.monotonic()

    def has_changed(self) -> bool:
        """Whether a file changed since the last time this was true."""
        if time.monotonic() - self._asked_s < 1.0:
            return False
        self._asked_s = time.monotonic()
        newest = newest_change(self._root)
        if newest == self._newest:
            return False
        self._newest = newest
        return True
