"""The process tree of one ``run``: from an empty directory to a ready address, and down again."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engage.startup import (
    broker,
    cluster,
    demo,
    environment,
    external,
    fingerprint,
    programs,
    roles,
)
from engage.startup.console import Console
from engage.startup.datadir import DataDir
from engage.startup.errors import CannotStart
from engage.startup.keys import load_or_create
from engage.startup.postgres import HOST, EmbeddedPostgres, free_port
from engage.startup.readiness import ask_ready, problems
from engage.startup.reloading import ChangeWatcher
from engage.startup.supervisor import Supervisor

READY_TIMEOUT_S = 120.0
MAX_EARLY_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line of ``run`` says."""

    data_dir: Path
    host: str = HOST
    port: int = 8000
    has_demo: bool = True
    is_reloading: bool = False


class Session:
    """Everything that runs between start and stop. Call ``prepare``, ``start``, then ``watch``."""

    def __init__(self, options: Options, supervisor: Supervisor, data: DataDir) -> None:
        self.options = options
        self.supervisor = supervisor
        self.data = data
        self.console: Console = supervisor.console
        self.secrets = load_or_create(data)
        self.public_url = f"http://{options.host}:{options.port}"
        self.sandbox_port = free_port(data.read_state().get("sandbox_port"))
        self.servers: environment.Servers
        self.environment: dict[str, str]
        self._embedded: EmbeddedPostgres | None = None

    def prepare(self, environ: dict[str, str]) -> None:
        """Database, roles, tables, static files: all that must be there before the web server.

        Raises: CannotStart, Stopped.
        """
        self._find_servers(environ)
        self.environment = environment.build(
            self.servers,
            self.secrets,
            self.data.path,
            public_url=self.public_url,
            sandbox_url=f"http://{HOST}:{self.sandbox_port}",
        )
        if environment.without_second_factor(self.options.host, environ):
            self.environment["SECOND_FACTOR_REQUIRED"] = "false"
            self.console.say(
                "Nobody is asked for a second factor here (SECOND_FACTOR_REQUIRED=true asks)."
            )
        self.public_url = self.environment["PUBLIC_URL"]
        self.data.update_state(sandbox_port=self.sandbox_port, address=self.public_url)
        mark = self._mark()
        if self.data.read_state().get("prepared") == mark:
            self.console.say("Tables and static files are up to date.")
            return
        self.console.say("Bringing tables and static files up to this release …")
        owner = environment.as_owner(self.environment, self.servers)
        role = urlsplit(self.servers.app_url).username or roles.APP_ROLE
        self._run_once("prepare", owner, "prepare", "--app-role", role)
        self.data.update_state(prepared=mark)

    def start(self) -> None:
        """Start sandbox, web, worker and beat; return when they say they are ready.

        Raises: CannotStart (a program fails three times before that), Stopped.
        """
        self.console.say("Starting web server, worker, schedule and sandbox network …")
        options, start = self.options, self.supervisor.start
        start(programs.sandbox(self.environment, port=self.sandbox_port, data_dir=self.data.path))
        start(
            programs.web(
                self.environment,
                host=options.host,
                port=options.port,
                reload=options.is_reloading,
            )
        )
        start(programs.worker(self.environment, before_start=self._prepare_broker))
        start(programs.beat(self.environment, before_start=self._prepare_broker))
        self._wait_ready()

    def show_demo(self) -> None:
        """Make the demo (once per database and address) and print its sign-ins."""
        path = self.data.path / "demo.json"
        mark = f"{self._mark()} {self.public_url} {self.sandbox_port}"
        facts = demo.read(path, mark)
        if facts is None:
            self.console.say("Filling in the demo: its messages come in through the webhooks …")
            facts = self._make_demo()
            if facts is None:
                self.console.say(f"The demo could not be made; see {self.data.logs / 'demo.log'}.")
                return
            demo.write(path, mark, facts)
        self.console.say(demo.sign_ins(facts))

    def watch(self) -> None:
        """Look after the programs until somebody asks to stop. Raises: Stopped."""
        watcher = ChangeWatcher(environment.ROOT) if self.options.is_reloading else None
        while True:
            self.supervisor.poll(1.0)
            if watcher is not None and watcher.has_changed():
                self.console.say("The code changed; starting worker and schedule again.")
                for name in ("worker", "beat"):
                    if self.supervisor.is_running(name):
                        self.supervisor.restart(name)

    def _find_servers(self, environ: dict[str, str]) -> None:
        if environment.is_external(environ):
            self.console.say("Using the database server named by DATABASE_URL.")
            self.servers = external.resolve(environ, self.secrets)
            return
        is_new = not cluster.check(self.data.postgres)
        self.console.say("Making the database …" if is_new else "Starting the database …")
        server = self._embedded = EmbeddedPostgres(self.data.path)
        server.prepare()
        for folder in server.opened:
            self.console.say(f"Opened {folder} for other users: PostgreSQL does not run as root.")
        self.supervisor.start(programs.postgres(server))
        server.wait_ready(
            is_running=lambda: self.supervisor.is_running("postgres"), pause=self.supervisor.poll
        )
        roles.ensure(server.servers)
        self.servers = environment.Servers(
            owner_url=server.servers.owner_url,
            app_url=server.servers.app_url,
            broker_url=environ.get("CELERY_BROKER_URL") or server.servers.broker_url,
        )
        broker.prepare(self.servers.broker_url)

    def _mark(self) -> str:
        """Changes with the code and with the database."""
        release = fingerprint.of_release(environment.ROOT)
        return f"{release} {fingerprint.of_database(self.servers.app_url)}"

    def _prepare_broker(self) -> None:
        if broker.prepare(self.servers.broker_url):
            self.console.say("The broker tables were missing and have been made again.")

    def _run_once(self, name: str, env: dict[str, str], *arguments: str) -> None:
        program = programs.command(name, env, *arguments)
        code = self.supervisor.run(program)
        if code != 0:
            log = self.data.logs / f"{name}.log"
            raise CannotStart(f"Preparing the installation failed; the reason is in {log}.")

    def _make_demo(self) -> dict[str, Any] | None:
        """Through a private file: the facts hold passwords, which no log may hold."""
        answer = self.data.path / "demo.answer.json"
        program = programs.command("demo", self.environment, "demo", "--json", "--out", str(answer))
        try:
            return demo.parse(answer) if self.supervisor.run(program) == 0 else None
        finally:
            answer.unlink(missing_ok=True)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        answer: dict[str, dict[str, object]] = {}
        while time.monotonic() < deadline:
            for child in self.supervisor.children.values():
                if child.failures >= MAX_EARLY_FAILURES:
                    raise CannotStart(
                        f"{child.program.name} does not start: "
                        f"{' '.join(child.log.last_lines(1))} (more in {child.log.path})"
                    )
            self.supervisor.poll(0.2)
            if self.supervisor.is_running("web"):
                answer = ask_ready(self.options.host, self.options.port) or answer
                if answer and not problems(answer):
                    return
        raise CannotStart(
            f"Not ready after {READY_TIMEOUT_S:.0f} s: {problems(answer) or 'no answer'}; "
            f"the logs are in {self.data.logs}."
        )
