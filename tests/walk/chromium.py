"""A Chromium: the one that is there, else one that we install, else a clear sentence."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGS = ("--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
INSTALL_TIMEOUT_S = 600


class NoChromium(Exception):
    """There is none and none can be had."""


@contextlib.contextmanager
def running_chromium() -> Iterator[Browser]:
    """Raises: NoChromium."""
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root.
        args = [*ARGS, "--no-sandbox"] if os.geteuid() == 0 else list(ARGS)
        browser = playwright.chromium.launch(executable_path=_path(playwright), args=args)
        try:
            yield browser
        finally:
            browser.close()


def _path(playwright: Playwright) -> str:
    found = _found(playwright)
    if found is None:
        for command in _ways_to_install():
            # Whether it worked is seen by looking again.
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(command, capture_output=True, timeout=INSTALL_TIMEOUT_S, check=False)
            found = _found(playwright)
            if found is not None:
                break
    if found is None:
        raise NoChromium(
            "The walk needs Chromium and could neither find nor install one: install it"
            " (apt-get install chromium) or name it with CHROMIUM=/path/to/chromium."
        )
    return found


def _found(playwright: Playwright) -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return on_path or (own if Path(own).exists() else None)


def _ways_to_install() -> Iterator[list[str]]:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-dejavu-core"]
        yield ["apt-get", "update", "-qq"]
        yield ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]
