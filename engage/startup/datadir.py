"""The data directory: what one installation keeps on disk, and who may use it at a time."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engage.startup.errors import CannotStart


class DataDir:
    """Paths below one data directory and the lock that keeps a second instance out.

    Holds ``postgres/`` (cluster), ``files/`` (uploads, exports), ``static/``, ``logs/``,
    ``secrets.json`` (mode 0600), ``state.json`` (ports and processes of the running instance)
    and ``run.lock``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.postgres = self.path / "postgres"
        self.files = self.path / "files"
        self.static = self.path / "static"
        self.logs = self.path / "logs"
        self.secrets_file = self.path / "secrets.json"
        self.state_file = self.path / "state.json"
        self._lock_fd: int | None = None

    def create(self) -> None:
        """Make the directories that are missing; one that is there keeps its mode.

        A new top is searchable but not listable for others (0711): when started as root, PostgreSQL
        runs as another user and must reach its own folder. Everything inside is private.

        Raises: CannotStart (not a directory, not writable).
        """
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                self.path.chmod(0o711)
            for folder in (self.files, self.static, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.path / ".write-test"
            probe.write_bytes(b"")
            probe.unlink()
        except (FileExistsError, NotADirectoryError) as error:
            raise CannotStart(
                f"The data directory {self.path} cannot be used: {error.filename} "
                "is in the way and is not a directory."
            ) from error
        except OSError as error:
            raise CannotStart(
                f"The data directory {self.path} is not writable ({error.strerror}); "
                "choose another with DATA_DIR=…"
            ) from error

    def lock(self) -> None:
        """Keep other instances out until ``unlock`` or the end of this process.

        Raises: CannotStart (another process holds the directory; its id and address are named).
        """
        fd = os.open(self.path / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            state = self.read_state()
            where = f" at {state['address']}" if state.get("address") else ""
            who = f" (process {state['pid']})" if state.get("pid") else ""
            raise CannotStart(
                f"Engage already runs on the data directory {self.path}{where}{who}; "
                "stop it first or choose another directory with DATA_DIR=…"
            ) from error
        self._lock_fd = fd

    def unlock(self) -> None:
        """Let other instances in again."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def is_locked(self) -> bool:
        """Whether a running instance holds this directory."""
        lock_file = self.path / "run.lock"
        if not lock_file.exists():
            return False
        with lock_file.open("rb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def read_state(self) -> dict[str, Any]:
        """The last written state; empty if there is none or it is not readable."""
        try:
            state = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def update_state(self, **changes: object) -> None:
        """Merge ``changes`` into the state file; ``None`` removes a key."""
        merged = {**self.read_state(), **changes}
        kept = {key: value for key, value in merged.items() if value is not None}
        write_private_json(self.state_file, kept)


def write_private_json(path: Path, value: Mapping[str, object]) -> None:
    """Replace ``path`` in one step by ``value`` as JSON, readable by the owner only."""
    part = path.with_name(path.name + ".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as handle:
        json.dump(value, handle, indent=1)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
