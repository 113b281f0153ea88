"""The verifier as an auditor runs it: a process of its own, isolated, without our packages."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "compliance" / "verify_audit.py"


def verify(path: Path | str, *options: str, key: str) -> tuple[int, str]:
    """Exit code, and everything it said."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(path), "--key", key, *options],
        capture_output=True,
        text=True,
        env={},
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr
