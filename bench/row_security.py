"""Row-level security: what the policies cost on the conversation list.

Measured: the two queries of the inbox's list (the page of 40 rows and the counts of the tabs),
taken from the screen's own code, run as the app role under the policies, with the brand told to the
database as the scope does it.

Baseline: the same texts and parameters, which hold the explicit brand filter, run as a role that
the policies do not bind. Two brands with 20,000 conversations each; both roles take turns, query by
query, and the ratio is the median over all pairs.
"""

import statistics
import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from bench import bare
from bench.brand import Connected, connected_brand
from bench.installation import superuser_url
from bench.report import Options, Result
from inbox.admin.desk_list import DeskFilter, rows_of, tabs_of
from tenants.models import User
from tenants.scope import brand_scope

CONVERSATIONS = 20_000
TARGET = 1.10

_FILL = """
WITH person AS (
    INSERT INTO inbox_contact
        (id, brand_id, name, language, is_vip, first_seen_at, last_seen_at)
    SELECT uuidv7(), %(brand)s, 'Person ' || n, 'de', false, now(), now()
    FROM generate_series(1, %(count)s) AS n RETURNING id)
INSERT INTO inbox_conversation
    (id, brand_id, account_id, contact_id, kind, thread_key, post_id, permalink, state, priority,
     language, intent, preview, automation_paused, pause_reason, last_message_at, last_inbound_at,
     due_at, unanswered_count)
SELECT uuidv7(), %(brand)s, %(account)s, id, 'direct', id::text, '', '',
    CASE WHEN random() < 0.7 THEN 'open' ELSE 'closed' END, '2', 'de', 'question',
    'Wo bleibt meine Bestellung?', false, '', now() - random() * interval '14 days', now(),
    now() + random() * interval '2 days', 1
FROM person
"""


def measure(options: Options) -> list[Result]:
    pairs = 60 if options.quick else 300
    brands = [connected_brand("north"), connected_brand("south", suffix="2")]
    _fill(brands)
    statements = _statements(brands[0].brand.pk)
    results = []
    with (
        psycopg.connect(bare.address()) as bound,
        psycopg.connect(superuser_url()) as free,
    ):
        for connected in (bound, free):
            connected.cursor_factory = psycopg.ClientCursor  # as Django binds
        bound.execute("SELECT set_config('engage.brand_ids', %s, false)", [str(brands[0].brand.pk)])
        for name, (text, parameters) in statements.items():
            with_policies, without = _take_turns(bound, free, text, parameters, pairs)
            ratio = statistics.median(a / b for a, b in zip(with_policies, without, strict=True))
            results.append(
                Result(
                    f"row-level security, {name}",
                    statistics.median(with_policies) * 1000,
                    "ms",
                    statistics.median(without) * 1000,
                    ratio,
                    target=f"<= {TARGET:.2f}",
                    is_met=ratio <= TARGET,
                )
            )
    return results


def _fill(brands: list[Connected]) -> None:
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        for one in brands:
            account = one.accounts["whatsapp"].pk
            admin.execute(
                _FILL, {"brand": one.brand.pk, "account": account, "count": CONVERSATIONS}
            )
        admin.execute("VACUUM ANALYZE inbox_conversation, inbox_contact, inbox_channelaccount")


def _statements(brand_id: UUID) -> dict[str, tuple[str, Any]]:
    """What the screen sends, caught on the way."""
    caught: list[tuple[str, Any]] = []

    def catch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's hook
        caught.append((sql, params))
        return execute(sql, params, many, context)

    user = User.objects.create_user("ada@example.test", "correct horse", name="Ada")
    with brand_scope(brand_id), connection.execute_wrapper(catch):
        page = rows_of(DeskFilter(), user=user)
        tabs_of(DeskFilter(), user=user)
    if len(page.rows) != 40 or len(caught) != 2:
        raise RuntimeError("the list is not what this measurement knows")
    return {"conversation list": caught[0], "tab counts": caught[1]}


def _take_turns(
    bound: psycopg.Connection, free: psycopg.Connection, text: str, parameters: Any, pairs: int
) -> tuple[list[float], list[float]]:
    """Seconds as the app role and as the unbound role, pair by pair, order swapped each time."""
    times: dict[psycopg.Connection, list[float]] = {bound: [], free: []}
    for number in range(pairs + 10):
        for connected in (bound, free) if number % 2 else (free, bound):
            began = time.perf_counter()
            connected.execute(text, parameters).fetchall()  # type: ignore[call-overload]  # caught text
            times[connected].append(time.perf_counter() - began)
    return times[bound][10:], times[free][10:]
