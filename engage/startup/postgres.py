"""The embedded PostgreSQL server.

It listens on a free port of 127.0.0.1 with SCRAM passwords and has no Unix socket. TCP is what
Django, Celery's broker URL and ``psql`` all take without special cases, and a socket path may not
be longer than 107 bytes, which a deep data directory breaks. Passwords, not trust, because other
people of the same machine can reach loopback ports.
"""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psycopg

from engage.startup import cluster, roles
from engage.startup.datadir import DataDir
from engage.startup.errors import CannotStart
from engage.startup.keys import Secrets, load_or_create
from engage.startup.leftovers import stale_server, stop_process
from engage.startup.system_user import SystemUser, unprivileged_user

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0


def free_port(preferred: int | None = None) -> int:
    """A loopback TCP port nobody listens on: ``preferred`` if it is free, else any."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise CannotStart("No free TCP port on 127.0.0.1.")


class EmbeddedPostgres:
    """One cluster in ``data_dir`` and, between ``start`` and ``stop``, its server process.

    ``durable=False`` turns off every flush to disk: for tests only, a power cut ruins the data.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, max_connections: int = 200) -> None:
        self.data = DataDir(data_dir)
        self.durable = durable
        self.max_connections = max_connections
        self.port = 0
        self.user: SystemUser | None = None
        self.opened: list[Path] = []
        self._secrets: Secrets | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._bin_path = Path()

    @property
    def secrets(self) -> Secrets:
        """Passwords of this cluster; there after ``prepare``."""
        if self._secrets is None:
            message = "prepare() has not been called"
            raise RuntimeError(message)
        return self._secrets

    @property
    def servers(self) -> roles.ServerAddresses:
        """Connection URLs of every role; the port is known after ``prepare``."""
        return roles.ServerAddresses(HOST, self.port, self.secrets)

    @property
    def pid(self) -> int | None:
        """Process id of the server started by ``start``."""
        return self._process.pid if self._process else None

    def prepare(self) -> None:
        """Make the cluster if there is none and choose a port. Starts nothing.

        Raises: CannotStart (damaged or foreign cluster, directory not usable).
        """
        self.data.create()
        exists = cluster.check(self.data.postgres)
        self._bin_path = cluster.programs()
        self._secrets = load_or_create(self.data)
        self.user = unprivileged_user()
        self.open_ways()
        if not exists:
            cluster.create(
                self._bin_path,
                self.data.postgres,
                self._secrets.postgres_password,
                durable=self.durable,
            )
        stale = stale_server(self.data.postgres)
        if stale is not None:
            stop_process(stale, signal.SIGINT)
        self.port = free_port(self.data.read_state().get("postgres_port"))
        self.data.update_state(postgres_port=self.port)

    def open_ways(self) -> None:
        """Let the server's user reach programs and cluster; ``opened`` names what was changed.

        Needed before every start: somebody else may have closed a directory above meanwhile.
        """
        if self.user is not None:
            self.opened = cluster.make_reachable(self._bin_path, self.data.postgres, self.user)

    def command(self) -> list[str]:
        """The command line of the server; it runs in the foreground until SIGINT."""
        options = {
            "port": str(self.port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "max_connections": str(self.max_connections),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
            "jit": "off",
            "logging_collector": "off",
            # Failed statements and their DETAIL lines hold what people wrote and who they are.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._bin_path / "postgres"), "-D", str(self.data.postgres)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def start(self) -> None:
        """Prepare, start the server, wait for it, make roles, databases and broker tables.

        A server that still runs on this cluster is stopped first: whoever may start it, holds it.

        Raises: CannotStart (with the server's last words).
        """
        self.prepare()
        log = self.data.logs / "postgres.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                user=self.user.uid if self.user else None,
                group=self.user.gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        try:
            self.wait_ready(is_running=lambda: self.is_running)
            roles.ensure(self.servers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server (fast shutdown: open transactions are rolled back). Idempotent."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait()

    def wait_ready(
        self, *, is_running: Callable[[], bool], pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Return once the server takes connections.

        ``pause(seconds)`` is called between attempts. Raises: CannotStart (it ended, or did not
        answer within 60 s).
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if not is_running():
                raise CannotStart(f"PostgreSQL does not start: {self.last_words()}")
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.servers.superuser_url, connect_timeout=3).close()
                return
            pause(0.05)
        raise CannotStart(f"PostgreSQL did not answer within 60 seconds: {self.last_words()}")

    def last_words(self) -> str:
        """The last complaint in the server's log."""
        try:
            lines = (self.data.logs / "postgres.log").read_text(errors="replace").splitlines()
        except OSError:
            return "it left no log"
        for line in reversed(lines[-40:]):
            for level in ("PANIC:", "FATAL:", "ERROR:"):
                if level in line:
                    return line.partition(level)[2].strip()
        return lines[-1] if lines else "it left no log"

    @property
    def is_running(self) -> bool:
        """Whether the server started by ``start`` is alive."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> "EmbeddedPostgres":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
