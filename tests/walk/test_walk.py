"""The walk of ``make walk``, so that every test run goes it too."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from engage.startup.environment import ROOT
from tests.faults.installation import KEPT

TIMEOUT_S = 480


@pytest.mark.browser
def test_the_whole_walk() -> None:
    """In a process of its own: Playwright's loop and Django's test database stay apart."""
    names = (*KEPT, "CHROMIUM")
    walk = subprocess.Popen(
        [sys.executable, "-m", "tests.walk"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name in names},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        words, _nothing = walk.communicate(timeout=TIMEOUT_S)
    finally:
        # Not killed: it has an installation to stop.
        with contextlib.suppress(ProcessLookupError):
            walk.send_signal(signal.SIGTERM)
        walk.wait(60)

    assert walk.returncode == 0, words
    assert words.splitlines()[-1].startswith("walk ok: ")
