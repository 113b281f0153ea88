"""Processes killed and tables dropped while messages come in and answers go out."""

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from engage.startup.broker import database_url
from inbox.models import Message
from tenants.scope import brand_scope
from tests.faults.books import Verdict, check_dead, check_messages, check_order, dead
from tests.faults.field import Field
from tests.faults.wire import Delivery, texts

PEOPLE = ("AAA111", "BBB222", "CCC333", "DDD444")
KILL_AFTER_MESSAGES = 30
LOAD_S = 2.0


def worker_in_a_batch(field: Field) -> Verdict:
    """kill -9 of the worker with all its processes while it works off 400 messages."""
    name = "worker_in_a_batch"
    verdict, gone_before = Verdict(), dead(field.brand)
    mark = str(time.time_ns())
    batch = [texts(field.whatsapp, f"w{mark}x{n}", people=10, each=5) for n in range(8)]
    ids = [one for delivery in batch for one in delivery.ids]
    asked = _ask(field)

    old = field.installation.processes()["worker"]
    field.network.deliver_all(batch)
    field.wait(lambda: _arrived(field, mark) >= KILL_AFTER_MESSAGES, "the batch has begun")
    _answer(field, asked, fault=name)
    field.installation.kill("worker")
    left = len(ids) - _arrived(field, mark)
    field.installation.wait_back("worker", old_pid=old)
    field.settle()

    verdict.expect(left > 0, "the batch was finished before the kill")
    check_messages(verdict, field.brand, ids)
    check_order(verdict, field.brand, ids)
    check_dead(verdict, field.brand, expected=gone_before)
    return verdict


def web_before_its_answer(field: Field) -> Verdict:
    """kill -9 of the web server while PostgreSQL executes its INSERTs; the network tries again.

    A lock holds the INSERTs back until the web server is dead. Then they are carried out, and
    nobody is left to answer.
    """
    verdict, gone_before = Verdict(), dead(field.brand)
    batch = [texts(field.whatsapp, f"b{time.time_ns()}x{n}", people=3) for n in range(8)]
    ids = [one for delivery in batch for one in delivery.ids]
    field.settle()
    old = field.installation.processes()["web"]

    address = field.installation.superuser_url
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(address) as lock,
        # A transaction sees the list of backends as it was at the first look.
        psycopg.connect(address, autocommit=True) as watch,
    ):
        lock.execute("LOCK TABLE inbox_receiveddelivery IN SHARE ROW EXCLUSIVE MODE")
        before = _stored(watch)
        sending = pool.submit(field.network.deliver_all, batch)
        field.installation.until(lambda: _inserting(watch) == len(batch), "all INSERTs wait")
        unanswered = len(field.network.accepted)
        field.installation.kill("web")
        lock.commit()
        field.installation.until(lambda: _inserting(watch) == 0, "the INSERTs are carried out")
        stored = _stored(watch) - before
        verdict.expect(len(field.network.accepted) == unanswered, "an answer came before the kill")
        field.installation.wait_back("web", old_pid=old)
        sending.result(60)
    field.settle()

    # Not always all: where the driver prepares the statement first, the lock is met before the row.
    verdict.expect(stored > 0, "nothing was stored without an answer")
    check_messages(verdict, field.brand, ids)
    check_dead(verdict, field.brand, expected=gone_before)
    return verdict


def postgres_under_load(field: Field) -> Verdict:
    """kill -9 of PostgreSQL, server and backends, while all brands receive and one answers."""
    name = "postgres_under_load"
    asked = _ask(field)
    gone_before = dead(field.brand)
    old = field.installation.processes()["postgres"]
    with _load(field, "p") as sent:
        time.sleep(LOAD_S / 2)
        _answer(field, asked, fault=name)
        field.installation.kill_postgres()
        connections.close_all()
        field.installation.wait_back("postgres", old_pid=old)
        time.sleep(LOAD_S / 2)
    field.settle()
    return _all_there(field, sent, gone_before)


def broker_dropped(field: Field) -> Verdict:
    """The broker's tables vanish under load and are made anew; the work stands elsewhere."""
    name = "broker_dropped"
    asked = _ask(field)
    gone_before = dead(field.brand)
    with _load(field, "q") as sent:
        time.sleep(LOAD_S / 2)
        _answer(field, asked, fault=name)
        with psycopg.connect(database_url(settings.CELERY_BROKER_URL)) as broker:
            broker.execute("DROP SCHEMA pgmq CASCADE")
        time.sleep(LOAD_S / 2)
        call_command("prepare_broker", stdout=io.StringIO())
    field.installation.until(field.installation.is_ready, "ready after the loss of the broker")
    field.settle()
    return _all_there(field, sent, gone_before)


@contextmanager
def _load(field: Field, prefix: str) -> Iterator[dict[str, list[Delivery]]]:
    """Inside the block all brands receive; afterwards everything is accepted. By workspace."""
    sent: dict[str, list[Delivery]] = {name: [] for name in field.brands}
    has_ended = threading.Event()

    def speak(workspace: str, voice: int) -> None:
        number = 0
        while not has_ended.is_set():
            mark = f"{prefix}{time.time_ns()}x{voice}x{number}"
            delivery = texts(field.channels[workspace]["whatsapp"], mark, people=2, each=2)
            sent[workspace].append(delivery)
            field.network.deliver(delivery)
            number += 1
            time.sleep(0.05)

    with ThreadPoolExecutor(6) as pool:
        voices = [pool.submit(speak, name, voice) for name in field.brands for voice in range(2)]
        try:
            yield sent
        finally:
            has_ended.set()
        for voice in voices:
            voice.result(90)


def _all_there(field: Field, sent: dict[str, list[Delivery]], gone_before: int) -> Verdict:
    verdict = Verdict()
    for workspace, deliveries in sent.items():
        ids = [one for delivery in deliveries for one in delivery.ids]
        check_messages(verdict, field.brands[workspace], ids)
        check_order(verdict, field.brands[workspace], ids)
    check_dead(verdict, field.brand, expected=gone_before)
    return verdict


def _ask(field: Field) -> list[str]:
    """Some people ask something that will be answered during the fault."""
    return [field.say(who, f"Frage {time.time_ns()}") for who in PEOPLE]


def _answer(field: Field, asked: list[str], *, fault: str) -> None:
    for message_id in asked:
        field.answer(message_id, f"Antwort {time.time_ns()}", fault=fault)


def _arrived(field: Field, mark: str) -> int:
    with brand_scope(field.brand.pk):
        return Message.objects.filter(external_id__contains=mark).count()


def _stored(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM inbox_receiveddelivery").fetchone()
    return int(row[0]) if row else 0


def _inserting(connection: psycopg.Connection) -> int:
    """How many backends are in the middle of storing a delivery."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        " AND query LIKE 'INSERT INTO inbox_receiveddelivery%'"
    ).fetchone()
    return int(row[0]) if row else 0
