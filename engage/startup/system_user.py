"""The system user PostgreSQL runs as.

PostgreSQL refuses to run as root. Started as root (containers, CI) the server therefore runs as an
unprivileged user of its own; started as anybody else it runs as that person.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engage.startup.errors import CannotStart

USER_NAME = "pgserver"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Ids to start a process with."""

    name: str
    uid: int
    gid: int


def unprivileged_user() -> SystemUser | None:
    """The user for PostgreSQL when this process is root, else ``None`` (no change needed).

    Creates the user if it is missing; falls back to ``nobody`` where users cannot be created.

    Raises: CannotStart (root, and no unprivileged user is to be had).
    """
    if os.geteuid() != 0:
        return None
    for name in (USER_NAME, NOBODY):
        entry = _lookup(name) or (_create(name) if name == USER_NAME else None)
        if entry is not None and entry.pw_uid != 0:
            return SystemUser(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL does not run as root and no unprivileged user could be made; "
        "start Engage as a normal user."
    )


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create(name: str) -> pwd.struct_passwd | None:
    command = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if command is None:
        return None
    subprocess.run(  # noqa: S603 -- fixed arguments
        [command, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        capture_output=True,
        check=False,
    )
    return _lookup(name)


def open_path_to(path: Path) -> list[Path]:
    """Let every user search (not list) the directories above ``path``; return those changed.

    Needed only as root, where the checkout may lie in a private home directory. Search permission
    is the least that lets another user reach a file whose name it already knows.
    """
    changed = []
    for folder in reversed(path.resolve().parents):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            changed.append(folder)
    return changed


def open_tree(top: Path) -> None:
    """Let every user read the files below ``top`` (an installed package, nothing secret)."""
    for entry in (top, *top.rglob("*")):
        if entry.is_symlink():
            continue
        mode = stat.S_IMODE(entry.stat().st_mode)
        wanted = mode | stat.S_IROTH
        if entry.is_dir() or mode & stat.S_IXUSR:
            wanted |= stat.S_IXOTH
        if wanted != mode:
            entry.chmod(wanted)
