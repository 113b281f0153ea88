"""Seal, export and verify the ledger, as an auditor does: offline, with the public key alone."""

import io
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

from compliance.domain.sequencer import seal_all
from engage.startup.environment import ROOT
from tenants.models import Brand


class Auditor:
    """Keeps the exports of a run: each later one must extend the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: dict[str, Path] = {}
        self._count = 0
        self.key = folder / "audit.pem"
        text = io.StringIO()
        call_command("audit_key", stdout=text)
        self.key.write_text(text.getvalue())

    def check(self, brand: Brand) -> str:
        """ "" if the brand's ledger verifies, else what the verifier says."""
        seal_all(brand.pk)
        self._count += 1
        name = brand.workspace.replace("/", "-")
        path = self._folder / f"audit-{name}-{self._count}.jsonl"
        call_command("export_audit", workspace=brand.workspace, out=path, stdout=io.StringIO())
        command = [sys.executable, ROOT / "compliance" / "verify_audit.py", path, "--key", self.key]
        if name in self._last:
            command += ["--previous", self._last[name]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self._last[name] = path
        return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()[:2000]
