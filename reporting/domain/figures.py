"""How many conversations, cases, appeals and data requests of each brand are open, due and late."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from inbox.choices import ConversationState
from moderation.choices import OPEN_APPEALS, CaseState, Severity
from tenants.permissions import reach_of
from tenants.scope import active_brand_ids

SOON = timedelta(minutes=30)
APPEAL_SOON = timedelta(days=2)
REQUEST_SOON = timedelta(days=7)


@dataclass(slots=True)
class Figures:
    """Counts of one brand, or of several added up. What a person may not see is counted nowhere."""

    open: int = 0
    unassigned: int = 0
    soon: int = 0
    late: int = 0
    cases: int = 0
    cases_high: int = 0
    cases_late: int = 0
    appeals: int = 0
    appeals_soon: int = 0
    appeals_late: int = 0
    requests: int = 0
    requests_soon: int = 0
    requests_late: int = 0
    first_due_at: datetime | None = None

    @property
    def breached(self) -> int:
        """Everything past its promised time: answers, cases, appeals and data requests."""
        return self.late + self.cases_late + self.appeals_late + self.requests_late

    def add(self, other: "Figures") -> None:
        """Take the other's counts in, and the earlier of both due times."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.first_due_at and (not self.first_due_at or other.first_due_at < self.first_due_at):
            self.first_due_at = other.first_due_at


FIGURES = tuple(one.name for one in fields(Figures))
_COUNTS = FIGURES[:-1]

COUNTED = """
WITH conversations AS (
    SELECT brand_id, count(*) AS open, count(*) FILTER (WHERE assignee_id IS NULL) AS unassigned,
        count(*) FILTER (WHERE due_at >= %(now)s AND due_at < %(soon)s) AS soon,
        count(*) FILTER (WHERE due_at < %(now)s) AS late, min(due_at) AS first_due_at
    FROM inbox_conversation
    WHERE state = %(open_conversation)s AND (%(all_conversations)s OR brand_id = ANY(%(inbox)s))
    GROUP BY brand_id
), cases AS (
    SELECT brand_id, count(*) AS cases, count(*) FILTER (WHERE severity >= %(high)s) AS cases_high,
        count(*) FILTER (WHERE due_at < %(now)s) AS cases_late, min(due_at) AS first_due_at
    FROM moderation_case
    WHERE state = %(open_case)s AND (%(all_cases)s OR brand_id = ANY(%(queue)s))
    GROUP BY brand_id
), appeals AS (
    SELECT brand_id, count(*) AS appeals,
        count(*) FILTER (WHERE due_at >= %(now)s AND due_at < %(appeal_soon)s) AS appeals_soon,
        count(*) FILTER (WHERE due_at < %(now)s) AS appeals_late, min(due_at) AS first_due_at
    FROM moderation_appeal
    WHERE state = ANY(%(open_appeals)s) AND (%(all_appeals)s OR brand_id = ANY(%(appeals)s))
    GROUP BY brand_id
), requests AS (
    SELECT brand_id, count(*) AS requests,
        count(*) FILTER (WHERE day >= %(today)s AND day <= %(request_soon)s) AS requests_soon,
        count(*) FILTER (WHERE day < %(today)s) AS requests_late
    FROM (
        SELECT brand_id,
            CASE WHEN extended_at IS NULL THEN due_on ELSE extended_due_on END AS day
        FROM compliance_datarequest
        WHERE ended_at IS NULL AND (%(all_requests)s OR brand_id = ANY(%(requests)s))
    ) AS open_requests
    GROUP BY brand_id
), counted AS (
    SELECT brand.id AS brand_id, coalesce(open, 0) AS open, coalesce(unassigned, 0) AS unassigned,
        coalesce(soon, 0) AS soon, coalesce(late, 0) AS late, coalesce(cases, 0) AS cases,
        coalesce(cases_high, 0) AS cases_high, coalesce(cases_late, 0) AS cases_late,
        coalesce(appeals, 0) AS appeals, coalesce(appeals_soon, 0) AS appeals_soon,
        coalesce(appeals_late, 0) AS appeals_late, coalesce(requests, 0) AS requests,
        coalesce(requests_soon, 0) AS requests_soon, coalesce(requests_late, 0) AS requests_late,
        least(conversations.first_due_at, cases.first_due_at, appeals.first_due_at) AS first_due_at
    FROM tenants_brand AS brand
    LEFT JOIN conversations ON conversations.brand_id = brand.id
    LEFT JOIN cases ON cases.brand_id = brand.id
    LEFT JOIN appeals ON appeals.brand_id = brand.id
    LEFT JOIN requests ON requests.brand_id = brand.id
    WHERE brand.id = ANY(%(brands)s)
)
"""
"""Start of a statement: table ``counted`` with one row per brand and the columns ``FIGURES``."""

_EACH = f"{COUNTED} SELECT brand_id, {', '.join(FIGURES)} FROM counted"  # noqa: S608 -- constants


def counting(actor: Any) -> dict[str, Any]:
    """The parameters of ``COUNTED`` for this person in the active scope. Raises: NoBrandActive."""
    now = timezone.now()
    reach = {
        "conversations": ("inbox", "inbox.conversation.view"),
        "cases": ("queue", "moderation.case.view"),
        "appeals": ("appeals", "moderation.appeal.view"),
        "requests": ("requests", "compliance.request.view"),
    }
    scope = active_brand_ids()
    found: dict[str, Any] = {
        "now": now,
        "soon": now + SOON,
        "appeal_soon": now + APPEAL_SOON,
        "today": now.date(),
        "request_soon": now.date() + REQUEST_SOON,
        "open_conversation": ConversationState.OPEN.value,
        "open_case": CaseState.OPEN.value,
        "open_appeals": [state.value for state in OPEN_APPEALS],
        "high": Severity.HIGH.value,
        "brands": list(scope),
    }
    for what, (name, capability) in reach.items():
        held = reach_of(actor, capability).brand_ids
        found[f"all_{what}"] = held == scope
        found[name] = [] if held == scope else list(held)
    return found


def figures_of(actor: Any) -> dict[UUID, Figures]:
    """By brand, for every brand in scope. One query. Raises: NoBrandActive."""
    with connection.cursor() as cursor:
        cursor.execute(_EACH, counting(actor))
        return {brand_id: Figures(*counts) for brand_id, *counts in cursor.fetchall()}


def total_of(figures: Iterable[Figures]) -> Figures:
    total = Figures()
    for one in figures:
        total.add(one)
    return total


def seen_by(queryset: QuerySet[Any], actor: Any, *capabilities: str) -> QuerySet[Any] | None:
    """Rows of the brands where the person holds one of them; None if that is nowhere."""
    everywhere = active_brand_ids()
    brands: frozenset[UUID] = frozenset()
    for capability in capabilities:
        held = reach_of(actor, capability).brand_ids
        if held is everywhere or held == everywhere:
            return queryset
        brands |= held
    if not brands:
        return None
    return queryset if brands == everywhere else queryset.filter(brand__in=brands)
