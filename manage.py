#!/usr/bin/env python3
"""Django's command line.

Without settings in the environment it works on the installation in DATA_DIR (default ``.engage``),
with the interpreter that ``make`` prepared; ``make run`` may be up or not.
"""

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Run a management command."""
    python = HERE / os.environ.get("VENV", ".venv") / "bin" / "python"
    if importlib.util.find_spec("django") is None:
        if not python.exists():
            sys.exit("Run `make run` or `make venv` once; then this works.")
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 -- the project's own interpreter
    if not os.environ.get("SECRET_KEY") and "settings_test" not in os.environ.get(
        "DJANGO_SETTINGS_MODULE", ""
    ):
        sys.exit(_on_installation(sys.argv[1:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- see above

    # Commands that wake workers find the broker through the app.
    import engage.celery  # noqa: F401, PLC0415 -- see above

    execute_from_command_line(sys.argv)


def _on_installation(arguments: list[str]) -> int:
    from engage.startup.attach import run_command  # noqa: PLC0415 -- needs the packages
    from engage.startup.errors import CannotStart  # noqa: PLC0415 -- needs the packages

    data_dir = Path(os.environ.get("DATA_DIR", HERE / ".engage"))
    if not data_dir.is_dir():
        return _say(f"There is no installation in {data_dir}: `make run` makes one.")
    try:
        return run_command(data_dir, ["manage.py", *arguments], as_owner=False)
    except CannotStart as error:
        return _say(str(error))


def _say(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    main()
