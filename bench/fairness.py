"""Fairness: how long a quiet brand's messages take to be triaged while another brand is flooded.

Measured: a real worker and schedule, started as ``make run`` starts them, with the real broker. A
message of the quiet brand comes through the door every quarter of a second; its time is that from
being received to its event being done: triaged, assessed, routed, audited. First with nothing else
to do, then with 50,000 deliveries of another brand in front of it, of the same agency, and to the
same app, so that only the account inside the bytes tells them apart.

Baseline: the same messages on the same machine and worker without the flood. The ratio is that of
the two 95th percentiles. The flood is put into the intake's table by COPY, because it should be
there at once; nothing of it is taken out before the quiet brand has been served. Automatic answers
of both brands wait for a person, so that nothing is sent. ``--quick``: 5,000 deliveries.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings

from bench.brand import Connected, connected_brand
from bench.installation import superuser_url
from bench.payloads import signed_headers, whatsapp_text
from bench.report import Options, Result
from engage.startup import programs
from inbox.domain.intake import receive
from inbox.domain.wake import wake_now
from inbox.models import ChannelAccount
from inbox.providers.whatsapp.content import CHANNEL
from tenants.models import ProcessHeartbeat, uuid7
from tenants.scope import brand_scope

TARGET = 2.0
EVERY_S = 0.25
WORDS = (
    "Hallo, wo bleibt meine Bestellung 48213? Ich warte seit Montag darauf.",
    "Was kostet die blaue Jacke in Größe M?",
    "Hi, do you ship to Austria?",
    "Das Paket kam beschädigt an, ich möchte mein Geld zurück.",
)


def measure(options: Options) -> list[Result]:
    flood, count = (5_000, 60) if options.quick else (50_000, 240)
    loud, quiet = connected_brand("north"), connected_brand("south", suffix="7")
    for one in (loud, quiet):
        with brand_scope(one.brand.pk):
            ChannelAccount.objects.update(automation_on=False)
    with running_worker():
        _trickle(loud, quiet, 20, "warm")  # imports, models, plans
        _trickle(loud, loud, 20, "hot")
        alone = _times(_trickle(loud, quiet, count, "alone"))
        began = time.monotonic()
        _pour(loud, flood)
        wake_now("inbox.split_deliveries", agency_id=loud.brand.agency_id)
        while not _done(loud):
            time.sleep(0.05)
        before, at = _done(loud), time.monotonic()
        beside = _times(_trickle(loud, quiet, count, "beside"))
        served = (_done(loud) - before) / (time.monotonic() - at)
        left = _left(loud)
    if not left:
        raise RuntimeError("the flood was over before the quiet brand was measured")
    ratio = _percentile(beside, 95) / _percentile(alone, 95)
    return [
        Result(
            "time to triage beside a flood, p95",
            _percentile(beside, 95),
            "ms",
            _percentile(alone, 95),
            ratio,
            target=f"< {TARGET:.1f}",
            is_met=ratio < TARGET,
            notes=[
                f"flood of {flood:,} deliveries, {left:,} of them left at the end,"
                f" {served:.0f} events/s done meanwhile",
                f"median {_percentile(beside, 50):.0f} ms, without the flood"
                f" {_percentile(alone, 50):.0f} ms; worst {beside[-1]:.0f} and {alone[-1]:.0f} ms;"
                f" {count} messages each",
                f"seats per brand {settings.BRAND_SEATS}, poured in {at - began:.1f} s before",
            ],
        )
    ]


@contextmanager
def running_worker() -> Iterator[None]:
    """Worker and schedule as the launcher starts them, once the worker lives."""
    environment = dict(os.environ)
    both = [
        programs.worker(environment, before_start=lambda: None),
        programs.beat(environment, before_start=lambda: None),
    ]
    log = Path(settings.DATA_DIR) / "logs" / "worker.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        running = [
            subprocess.Popen(
                one.command, env=environment, cwd=one.directory, stdout=output, stderr=output
            )
            for one in both
        ]
        try:
            deadline = time.monotonic() + 90
            while not ProcessHeartbeat.objects.filter(name="worker").exists():
                if time.monotonic() > deadline or any(one.poll() is not None for one in running):
                    raise RuntimeError(f"the worker does not start: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield
            if b"Traceback" in log.read_bytes():
                sys.stdout.write(f"{log.read_text()[-3000:]}\n")
        finally:
            for one in running:
                one.terminate()
            for one in running:
                try:
                    one.wait(30)
                except subprocess.TimeoutExpired:
                    one.kill()


def _body(to: Connected, name: str, number: int) -> bytes:
    digits = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 90 + 10
    return whatsapp_text(
        to.accounts[CHANNEL].external_id,
        person=f"49{digits}{number:08d}",
        name="Lena Beispiel",
        message_id=f"wamid.{name}.{number}",
        text=WORDS[number % len(WORDS)],
    )


def _trickle(door: Connected, to: Connected, count: int, name: str) -> tuple[Connected, list[str]]:
    """One message every ``EVERY_S``; returns once all are done."""
    app = door.apps[CHANNEL]
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * EVERY_S - time.monotonic()))
        body = _body(to, name, number)
        receive(CHANNEL, app.pk, body=body, headers=signed_headers(body, app.app_secret))
    ids = [f"wamid.{name}.{number}" for number in range(count)]
    deadline = time.monotonic() + 120
    while len(_rows(to, ids)) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count - len(_rows(to, ids))} of {count} messages are not done")
        time.sleep(0.2)
    return to, ids


def _rows(to: Connected, ids: list[str]) -> list[float]:
    query = (
        "SELECT extract(epoch FROM done_at - received_at) * 1000 FROM inbox_inboundevent"
        " WHERE brand_id = %s AND state = 'done' AND payload->>'external_id' = ANY(%s)"
    )
    with psycopg.connect(superuser_url()) as connection:
        return [float(ms) for (ms,) in connection.execute(query, [to.brand.pk, ids])]


def _times(found: tuple[Connected, list[str]]) -> list[float]:
    return sorted(_rows(*found))


def _pour(to: Connected, count: int) -> None:
    """The deliveries, as the door would have stored them."""
    app, now = to.apps[CHANNEL], datetime.now(UTC)
    account = to.accounts[CHANNEL].external_id
    with psycopg.connect(superuser_url()) as connection, connection.cursor() as cursor:
        into = (
            "COPY inbox_receiveddelivery (id, agency_id, app_id, channel, account_hint, body,"
            " body_sha256, signature, received_at, state, attempts, problem) FROM STDIN"
        )
        with cursor.copy(into) as copy:
            for number in range(count):
                body = _body(to, "flood", number)
                digest = hashlib.sha256(body).hexdigest()
                copy.write_row(
                    (
                        *(uuid7(), app.agency_id, app.pk, CHANNEL, account, body, digest, "", now),
                        *("received", 0, ""),
                    )
                )


def _count(statement: str, brand: Connected) -> int:
    with psycopg.connect(superuser_url()) as connection:
        found = connection.execute(statement, [brand.brand.pk]).fetchone()
    return int(found[0]) if found else 0


def _done(to: Connected) -> int:
    return _count(
        "SELECT count(*) FROM inbox_inboundevent WHERE brand_id = %s AND state = 'done'", to
    )


def _left(to: Connected) -> int:
    """Deliveries that wait and events that wait."""
    deliveries = (
        "SELECT count(*) FROM inbox_receiveddelivery d JOIN tenants_brand b"
        " ON b.agency_id = d.agency_id WHERE b.id = %s AND d.state = 'received'"
    )
    events = "SELECT count(*) FROM inbox_inboundevent WHERE brand_id = %s AND state = 'pending'"
    return _count(deliveries, to) + _count(events, to)


def _percentile(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]
