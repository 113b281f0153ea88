"""The moderation queue: one page, filters and the way on, in a brand with a million open cases.

Measured: whole requests through every middleware, in this process: the first page, the page after
it, a rare category, the page of the whole agency, one severity, and the context that unfolds below
a case. Every fifth case has a text that others have too; authors have 0 to 10^6 followers; a share
is leased.

Baseline: the same requests in a brand of the same agency that holds 1,000 such cases; for the page
of the whole agency the small brand's own. Both take turns. ``--quick`` has 20,000 cases against
1,000.
"""

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client

from bench.brand import connected_brand
from bench.installation import superuser_url
from bench.report import Options, Result
from bench.turns import get, in_turns
from moderation.models import Case
from tenants.domain.agencies import install_roles, role_of
from tenants.models import Brand, Membership, User
from tenants.scope import brand_scope

TARGET_MS = 100.0
SMALL = 1_000
WARM_UP = 20
AGENCY = "/w/acme/admin/moderation/case/"
PATH = "/w/acme/{}/admin/moderation/case/"

# One conversation per twenty comments, as under busy posts; ranks as moderation.domain.ranking has
# them, near enough for the shape of the index.
_FILL = """
SET session_replication_role = replica;
CREATE TEMP TABLE place AS SELECT brand_id, id AS account_id FROM inbox_channelaccount
    WHERE brand_id = %(brand)s AND channel = 'facebook';
CREATE TEMP TABLE thread AS
    SELECT n, uuidv7() AS contact, uuidv7() AS conversation
    FROM generate_series(0, %(cases)s / 20) AS n;
INSERT INTO inbox_contact
    (id, brand_id, name, language, is_vip, follower_count, first_seen_at, last_seen_at)
SELECT contact, brand_id, 'Person ' || n, 'de', false, (10 ^ (random() * 6))::int, now(), now()
FROM thread, place;
INSERT INTO inbox_conversation
    (id, brand_id, account_id, contact_id, kind, thread_key, post_id, permalink, state, priority,
     language, intent, preview, automation_paused, pause_reason, last_message_at, last_inbound_at,
     unanswered_count, retention_category)
SELECT conversation, brand_id, account_id, contact, 'comment', conversation::text, '', '', 'open',
    '2', 'de', 'question', '', false, '', now(), now(), 1, ''
FROM thread, place;
CREATE TEMP TABLE judged AS
SELECT n, uuidv7() AS message, (n %% 100 * 7919) %% 100 AS die, random() * interval '9 days' AS age
FROM generate_series(1, %(cases)s) AS n;
INSERT INTO inbox_message
    (id, brand_id, account_id, conversation_id, direction, external_id, parent_external_id, text,
     attachments, occurred_at, received_at, revision, visibility, status, status_problem,
     is_automated, author_label)
SELECT message, brand_id, account_id, conversation, 'in', message::text, '',
    CASE WHEN judged.n %% 5 = 0 THEN 'Gewinn! ' || judged.n %% 999 ELSE 'Text ' || judged.n END,
    '[]', now() - age, now() - age, 1, 'visible', '', '', false, ''
FROM judged JOIN thread ON thread.n = judged.n / 20, place;
INSERT INTO moderation_case
    (id, brand_id, message_id, revision, category, severity, state, opened_at, due_at, lease_until,
     rank_at, text_key)
SELECT uuidv7(), brand_id, message, 1,
    CASE WHEN die = 0 THEN 'self_harm' WHEN die < 10 THEN 'hate' WHEN die < 40 THEN 'insult'
        ELSE 'spam' END,
    CASE WHEN die < 2 THEN 4 WHEN die < 10 THEN 3 WHEN die < 40 THEN 2 ELSE 1 END,
    'open', now() - age, now() - age + interval '8 hours', now() - interval '1 minute',
    now() - age + random() * interval '8 hours'
        - CASE WHEN die < 2 THEN interval '7 days' WHEN die < 10 THEN interval '1 day'
            ELSE interval '0' END,
    md5(CASE WHEN n %% 5 = 0 THEN 'Gewinn! ' || n %% 999 ELSE 'Text ' || n END)
FROM judged, place;
DROP TABLE place, thread, judged;
"""


def measure(options: Options) -> list[Result]:
    settings.SECOND_FACTOR_REQUIRED = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    many = 20_000 if options.quick else 1_000_000
    rounds = 15 if options.quick else 60
    brands = [_filled("large", many), _filled("small", SMALL)]
    client = _signed_in(brands[0])
    _settle(client, brands)
    results = []
    for name, address, has_target in _requests():
        large, small = in_turns([partial(get, client, address(one)) for one in brands], rounds)
        p95 = statistics.quantiles(large, n=20)[-1]
        results.append(
            Result(
                f"queue: {name}, {many:,} cases",
                p95,
                "ms p95",
                statistics.quantiles(small, n=20)[-1],
                statistics.median(a / b for a, b in zip(large, small, strict=True)),
                target=f"under {TARGET_MS:.0f} ms" if has_target else "",
                is_met=p95 < TARGET_MS if has_target else None,
                notes=[f"median {statistics.median(large):.1f} ms, {rounds} requests each"],
            )
        )
    return results


def _settle(client: Client, brands: list[Brand]) -> None:
    """What the server still writes after so many rows, and the first requests of a process, are
    not what is measured."""
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")
    for _round in range(WARM_UP):
        for brand in brands:
            get(client, PATH.format(brand.slug))


def _requests() -> list[tuple[str, Callable[[Brand], str], bool]]:
    def page(brand: Brand) -> str:
        return PATH.format(brand.slug)

    return [
        ("first page", page, True),
        ("next page", lambda brand: f"{page(brand)}?after={_cursor(brand)}", True),
        ("a rare category", lambda brand: f"{page(brand)}?category=self_harm", True),
        (
            "the agency's first page",
            lambda brand: AGENCY if brand.slug == "large" else page(brand),
            True,
        ),
        ("one severity", lambda brand: f"{page(brand)}?severity=2", True),
        ("context below a case", lambda brand: f"{page(brand)}{_deep(brand).pk}/context/", False),
    ]


def _deep(brand: Brand) -> Case:
    """A case a few hundred places down."""
    with brand_scope(brand.pk):
        return Case.objects.order_by("rank_at", "id")[500]


def _cursor(brand: Brand) -> str:
    from moderation.admin.queue import ORDER  # noqa: PLC0415 -- app ready
    from tenants.admin.pages import page_of  # noqa: PLC0415 -- app ready

    with brand_scope(brand.pk):
        rows = Case.objects.filter(state="open")
        return page_of(rows, order=ORDER, cursor="", size=500).next_cursor


def _filled(slug: str, cases: int) -> Brand:
    brand = connected_brand(slug, suffix=slug).brand
    values: dict[str, Any] = {"brand": brand.pk, "cases": cases}
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        with psycopg.ClientCursor(admin) as cursor:
            cursor.execute(_FILL, values)
        admin.execute("VACUUM ANALYZE")
    return brand


def _signed_in(brand: Brand) -> Client:
    install_roles(brand.agency)
    user = User.objects.create_user("owner@acme.test", None, name="Owner")
    role = role_of(brand.agency, "owner")
    Membership.objects.create(user=user, agency=brand.agency, role=role)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client
