"""Webhook accept: requests per second through the real web server, signature check and INSERT.

Measured: client processes with keep-alive connections post signed WhatsApp deliveries to gunicorn,
started exactly as ``make run`` starts it (same processes and threads, access log into a file), and
wait for each 200. Every 200 means a row that was committed and flushed to disk.

Baseline: as many client processes and threads, each with a psycopg connection of its own, insert
and commit the same row into the same table as the same role. Both sides take turns; the ratio is
taken per turn. Clients, web server and database share the machine's cores, so the product's side
also pays for the clients' HTTP.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from django.conf import settings

from bench import bare
from bench.brand import Connected, connected_brand
from bench.clients import Clients, Job
from bench.installation import superuser_url
from bench.payloads import signed_headers, whatsapp_text
from bench.report import Options, Result
from engage.startup import programs
from engage.startup.postgres import HOST, free_port
from engage.startup.readiness import ask_ready
from inbox.models import ChannelApp
from inbox.providers.whatsapp.content import CHANNEL

PROCESSES, THREADS = 2, 8
TARGET = 0.5


def measure(options: Options) -> list[Result]:
    rounds, seconds = (3, 2.0) if options.quick else (5, 4.0)
    to = connected_brand()
    app = to.apps[CHANNEL]
    requests = _requests(to, 200)
    row = bare.delivery_row(app, _body(to, 0), state="received")
    plain = Job(
        "insert",
        THREADS,
        seconds,
        conninfo=bare.address(),
        statement=bare.INSERT,
        row=tuple(one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row),
    )
    accepted, inserted, ratios, p50, p99, bare_p99 = [], [], [], [], [], []
    with running_web() as port:
        posted = Job("http", THREADS, seconds, port=port, requests=requests)
        _run(replace(posted, seconds=1.0))  # imports, connections, plans
        for _round in range(rounds):
            before = _stored(app)
            web, alone = _run(posted), _run(plain)
            if _stored(app) - before != len(web) + len(alone) + 2 * PROCESSES * THREADS:
                raise RuntimeError("answers and stored rows differ")
            accepted.append(len(web) / seconds)
            inserted.append(len(alone) / seconds)
            ratios.append(accepted[-1] / inserted[-1])
            p50.append(_percentile(web, 50))
            p99.append(_percentile(web, 99))
            bare_p99.append(_percentile(alone, 99))
    ratio = statistics.median(ratios)
    concurrency = f"{PROCESSES} x {THREADS} connections"
    return [
        Result(
            "webhook accept",
            statistics.median(accepted),
            "requests/s",
            statistics.median(inserted),
            ratio,
            target=f">= {TARGET:.2f}",
            is_met=ratio >= TARGET,
            notes=[f"{concurrency}, p50 {statistics.median(p50):.1f} ms"],
        ),
        Result(
            "webhook accept, p99",
            statistics.median(p99),
            "ms",
            statistics.median(bare_p99),
            statistics.median(p99) / statistics.median(bare_p99),
        ),
    ]


@contextmanager
def running_web() -> Iterator[int]:
    """Gunicorn as the launcher starts it, on a free port, once it answers; yields the port."""
    port = free_port()
    program = programs.web(os.environ, host=HOST, port=port, reload=False)
    log = Path(settings.DATA_DIR) / "logs" / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command,
            env=dict(os.environ),
            cwd=program.directory,
            stdout=output,
            stderr=output,
        )
        try:
            deadline = time.monotonic() + 60
            while ask_ready(HOST, port) is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the web server does not start: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _run(job: Job) -> list[float]:
    with Clients(job, processes=PROCESSES) as clients:
        return clients.run()


def _body(to: Connected, number: int) -> bytes:
    return whatsapp_text(
        to.accounts[CHANNEL].external_id,
        person=f"4917{number:08d}",
        name="Lena Beispiel",
        message_id=f"wamid.HBgLNDkxNzAwMDAwMDAVAgASGBQzQTdE{number:08d}",
        text="Hallo, wo bleibt meine Bestellung 48213? Ich warte seit Montag darauf.",
    )


def _requests(to: Connected, count: int) -> tuple[str, ...]:
    app = to.apps[CHANNEL]
    made = []
    for number in range(count):
        body = _body(to, number)
        headers = {
            "Host": "127.0.0.1",
            "User-Agent": "facebookexternalua",
            "Accept": "*/*",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **signed_headers(body, app.app_secret),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(f"POST {app.webhook_path} HTTP/1.1\r\n{head}\r\n" + body.decode("latin-1"))
    return tuple(made)


def _stored(app: ChannelApp) -> int:
    with psycopg.connect(superuser_url()) as connection:
        query = "SELECT count(*) FROM inbox_receiveddelivery WHERE app_id = %s"
        found = connection.execute(query, [app.pk]).fetchone()
    return int(found[0]) if found else 0


def _percentile(times: list[float], percent: int) -> float:
    """Milliseconds; ``times`` are sorted seconds."""
    return times[min(len(times) - 1, len(times) * percent // 100)] * 1000
