"""Directories for installations that tests start."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def make_folder() -> Path:
    """A directory every user may enter: as root, PostgreSQL runs as somebody else.

    Not pytest's own, which every session on the machine closes again for others at its start.
    """
    folder = Path(tempfile.mkdtemp(prefix="engage-")).resolve()
    folder.chmod(0o711)
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory for one test."""
    made = make_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """A directory for all tests of a module."""
    made = make_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)
