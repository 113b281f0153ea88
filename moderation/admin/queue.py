"""The queue as its screen needs it. Four queries, whatever the number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from inbox.domain.acts import effect_of
from inbox.providers.acts import Act, ActEffect
from moderation.admin.evidence import Piece, pieces_of
from moderation.choices import Action, CaseState, Category, Severity
from moderation.models import Case, Decision, PolicyRule
from tenants.admin.pages import Page, page_of
from tenants.domain.reach import within

ORDER = ("-severity", "due_at", "id")
ROWS = 30


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case. ``reason`` is the rule's sentence in the brand's language, to be edited;
    ``hiding``: what hiding means on this network."""

    case: Case
    pieces: list[Piece]
    score_percent: int | None
    hidden_before: int
    rule: PolicyRule | None
    reason: str
    held_by: str
    is_late: bool
    hiding: ActEffect


@dataclass(frozen=True, slots=True)
class QueueFilter:
    category: str = ""
    severity: str = ""
    cursor: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "QueueFilter":
        category, severity = query.get("category", ""), query.get("severity", "")
        return cls(
            category if category in Category.values else "",
            severity if severity in {str(value) for value in Severity.values} else "",
            query.get("after", ""),
        )

    @property
    def query(self) -> str:
        values = {"category": self.category, "severity": self.severity}
        return urlencode({name: value for name, value in values.items() if value})


def _visible(cases: QuerySet[Case], user: Any) -> QuerySet[Case]:
    return within(cases, user, "moderation.case.view", via="message__account_id")


def counts(user: Any) -> dict[str, int]:
    """Open cases and those past their time. One query."""
    is_open = Q(state=CaseState.OPEN)
    return (
        _visible(Case.objects.all(), user)
        .filter(is_open)
        .aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=timezone.now())))
    )


def page_of_cases(wanted: QueueFilter, *, user: Any) -> Page[Case]:
    """Severest first, then by due time. One query."""
    cases = _visible(_with_all(), user).filter(state=CaseState.OPEN)
    if wanted.category:
        cases = cases.filter(category=wanted.category)
    if wanted.severity:
        cases = cases.filter(severity=int(wanted.severity))
    return page_of(cases, order=ORDER, cursor=wanted.cursor, size=ROWS)


def one_case(pk: UUID) -> Case | None:
    return _with_all().filter(pk=pk).first()


def _with_all() -> QuerySet[Case]:
    return Case.objects.select_related(
        "message__conversation__contact",
        "message__conversation__account",
        "assessment",
        "lease_by",
        "brand",
    )


def rows_of(cases: Sequence[Case], *, viewer: Any) -> list[QueueRow]:
    """Cases with their author's record and rule. Two queries."""
    if not cases:
        return []
    contacts = {case.message.conversation.contact_id for case in cases}
    record = dict(
        Decision.objects.filter(
            message__conversation__contact__in=contacts, action=Action.HIDE, reversed_by=None
        )
        .values_list("message__conversation__contact")
        .annotate(Count("pk"))
        .order_by()
    )
    rules = {
        (rule.brand_id, rule.category): rule
        for rule in PolicyRule.objects.filter(
            retired_at=None, category__in={*(case.category for case in cases), Category.OTHER}
        )
    }
    return [_row(case, record, rules, viewer=viewer) for case in cases]


def _row(
    case: Case,
    record: dict[UUID, int],
    rules: dict[tuple[UUID, str], PolicyRule],
    *,
    viewer: Any,
) -> QueueRow:
    now = timezone.now()
    rule = rules.get((case.brand_id, case.category)) or rules.get((case.brand_id, Category.OTHER))
    found = _found(case)
    is_held = case.lease_by is not None and case.lease_until is not None and case.lease_until > now
    held_by = str(case.lease_by) if is_held and case.lease_by_id != viewer.pk else ""
    return QueueRow(
        case=case,
        pieces=pieces_of(case.message.text, found.get("evidence", [])),
        score_percent=round(100 * float(found["score"])) if "score" in found else None,
        hidden_before=record.get(case.message.conversation.contact_id, 0),
        rule=rule,
        reason=rule.text(case.brand.language) if rule else "",
        held_by=held_by,
        is_late=case.due_at < now,
        hiding=effect_of(case.message, Act.HIDE),
    )


def _found(case: Case) -> dict[str, Any]:
    """What the assessment of this very revision found for the case's category."""
    assessment = case.assessment
    if assessment is None or assessment.revision != case.message.revision:
        return {}
    found = assessment.scores.get(case.category)
    return found if isinstance(found, dict) else {}
