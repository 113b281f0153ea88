"""Marks that tell whether preparing again would change anything."""

import hashlib
import os
from pathlib import Path

import psycopg

PACKAGES = ("engage", "tenants", "compliance", "inbox", "moderation", "reporting")
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})


def of_release(root: Path) -> str:
    """Hash over name, size and change time of every file of the product and of the lock.

    Cheap on purpose (some ten milliseconds). A touched file means preparing once too often, which
    is harmless.
    """
    digest = hashlib.sha256()
    for path in [root / "requirements.txt", *_files(root)]:
        try:
            facts = path.stat()
        except OSError:
            continue
        digest.update(f"{path}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def newest_change(root: Path) -> int:
    """The latest change time of a Python file of the product, in nanoseconds."""
    times = [path.stat().st_mtime_ns for path in _files(root) if path.suffix == ".py"]
    return max(times, default=0)


def of_database(url: str) -> str:
    """What distinguishes this database from one made later at the same address."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT s.system_identifier::text || ':' || d.oid::text"
            " FROM pg_control_system() AS s, pg_database AS d"
            " WHERE d.datname = current_database()"
        ).fetchone()
    return str(row[0]) if row else ""


def _files(root: Path) -> list[Path]:
    found = []
    for package in PACKAGES:
        for folder, names, files in os.walk(root / package):
            names[:] = sorted(set(names) - SKIPPED_FOLDERS)
            found += [Path(folder) / name for name in sorted(files)]
    return found
