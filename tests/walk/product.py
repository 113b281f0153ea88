"""An installation with its demo, started as ``make run`` starts it."""

import json
import os
import subprocess
import sys
from typing import Any, override

from engage.startup.environment import ROOT
from engage.startup.keys import load_or_create
from engage.startup.postgres import HOST
from inbox.providers.sandbox.client import SandboxClient
from tests.faults.installation import KEPT, Broken, Installation

BUILT, NOT_BUILT = "Engage runs at", "The demo could not be made"
# Together with other tests on a small machine; alone it takes half a minute.
START_TIMEOUT_S = 300.0
COMMAND_TIMEOUT_S = 120


class Product(Installation):
    """Use it in a ``with``; in it the demo is there, and at the end every process is gone."""

    @override
    def start(self) -> None:
        """Returns when the demo is built. Raises: Broken."""
        with self.screen.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "engage.startup", "run",
                    "--port", str(self.port), "--data-dir", str(self.data.path),
                ],
                cwd=ROOT,
                env=self._kept(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self.until(lambda: BUILT in self.text(), "the demo is built", START_TIMEOUT_S)
        if NOT_BUILT in self.text():
            raise Broken(self.text()[-2000:])
        self.until(self.is_ready, "the installation is ready")

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def manage(self, *words: str) -> str:
        """What a management command prints. Raises: Broken."""
        done = subprocess.run(
            [
                sys.executable, "-m", "engage.startup", "exec",
                "--data-dir", str(self.data.path), "--", "manage.py", *words,
            ],
            cwd=ROOT,
            env=self._kept(),
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise Broken(f"manage.py {' '.join(words)}: {done.stdout}{done.stderr}"[:2000])
        return done.stdout

    def facts(self) -> dict[str, Any]:
        """People, channels and tokens as ``manage.py demo --json`` tells them."""
        found: dict[str, Any] = json.loads(self.manage("demo", "--json"))
        return found

    def sandbox(self) -> SandboxClient:
        """The control side of the network on which the demo lives. Close it."""
        port = self.data.read_state()["sandbox_port"]
        return SandboxClient(f"http://{HOST}:{port}", load_or_create(self.data).sandbox_key)

    @staticmethod
    def _kept() -> dict[str, str]:
        """A test run's own database is not for the installation."""
        return {name: value for name, value in os.environ.items() if name in KEPT}
