"""Retention: rows a second, and how long others wait, against ``QuerySet.delete()``.

Measured: ``run_retention`` of a brand whose conversations are due, from the claim to the receipt:
every chunk in a transaction of its own, with the ledger's event, the chained hash of the keys and
the history erased. Rows are all rows that go: messages, triage, conversations, contacts, handles.

Baseline: ``Conversation.objects.filter(…).delete()`` of conversations alike, in one transaction.

Meanwhile another process does what a message that arrives does: it updates a conversation of
the brand, one that is going and one that stays, and notes how long it had to wait.

Sizes: 20,000 messages in 400 conversations; ``--quick`` 4,000 in 80; ``--full`` 200,000 in 4,000.
"""

import time
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bench.brand import Connected, connected_brand
from bench.report import Options, Result
from bench.writer import writes_beside
from compliance.domain.retention.in_effect import Line, put_in_effect
from compliance.domain.retention.run_job import run_retention
from compliance.domain.retention.runs import start_due_run
from compliance.models import RetentionRun
from inbox.models import Contact, ContactHandle, Conversation, Message, Triage
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

OPERATOR = SystemActor("system", "bench")
IN_ONE = 50
"""Messages of a conversation."""
LONGEST_MS = 100.0
_LINES = {"general_conversation": Line(6, "erase")}


def measure(options: Options) -> list[Result]:
    """Rows a second of both ways, and the longest wait beside each."""
    count = 80 if options.quick else 4000 if options.full else 400
    ours = connected_brand("purge")
    theirs = connected_brand("delete", suffix="9")
    with brand_scope(ours.brand.pk):
        put_in_effect(ours.brand, _LINES, actor=OPERATOR)
    going, staying = _fill(ours, count), _fill(ours, 1, days=1)
    with writes_beside(going, staying) as waits:
        rows, took, run = _run(ours.brand)
    others, other_staying = _fill(theirs, count), _fill(theirs, 1, days=1)
    with writes_beside(others, other_staying) as delete_waits:
        deleted, delete_took = _delete(theirs.brand, others)
    speed, delete_speed = rows / took, deleted / delete_took
    longest, delete_longest = max(waits) * 1000, max(delete_waits) * 1000
    return [
        Result(
            "purge rows/s",
            speed,
            "rows/s",
            delete_speed,
            speed / delete_speed,
            notes=[
                f"{rows:,} rows in {run.chunks} chunks; QuerySet.delete(): {deleted:,} rows",
                f"longest a chunk held locks, by its own clock: {run.longest_ms} ms",
            ],
        ),
        Result(
            "longest wait of a writer beside it",
            longest,
            "ms",
            delete_longest,
            longest / delete_longest,
            target=f"at most {LONGEST_MS:.0f} ms",
            is_met=longest <= LONGEST_MS,
            notes=[f"{len(waits)} and {len(delete_waits)} writes"],
        ),
    ]


def _fill(connected: Connected, count: int, *, days: int = 400) -> list[UUID]:
    """Conversations of that age with their messages; their keys."""
    at, account = timezone.now() - timedelta(days=days), connected.accounts["whatsapp"]
    brand = connected.brand
    with brand_scope(brand.pk):
        people = Contact.objects.bulk_create(
            Contact(brand=brand, name="Lena Beispiel", first_seen_at=at, last_seen_at=at)
            for _n in range(count)
        )
        ContactHandle.objects.bulk_create(
            ContactHandle(
                brand=brand, contact=one, channel=account.channel, external_id=str(one.pk)
            )
            for one in people
        )
        threads = Conversation.objects.bulk_create(
            Conversation(
                brand=brand,
                account=account,
                contact=one,
                kind="direct",
                thread_key=str(one.pk),
                last_message_at=at,
                preview="Wo bleibt meine Bestellung?",
            )
            for one in people
        )
        for thread in threads:
            messages = Message.objects.bulk_create(
                Message(
                    brand=brand,
                    account=account,
                    conversation=thread,
                    direction="in",
                    external_id=f"{thread.pk}-{n}",
                    text="Wo bleibt meine Bestellung? Ich warte seit Montag.",
                    occurred_at=at,
                    received_at=at,
                )
                for n in range(IN_ONE)
            )
            Triage.objects.bulk_create(
                Triage(
                    brand=brand,
                    message=message,
                    revision=1,
                    language="de",
                    model_version="bench",
                    created_at=at,
                )
                for message in messages
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inbox_message, inbox_conversation, inbox_triage, inbox_contact")
    return [thread.pk for thread in threads]


def _run(brand: Brand) -> tuple[int, float, RetentionRun]:
    with brand_scope(brand.pk):
        run = start_due_run(brand)
    assert run is not None
    began = time.perf_counter()
    done = run_retention(run.pk, brand_id=brand.pk)
    took = time.perf_counter() - began
    if done is None:
        with brand_scope(brand.pk):
            raise RuntimeError(RetentionRun.objects.get(pk=run.pk).failure)
    return done.rows_done, took, done


def _delete(brand: Brand, keys: list[UUID]) -> tuple[int, float]:
    began = time.perf_counter()
    with brand_scope(brand.pk):
        people = list(Conversation.objects.filter(pk__in=keys).values_list("contact_id", flat=True))
        deleted = Contact.objects.filter(pk__in=people).delete()[0]
    return deleted, time.perf_counter() - began
