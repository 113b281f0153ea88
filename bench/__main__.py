"""``python -m bench [NAME …] [--quick | --full]``: measure, print the table, write the JSON."""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import installation
from bench.report import Options, Result, read_results, table, write_results

NAMES = (
    "webhook",
    "pipeline",
    "row_security",
    "export",
    "verify",
    "subject",
    "overview",
    "queue",
    "audit_write",
    "startup",
    "fairness",
    "purge",
    "assess",
    "decide",
)
LATEST = Path(__file__).parent / "results" / "latest.json"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller data")
    parser.add_argument("--full", action="store_true", help="the export up to a million rows")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    options = Options(quick=chosen.quick, full=chosen.full)
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    if chosen.inside:
        return _measure(chosen.names[0], options, chosen.inside)
    # A termination takes the way of every other end, so that the database is stopped too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    names = [name for name in NAMES if name in chosen.names] or list(NAMES)
    began = time.monotonic()
    results, failed = _run(names, options, arguments)
    sys.stdout.write(f"\n{table(results)}\n")
    if tuple(names) == NAMES and not failed:
        LATEST.parent.mkdir(exist_ok=True)
        rows = json.dumps([result.to_json() for result in results], indent=1)
        LATEST.write_text(f"{rows}\n")
    missed = sum(result.is_met is False for result in results)
    took = time.monotonic() - began
    summary = f"bench {len(results)} figures, {missed} targets missed"
    failures = f", failed: {', '.join(failed)}" if failed else ""
    sys.stdout.write(f"\n{summary}{failures}, {took:.0f} s\n")
    return 1 if failed else 0


def _run(
    names: list[str], options: Options, arguments: list[str]
) -> tuple[list[Result], list[str]]:
    """Each measurement in a process and a database of its own, one after the other."""
    results: list[Result] = []
    failed: list[str] = []
    flags = [one for one in arguments if one in {"--quick", "--full"}]
    with installation.temporary() as product:
        for name in names:
            sys.stdout.write(f"measuring {name} …\n")
            sys.stdout.flush()
            with tempfile.NamedTemporaryFile(suffix=".json") as file:
                command = [sys.executable, "-m", "bench", name, *flags, "--inside", file.name]
                env = product.fresh_database(name)
                code = subprocess.call(command, env=env, cwd=installation.ROOT)
                if code == 0:
                    results += read_results(Path(file.name))
                else:
                    failed.append(name)
    return results, failed


def _measure(name: str, options: Options, out: Path) -> int:
    import django  # noqa: PLC0415 -- only the measuring process needs the product

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings")
    django.setup()
    importlib.import_module("engage.celery")  # our broker instead of Celery's default
    module = importlib.import_module(f"bench.{name}")
    write_results(out, module.measure(options))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
