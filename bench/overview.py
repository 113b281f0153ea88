"""The shell of an agency with 1,000 brands: overview, switcher, and a brand's own page beside it.

Measured: whole requests through every middleware, in this process: Today in the agency's workspace
(tiles, side bar, table of brands worst first), the overview's second page, the switcher asked for
nothing and for a name, the choice of workspaces, and Today in one brand of that agency.

Baseline: the same requests of an agency with three brands that hold the same rows each. Both take
turns. Every brand has 40 conversations (24 open), 80 messages, 6 open cases and 2 open appeals: for
1,000 brands 40,000 conversations. ``--quick`` has 200 brands.
"""

import statistics
from collections.abc import Callable
from functools import partial

import psycopg
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bench.installation import superuser_url
from bench.report import Options, Result
from bench.turns import get, in_turns
from inbox.models import ChannelAccount, ChannelApp
from moderation.models import PolicyRule
from tenants.domain.agencies import install_roles, own_brand, role_of
from tenants.models import Agency, Brand, Membership, User
from tenants.scope import brand_scope

TARGET_MS = 150.0
SMALL = 3

_FILL = """
CREATE TEMP TABLE place ON COMMIT DROP AS
SELECT a.brand_id, a.id AS account_id, r.id AS rule_id
FROM inbox_channelaccount a JOIN moderation_policyrule r ON r.brand_id = a.brand_id;
WITH person AS (
    INSERT INTO inbox_contact (id, brand_id, name, language, is_vip, first_seen_at, last_seen_at)
    SELECT uuidv7(), brand_id, 'Person ' || n, 'de', false, now(), now()
    FROM place, generate_series(1, 40) AS n RETURNING id, brand_id)
INSERT INTO inbox_conversation
    (id, brand_id, account_id, contact_id, kind, thread_key, post_id, permalink, state, priority,
     language, intent, preview, automation_paused, pause_reason, last_message_at, last_inbound_at,
     due_at, unanswered_count)
SELECT uuidv7(), person.brand_id, account_id, person.id, 'comments', person.id::text, '', '',
    CASE WHEN random() < 0.6 THEN 'open' ELSE 'closed' END, '2', 'de', 'question',
    'Wo bleibt meine Bestellung?', false, '', now() - random() * interval '14 days', now(),
    now() + (random() - 0.1) * interval '2 days', 1
FROM person JOIN place ON place.brand_id = person.brand_id;
INSERT INTO inbox_message
    (id, brand_id, account_id, conversation_id, direction, external_id, parent_external_id, text,
     attachments, occurred_at, received_at, revision, visibility, status, status_problem,
     is_automated, author_label)
SELECT uuidv7(), brand_id, account_id, id, 'in', id::text || n, '', 'Wo bleibt meine Bestellung?',
    '[]', now(), now(), 1, 'visible', '', '', false, ''
FROM inbox_conversation, generate_series(1, 2) AS n;
CREATE TEMP TABLE judged ON COMMIT DROP AS
SELECT id, brand_id, row_number() OVER (PARTITION BY brand_id ORDER BY id) AS n FROM inbox_message;
INSERT INTO moderation_case
    (id, brand_id, message_id, revision, category, severity, state, opened_at, due_at)
SELECT uuidv7(), brand_id, id, 1, 'spam', 1 + n % 3, 'open', now(),
    now() + (random() - 0.2) * interval '2 hours'
FROM judged WHERE n <= 6;
WITH decided AS (
    INSERT INTO moderation_decision
        (id, brand_id, message_id, revision, action, category, rule_id, facts, reason,
         text_snapshot, automation, detected_automatically, source, actor_ref,
         decided_at)
    SELECT uuidv7(), judged.brand_id, id, 1, 'hide', 'spam', rule_id, '', '', '', 'none', false,
        'SOURCE_VOLUNTARY', 'bench', now()
    FROM judged JOIN place ON place.brand_id = judged.brand_id WHERE n BETWEEN 7 AND 8
    RETURNING id, brand_id)
INSERT INTO moderation_appeal
    (id, brand_id, decision_id, text, language, state, received_at, due_at, outcome, answer,
     excluded, told_by, level, warned, inadmissible)
SELECT uuidv7(), brand_id, id, 'Das war Ironie', 'de', 'received', now(),
    now() + random() * interval '7 days', '', '', '{}', '', 'brand', '', ''
FROM decided;
"""


def measure(options: Options) -> list[Result]:
    settings.SECOND_FACTOR_REQUIRED = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    many = 200 if options.quick else 1_000
    rounds = 15 if options.quick else 40
    large, small = _agency("acme", many), _agency("globex", SMALL)
    _fill()
    people = [_signed_in(agency) for agency in (large, small)]
    results = []
    for name, address, has_target in _requests(large, small):
        large_ms, small_ms = in_turns([partial(get, people[n], address(n)) for n in (0, 1)], rounds)
        p95 = statistics.quantiles(large_ms, n=20)[-1]
        results.append(
            Result(
                f"{name}, {many:,} brands",
                p95,
                "ms p95",
                statistics.quantiles(small_ms, n=20)[-1],
                statistics.median(a / b for a, b in zip(large_ms, small_ms, strict=True)),
                target=f"under {TARGET_MS:.0f} ms" if has_target else "",
                is_met=p95 < TARGET_MS if has_target else None,
                notes=[f"median {statistics.median(large_ms):.1f} ms, {rounds} requests each"],
            )
        )
    return results


def _requests(large: Agency, small: Agency) -> list[tuple[str, Callable[[int], str], bool]]:
    slugs = (large.slug, small.slug)
    return [
        ("overview of the agency", lambda n: f"/w/{slugs[n]}/admin/", True),
        ("overview, filtered by name", lambda n: f"/w/{slugs[n]}/admin/?q=brand+1", True),
        ("switcher opened", lambda n: f"/places/?at=/w/{slugs[n]}/", True),
        ("switcher asked for a name", lambda n: f"/places/?q=brand+1&at=/w/{slugs[n]}/", True),
        ("choice of workspaces", lambda n: "/?q=brand", True),
        ("a brand's Today", lambda n: f"/w/{slugs[n]}/brand-1/admin/", False),
    ]


def _agency(slug: str, brands: int) -> Agency:
    agency = Agency.objects.create(slug=slug, name=slug.title())
    install_roles(agency)
    own_brand(agency)
    made = Brand.objects.bulk_create(
        Brand(agency=agency, slug=f"brand-{n}", name=f"Brand {n}", state="live")
        for n in range(brands)
    )
    app = ChannelApp.objects.create(
        agency=agency,
        channel="facebook",
        name="facebook",
        app_secret="secret",  # noqa: S106 -- nobody asks for it here
        verify_token="verify",  # noqa: S106 -- nobody asks for it here
    )
    with brand_scope([brand.pk for brand in made]):
        ChannelAccount.objects.bulk_create(
            ChannelAccount(
                brand=brand,
                app=app,
                channel="facebook",
                external_id=f"{slug}-{brand.slug}",
                name=brand.name,
                base_url="http://127.0.0.1:9",
                access_token="token",  # noqa: S106 -- nothing is sent
            )
            for brand in made
        )
        PolicyRule.objects.bulk_create(
            PolicyRule(
                brand=brand,
                category="spam",
                severity=1,
                text_de="Keine Werbung.",
                text_en="No advertising.",
                ground="terms of the page",
                decide_within_minutes=60,
                effective_at=timezone.now(),
            )
            for brand in made
        )
    return agency


def _fill() -> None:
    with psycopg.connect(superuser_url()) as admin:
        admin.execute(_FILL)
        admin.commit()
        admin.autocommit = True
        admin.execute("VACUUM ANALYZE")


def _signed_in(agency: Agency) -> Client:
    user = User.objects.create_user(f"owner@{agency.slug}.test", None, name="Owner")
    Membership.objects.create(user=user, agency=agency, role=role_of(agency, "owner"))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client
