"""``make isolation``: ask everything as everybody; one line says what was tried."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.isolation.collected import summary


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts"
        os.environ["ISOLATION_COUNTS"] = str(counts)
        # One process when the table is written: every walker puts a column into one file.
        workers = "0" if os.environ.get("ISOLATION_WRITE") == "1" else "auto"
        code = pytest.main(["-q", "-n", workers, str(Path(__file__).parent)])
        found = summary(counts)
    print(", ".join(f"{name} {n}" for name, n in found.items()))  # noqa: T201
    return int(code) or int(found["leaks"] > 0)


if __name__ == "__main__":
    sys.exit(main())
