"""A person's package: time for 10,000 messages, in a small brand and in a big one.

Measured: ``sources.collect`` (what there is, source by source) and ``package.rows`` (every row that
is handed out, read to the end) for one person with 10,000 messages, their triages, inbound events
and entries of the audit trail, in a brand that holds as much of other people.

Baseline: the same person, the same code, in a brand that holds a tenth of that. The time must not
grow with other people's data. Both take turns, run by run; the ratio is the median over the pairs.
Others' messages: 100,000 and 1,000,000; ``--quick`` 10,000 and 100,000.
"""

import statistics
import time
from typing import Any
from uuid import UUID

import psycopg
from django.utils import timezone

from bench.brand import connected_brand
from bench.installation import superuser_url
from bench.report import Options, Result
from compliance.domain.audit import record
from compliance.domain.subjects import package, sources
from compliance.domain.subjects.subject import Subject, subject_of
from inbox.models import (
    ChannelAccount,
    Contact,
    ContactHandle,
    Conversation,
    InboundEvent,
    Message,
    Triage,
)
from tenants.actors import SystemActor
from tenants.models import Brand, uuid7
from tenants.scope import brand_scope

OPERATOR = SystemActor("system", "bench")
MESSAGES = 10_000
A_THREAD = 100
TARGET = 1.25

type Ids = dict[str, UUID]


def measure(options: Options) -> list[Result]:
    sizes = (10_000, 100_000) if options.quick else (100_000, 1_000_000)
    subjects = [_brand(size) for size in sizes]
    for subject in subjects:  # plans and pages of the indexes are warm for both
        _run(subject)
    pairs = [[_run(subject) for subject in subjects] for _turn in range(3 if options.quick else 7)]
    return [
        _result("collect", [(small["collect"], big["collect"]) for small, big in pairs], sizes),
        _result("package", [(small["package"], big["package"]) for small, big in pairs], sizes),
    ]


def _result(name: str, pairs: list[tuple[float, float]], sizes: tuple[int, int]) -> Result:
    ratio = statistics.median(big / small for small, big in pairs)
    big_s = statistics.median(big for _small, big in pairs)
    return Result(
        f"a person's {name}, {MESSAGES:,} messages among {sizes[1]:,} of others",
        big_s,
        "s",
        statistics.median(small for small, _big in pairs),
        ratio,
        target=f"at most {TARGET} times that among {sizes[0]:,}",
        is_met=ratio <= TARGET,
        notes=[f"{MESSAGES / big_s:,.0f} messages/s"],
    )


def _run(subject: Subject) -> dict[str, float]:
    began = time.perf_counter()
    counted = sum(one.rows for one in sources.collect(subject))
    collected = time.perf_counter()
    rows = sum(1 for _row in package.rows(subject))
    ended = time.perf_counter()
    assert counted >= MESSAGES
    assert rows >= 3 * MESSAGES
    return {"collect": collected - began, "package": ended - collected}


def _brand(others: int) -> Subject:
    """A brand with one person of 10,000 messages and so many messages of others."""
    connected = connected_brand(f"others-{others}", suffix=str(others))
    brand = connected.brand
    with brand_scope(brand.pk):
        ids = _person(brand, connected.accounts["whatsapp"], others)
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")  # a million rows without triggers
        _multiply(admin, ids, own=MESSAGES - 1, others=others)
        admin.execute("ANALYZE")
    return subject_of(brand.pk, [ids["inbox_contact"]])


def _person(brand: Brand, account: ChannelAccount, number: int) -> Ids:
    """One row of each kind: the person's, and the pattern of all others."""
    now, name = timezone.now(), f"person-{number}"
    contact = Contact.objects.create(brand=brand, name=name, first_seen_at=now, last_seen_at=now)
    handle = ContactHandle.objects.create(
        brand=brand, contact=contact, channel="whatsapp", external_id=name
    )
    conversation = Conversation.objects.create(
        brand=brand, account=account, contact=contact, kind="direct", thread_key=name,
        last_message_at=now,
    )  # fmt: skip
    message = Message.objects.create(
        brand=brand, account=account, conversation=conversation, direction="in",
        external_id=f"{name}-0", text="Wo bleibt meine Bestellung 48213? Ich warte seit Montag.",
        occurred_at=now, received_at=now,
    )  # fmt: skip
    triage = Triage.objects.create(
        brand=brand, message=message, revision=1, language="de", model_version="bench",
        created_at=now,
    )  # fmt: skip
    event = InboundEvent.objects.create(
        brand=brand, account=account, delivery_ref=uuid7(), kind="dm.text",
        dedupe_key=f"{name}-0", lane=f"{account.external_id}:{name}",
        payload={"text": message.text},
        occurred_at=now, received_at=now, not_before=now, state="done",
    )  # fmt: skip
    told = record("inbox.message.received", message, actor=OPERATOR, personal={"text": "Wo?"})
    rows = (contact, handle, conversation, message, triage, event, told)
    return {row._meta.db_table: row.pk for row in rows} | {
        "compliance_auditdetail": told.details.get().pk,
        "brand": brand.pk,
    }


def _multiply(admin: psycopg.Connection, ids: Ids, *, own: int, others: int) -> None:
    """Copy the rows by SQL, whatever columns they have: first the person's, then strangers'."""
    admin.execute(
        "CREATE TEMP TABLE IF NOT EXISTS made (n int, message uuid, thread uuid, who text)"
    )
    contact = ids["inbox_contact"]
    admin.execute(
        "INSERT INTO made SELECT n, uuidv7(), %s FROM generate_series(1, %s) AS n",
        [ids["inbox_conversation"], own],
    )
    _messages(admin, ids, lane="lane")
    threads = others // A_THREAD
    admin.execute("CREATE TEMP TABLE thread (n int, contact uuid, conversation uuid)")
    admin.execute(
        "INSERT INTO thread SELECT n, uuidv7(), uuidv7() FROM generate_series(1, %s) AS n",
        [threads],
    )
    _copy(admin, "inbox_contact", contact, "thread AS m", id="m.contact")
    _copy(
        admin, "inbox_conversation", ids["inbox_conversation"], "thread AS m",
        id="m.conversation", contact_id="m.contact", thread_key="t.thread_key || m.n",
    )  # fmt: skip
    _copy(
        admin, "inbox_contacthandle", ids["inbox_contacthandle"], "thread AS m",
        id="uuidv7()", contact_id="m.contact", external_id="t.external_id || m.n",
    )  # fmt: skip
    admin.execute("TRUNCATE made")
    admin.execute(
        "INSERT INTO made SELECT %s::int + k, uuidv7(), thread.conversation"
        " FROM generate_series(1, %s) AS k JOIN thread ON thread.n = 1 + k %% %s::int",
        [own, others, threads],
    )
    _messages(admin, ids, lane="t.lane || m.thread")


def _messages(admin: psycopg.Connection, ids: Ids, *, lane: str) -> None:
    _copy(
        admin, "inbox_message", ids["inbox_message"], "made AS m",
        id="m.message", conversation_id="m.thread", external_id="t.external_id || m.n",
    )  # fmt: skip
    _copy(
        admin, "inbox_triage", ids["inbox_triage"], "made AS m", id="uuidv7()",
        message_id="m.message",
    )  # fmt: skip
    _copy(
        admin, "inbox_inboundevent", ids["inbox_inboundevent"], "made AS m", id="uuidv7()",
        dedupe_key="t.dedupe_key || m.n", lane=lane, delivery_ref="uuidv7()",
    )  # fmt: skip
    # The event's key is the message's, so that its detail can be made in the same way.
    _copy(
        admin, "compliance_auditevent", ids["compliance_auditevent"], "made AS m", id="m.message",
        object_ref="m.message::text",
    )  # fmt: skip
    _copy(
        admin, "compliance_auditdetail", ids["compliance_auditdetail"], "made AS m", id="uuidv7()",
        event_id="m.message",
    )  # fmt: skip


def _copy(
    admin: psycopg.Connection, table: str, pattern: UUID, source: str, **changed: str
) -> None:
    """One row per row of ``source`` (as ``m``), like the row ``pattern`` (as ``t``)."""
    found: Any = admin.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    ).fetchall()
    columns = [row[0] for row in found]
    values = [changed.get(name, f't."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    admin.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} AS t, {source}"
        " WHERE t.id = %s",
        [pattern],
    )
