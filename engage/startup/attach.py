"""Run one command against the installation, whether it is up or not."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from engage.startup import environment, external
from engage.startup.datadir import DataDir
from engage.startup.keys import load_or_create
from engage.startup.postgres import HOST, EmbeddedPostgres
from engage.startup.roles import ServerAddresses


def run_command(data_dir: Path, arguments: Sequence[str], *, as_owner: bool) -> int:
    """Run ``arguments`` with the installation's environment; return the exit code.

    ``manage.py`` as first word is run with this interpreter. The embedded database is started for
    the duration if no instance runs. Raises: CannotStart.
    """
    data = DataDir(data_dir)
    data.create()
    environ = dict(os.environ)
    if environment.is_external(environ):
        servers = external.resolve(environ, load_or_create(data))
        return _call(data, servers, arguments, as_owner=as_owner)
    state = data.read_state()
    if data.is_locked():
        running = ServerAddresses(HOST, int(state["postgres_port"]), load_or_create(data))
        return _call(data, _servers(running), arguments, as_owner=as_owner)
    data.lock()
    try:
        with EmbeddedPostgres(data.path) as server:
            return _call(data, _servers(server.servers), arguments, as_owner=as_owner)
    finally:
        data.unlock()


def _servers(addresses: ServerAddresses) -> environment.Servers:
    return environment.Servers(
        owner_url=addresses.owner_url,
        app_url=addresses.app_url,
        broker_url=os.environ.get("CELERY_BROKER_URL") or addresses.broker_url,
    )


def _call(
    data: DataDir, servers: environment.Servers, arguments: Sequence[str], *, as_owner: bool
) -> int:
    state = data.read_state()
    variables = environment.build(
        servers,
        load_or_create(data),
        data.path,
        public_url=state.get("address") or "http://127.0.0.1:8000",
        sandbox_url=f"http://{HOST}:{state['sandbox_port']}" if "sandbox_port" in state else "",
    )
    if as_owner:
        variables = environment.as_owner(variables, servers)
    command = list(arguments)
    if command[0] == "manage.py":
        command.insert(0, sys.executable)
    try:
        return subprocess.call(command, env=variables, cwd=environment.ROOT)  # noqa: S603 -- ours
    except KeyboardInterrupt:
        return 130
