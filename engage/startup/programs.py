"""The programs of the process tree. They stop in the order beat, web, worker, sandbox, database."""

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from engage.startup.environment import ROOT
from engage.startup.postgres import EmbeddedPostgres
from engage.startup.program import Program, show_all

WEB_THREADS = 8
MAX_PROCESSES = 4

# The server reports every start and checkpoint; on the terminal only trouble is shown.
POSTGRES_TROUBLE = re.compile(r"\b(WARNING|ERROR|FATAL|PANIC):")
# A client that was cut off or a start-up probe that came too early is no trouble.
POSTGRES_NOISE = re.compile(
    r"the database system is (starting up|shutting down)"
    r"|due to administrator command|due to unexpected postmaster exit"
)
ACCESS_MARK = "request"
WEB_NOISE = re.compile(
    r"\[INFO\] (Using worker|Handling signal|Worker exiting|Shutting down)"
    r"|Service Unavailable: /readyz"
    rf"|^{ACCESS_MARK} "
)


def postgres(server: EmbeddedPostgres) -> Program:
    """The database server; SIGINT is PostgreSQL's fast shutdown."""
    return Program(
        name="postgres",
        command=tuple(server.command()),
        environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        directory=Path("/"),
        stop_rank=5,
        stop_signal=signal.SIGINT,
        stop_timeout_s=20.0,
        is_shown=lambda line: bool(
            POSTGRES_TROUBLE.search(line) and not POSTGRES_NOISE.search(line)
        ),
        before_start=server.open_ways,
        user=server.user,
    )


def sandbox(environment: Mapping[str, str], *, port: int, data_dir: Path) -> Program:
    """The sandbox network: the platforms' endpoints for trying flows without a real account."""
    journal = data_dir / "sandbox.jsonl"
    return Program(
        name="sandbox",
        command=(
            sys.executable, "-m", "inbox.providers.sandbox",
            "--port", str(port), "--data", str(journal),
        ),
        environment=environment,
        directory=ROOT,
        stop_rank=4,
    )  # fmt: skip


def web(environment: Mapping[str, str], *, host: str, port: int, reload: bool) -> Program:
    """Gunicorn. Requests are only in the log file: method, path, status, bytes, seconds."""
    command = [
        sys.executable, "-m", "gunicorn", "engage.wsgi:application",
        "--bind", f"{host}:{port}",
        "--workers", str(min(MAX_PROCESSES, os.cpu_count() or 1)),
        "--worker-class", "gthread", "--threads", str(WEB_THREADS),
        "--timeout", "60", "--graceful-timeout", "8", "--no-control-socket",
        "--access-logfile", "-", "--logger-class", "engage.logs.WebLog",
        # Neither addresses of people nor query strings, which carry tokens.
        "--access-logformat", f"{ACCESS_MARK} %(m)s %(U)s %(s)s %(B)s %(L)s",
    ]  # fmt: skip
    if reload:
        command.append("--reload")
    return Program(
        name="web",
        command=tuple(command),
        environment=environment,
        directory=ROOT,
        stop_rank=2,
        is_shown=lambda line: bool(line.strip()) and not WEB_NOISE.search(line),
    )


def worker(environment: Mapping[str, str], *, before_start: Callable[[], None]) -> Program:
    """Celery worker (prefork). SIGTERM lets running tasks finish."""
    return Program(
        name="worker",
        command=(
            sys.executable, "-W", "ignore:You're running the worker with superuser privileges",
            "-m", "celery", "--quiet", "-A", "engage.celery:app", "worker",
            "--concurrency", str(min(MAX_PROCESSES, os.cpu_count() or 1)),
            # The schedule has a queue of its own, so that no flood of wake-ups delays it.
            "--queues", "celery,schedule",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ),
        environment=environment,
        directory=ROOT,
        stop_rank=3,
        before_start=before_start,
    )  # fmt: skip


def beat(environment: Mapping[str, str], *, before_start: Callable[[], None]) -> Program:
    """Celery beat with the static schedule of ``engage.celery``; it keeps no file."""
    return Program(
        name="beat",
        command=(
            sys.executable, "-m", "celery", "--quiet", "-A", "engage.celery:app", "beat",
            "--scheduler", "celery.beat:Scheduler", "--pidfile=",
        ),
        environment=environment,
        directory=ROOT,
        stop_rank=1,
        stop_timeout_s=5.0,
        before_start=before_start,
    )  # fmt: skip


def command(
    name: str,
    environment: Mapping[str, str],
    *arguments: str,
    is_shown: Callable[[str], bool] = show_all,
) -> Program:
    """A management command that runs once."""
    return Program(
        name=name,
        command=(sys.executable, "manage.py", *arguments),
        environment=environment,
        directory=ROOT,
        stop_rank=0,
        is_kept_running=False,
        is_shown=is_shown,
    )
