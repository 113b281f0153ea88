"""``run``: the whole product from one command until Ctrl-C."""

import contextlib
import os
import socket
import time

import psycopg

from engage.startup.console import Console
from engage.startup.datadir import DataDir
from engage.startup.errors import CannotStart
from engage.startup.leftovers import stop_leftovers
from engage.startup.session import Options, Session
from engage.startup.supervisor import Stopped, Supervisor


def check_port(host: str, port: int) -> None:
    """Raises: CannotStart (somebody listens there already, or the port may not be used)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} on {host} cannot be used ({error.strerror}); "
                f"choose another, for example: make run PORT={port + 1}"
            ) from error


def run(options: Options, environ: dict[str, str]) -> int:
    """Run the product until it is asked to stop; return the exit code.

    Raises: CannotStart.
    """
    began = time.monotonic()
    console = Console()
    check_port(options.host, options.port)
    data = DataDir(options.data_dir)
    data.create()
    data.lock()
    with contextlib.ExitStack() as stack:
        stack.callback(data.unlock)
        for name in stop_leftovers(data):
            console.say(f"Stopped {name}, left over from an earlier run.")
        supervisor = Supervisor(
            console,
            data.logs,
            on_change=lambda found: data.update_state(processes=found),
        )
        stack.callback(data.update_state, processes=None, pid=None, address=None)
        stack.enter_context(supervisor.signals())
        data.update_state(pid=os.getpid())
        session = Session(options, supervisor, data)
        try:
            session.prepare(environ)
            session.start()
            console.say(f"Ready after {time.monotonic() - began:.1f} s: {session.public_url}")
            if options.has_demo:
                session.show_demo()
            console.say(f"Engage runs at {session.public_url} – stop it with Ctrl-C.")
            session.watch()
        except psycopg.Error as error:
            raise CannotStart(f"The database gave up: {str(error).splitlines()[0]}") from error
        except Stopped:
            console.say("Stopping …")
    console.say("Stopped.")
    return 0
