"""Pipeline: events per second and core, from stored delivery to audited effect.

Measured: ``split_waiting`` and ``process_waiting`` in one process, over deliveries stored before
the clock starts. Every delivery holds one event, half WhatsApp messages, half Facebook comments,
with the demo's German and English texts: triaged, assessed, clocked, routed, audited, each event in
a transaction of its own that is flushed to disk. Wake-ups go to the real broker.

Per core: events over the CPU seconds of the worker process and of its database connection together,
so that neighbours on the machine do not count. The plain rate by the clock is printed with it; the
two processes share the work, and one waits while the other computes.

Baseline: as many bare psycopg transactions, each inserting one such delivery, counted the same way.
Rounds of both take turns; the figure is the median. Statements per event are counted in a round
of their own; ``BENCH_PROFILE=1`` prints where the time goes.
"""

import cProfile
import os
import pstats
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import psutil
import psycopg
from django.db import connection

from bench import bare
from bench.brand import Connected, connected_brand
from bench.payloads import facebook_comment, signed_headers, whatsapp_text
from bench.report import Options, Result
from engage.demo.corpus.loading import load
from inbox.domain.intake import receive
from inbox.domain.pipeline import process_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import ChannelApp, InboundEvent
from inbox.providers.whatsapp.content import CHANNEL as WHATSAPP
from tenants.scope import brand_scope

TARGET_PER_S = 100
TARGET_STATEMENTS = 15


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one round: per second of CPU (process and connection) and per second of the clock."""

    per_core: float
    by_clock: float
    own_cpu_s: float


class Meter:
    """Counts CPU seconds of this process and of one database connection while it is entered."""

    def __init__(self, backend_pid: int) -> None:
        self._backend = psutil.Process(backend_pid)

    def _now(self) -> tuple[float, float, float]:
        used = self._backend.cpu_times()
        return time.perf_counter(), time.process_time(), used.user + used.system

    def rates(self, work: Callable[[], int]) -> Rates:
        """``work()`` returns how many things it did."""
        before = self._now()
        count = work()
        clock, own, database = (b - a for a, b in zip(before, self._now(), strict=True))
        return Rates(count / (own + database), count / clock, own)


def measure(options: Options) -> list[Result]:
    events, rounds = (200, 3) if options.quick else (500, 5)
    to = connected_brand()
    bodies = _bodies(to)
    _work(to, bodies, 100)  # first use loads models, words and plans
    statements = _count_statements(to, bodies, 200)
    if os.environ.get("BENCH_PROFILE"):
        _profile(to, bodies, events)
    found: list[Rates] = []
    plain: list[Rates] = []
    for _round in range(rounds):
        plain.append(_bare_inserts(to.apps[WHATSAPP], next(bodies)[1], events))
        found.append(_work(to, bodies, events))
    rate = statistics.median(one.per_core for one in found)
    per_event = sum(statements.values())
    by_clock = [statistics.median(one.by_clock for one in side) for side in (found, plain)]
    own_ms = statistics.median(one.own_cpu_s for one in found) * 1000 / events
    result = Result(
        "pipeline",
        rate,
        "events/s per core",
        statistics.median(one.per_core for one in plain),
        statistics.median(a.per_core / b.per_core for a, b in zip(found, plain, strict=True)),
        target=f">= {TARGET_PER_S}",
        is_met=rate >= TARGET_PER_S,
        notes=[
            f"by the clock {by_clock[0]:,.1f} events/s, bare inserts {by_clock[1]:,.1f}/s",
            f"the process itself {own_ms:.1f} ms CPU per event",
            ", ".join(f"{count:.1f} {verb}" for verb, count in statements.most_common()),
        ],
    )
    count = Result(
        "pipeline, per event",
        per_event,
        "statements",
        1.0,
        per_event,
        target=f"<= {TARGET_STATEMENTS}",
        is_met=per_event <= TARGET_STATEMENTS,
    )
    return [result, count]


def _bodies(to: Connected) -> Iterator[tuple[str, bytes]]:
    """Channel and body without end: DMs and comments in turns, a third of them by new people."""
    entries = [one for one in load("acme/north") if one.text]
    direct = [one for one in entries if one.channel == WHATSAPP]
    public = [one for one in entries if one.channel != WHATSAPP]
    number = 0
    while True:
        number += 1
        turn = number // 3
        one = direct[number % len(direct)]
        yield (
            WHATSAPP,
            whatsapp_text(
                to.accounts[WHATSAPP].external_id,
                person=f"4917{turn:08d}",
                name=one.person.name,
                message_id=f"wamid.{number}",
                text=one.text,
            ),
        )
        one = public[number % len(public)]
        yield (
            "facebook",
            facebook_comment(
                to.accounts["facebook"].external_id,
                person=f"77{turn:08d}",
                name=one.person.name,
                comment_id=f"c_{number}",
                post_id=f"p_{number % 20}",
                text=one.text,
            ),
        )


def _store(to: Connected, bodies: Iterator[tuple[str, bytes]], count: int) -> None:
    for channel, body in islice(bodies, count):
        app = to.apps[channel]
        receive(channel, app.pk, body=body, headers=signed_headers(body, app.app_secret))


def _finish(to: Connected, expected: int) -> int:
    """Split and process all that waits; how many events that was."""
    done = 0
    while split_waiting(to.brand.agency_id):
        pass
    while count := process_waiting(to.brand.pk):
        done += count
    if done != expected:
        raise RuntimeError(f"{done} events processed instead of {expected}")
    return done


def _work(to: Connected, bodies: Iterator[tuple[str, bytes]], count: int) -> Rates:
    """The rates of ``count`` events."""
    _store(to, bodies, count)
    connection.ensure_connection()
    found = Meter(connection.connection.info.backend_pid).rates(lambda: _finish(to, count))
    with brand_scope(to.brand.pk):
        if trouble := InboundEvent.objects.exclude(state="done").first():
            raise RuntimeError(f"event {trouble.pk} is {trouble.state}: {trouble.problem}")
    return found


def _bare_inserts(app: ChannelApp, body: bytes, count: int) -> Rates:
    """The rates of ``count`` single-row inserts with commit."""
    row = bare.delivery_row(app, body, state="split")  # in a state that no worker looks for
    with psycopg.connect(bare.address(), autocommit=True) as plain:

        def work() -> int:
            for _number in range(count):
                bare.insert(plain, row)
            return count

        bare.insert(plain, row)
        return Meter(plain.info.backend_pid).rates(work)


def _count_statements(
    to: Connected, bodies: Iterator[tuple[str, bytes]], count: int
) -> Counter[str]:
    """Statements per event by their first word, without the COMMIT that ends each transaction."""
    _store(to, bodies, count)
    verbs: Counter[str] = Counter()
    texts: Counter[str] = Counter()

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's hook
        verbs[sql.split(None, 1)[0].upper().strip("(")] += 1
        texts[" ".join(sql.split())[:150]] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        _finish(to, count)
    if os.environ.get("BENCH_PROFILE"):
        for text, times in texts.most_common(40):
            sys.stdout.write(f"{times / count:6.2f}  {text}\n")
    return Counter({verb: times / count for verb, times in verbs.items()})


def _profile(to: Connected, bodies: Iterator[tuple[str, bytes]], count: int) -> None:
    _store(to, bodies, count)
    profile = cProfile.Profile()
    profile.runcall(_finish, to, count)
    found = pstats.Stats(profile, stream=sys.stdout)
    found.sort_stats("tottime").print_stats(25)
    found.sort_stats("cumulative").print_stats(60)
