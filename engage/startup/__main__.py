"""Command line of the launcher."""

import argparse
import os
import sys
from pathlib import Path

MINIMUM = (3, 12)


def main(arguments: list[str]) -> int:
    """Run one of the launcher's commands; return the exit code (1: cannot start)."""
    if sys.version_info < MINIMUM:
        version = ".".join(str(part) for part in sys.version_info[:3])
        return _refuse(f"Engage needs Python 3.12 or newer; {sys.executable} is {version}.")
    # Imported after the check: older interpreters cannot read these modules.
    from engage.startup.errors import CannotStart  # noqa: PLC0415 -- see above

    options = _parser().parse_args(arguments)
    try:
        return int(options.call(options))
    except CannotStart as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"engage: {sentence}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engage.startup", description=__doc__)
    commands = parser.add_subparsers(required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data-dir", type=Path, default=os.environ.get("DATA_DIR") or ".engage")

    run = commands.add_parser("run", parents=[data], help="run the whole product until Ctrl-C")
    run.add_argument("--port", type=int, default=8000)
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--no-demo", action="store_true", help="start without the demo")
    run.add_argument("--reload", action="store_true", help="start anew when code changes")
    run.set_defaults(call=_run)

    one = commands.add_parser(
        "exec", parents=[data], help="run one command with the installation's environment"
    )
    one.add_argument("--owner", action="store_true", help="as the owner of the tables")
    one.add_argument("command", nargs=argparse.REMAINDER)
    one.set_defaults(call=_exec)

    postgres = commands.add_parser(
        "postgres", parents=[data], help="run only the embedded database"
    )
    postgres.add_argument("--print-env", action="store_true", help="print NAME=value lines first")
    postgres.add_argument("--not-durable", action="store_true", help="fast and unsafe, for tests")
    postgres.set_defaults(call=_postgres)
    return parser


def _run(options: argparse.Namespace) -> int:
    from engage.startup.run import run  # noqa: PLC0415 -- only after the version check
    from engage.startup.session import Options  # noqa: PLC0415 -- only after the version check

    chosen = Options(
        data_dir=options.data_dir,
        host=options.host,
        port=options.port,
        has_demo=not options.no_demo,
        is_reloading=options.reload,
    )
    return run(chosen, dict(os.environ))


def _exec(options: argparse.Namespace) -> int:
    from engage.startup.attach import run_command  # noqa: PLC0415 -- only after the version check

    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        return _refuse("exec needs a command, for example: exec -- manage.py shell")
    return run_command(options.data_dir, command, as_owner=options.owner)


def _postgres(options: argparse.Namespace) -> int:
    from engage.startup.alone import run_alone  # noqa: PLC0415 -- only after the version check

    return run_alone(
        options.data_dir, durable=not options.not_durable, has_printed_env=options.print_env
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
