"""The queue as its screen needs it. Four queries, whatever the number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DateTimeField, Func, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.functions import JSONObject
from django.http import QueryDict
from django.utils import timezone

from inbox.domain.acts import effect_of
from inbox.providers.acts import Act, ActEffect
from moderation.admin.evidence import Piece, pieces_of, why_of
from moderation.choices import Action, CaseState, Category, ProposalState, Severity
from moderation.domain import cases as leases
from moderation.domain.bulk import SAME_TEXT_WITHIN
from moderation.domain.duties import locked_because, needs_second
from moderation.models import Case, Decision, PolicyRule, Proposal, QueueSettings
from tenants.admin.pages import Page, beyond, page_of
from tenants.choices import Blur
from tenants.domain.reach import within
from tenants.models import Brand, User
from tenants.scope import active_brand_id, active_brand_ids

ORDER = ("rank_at", "id")
ROWS = 20
COUNTED = 1_000
"""Beyond that many the screen says "more than": nobody reads a number of six digits."""
SEVERE = frozenset(
    {
        Category.HATE,
        Category.THREAT,
        Category.SELF_HARM,
        Category.CHILD_SAFETY,
        Category.SEXUAL,
    }
)
_MOST_RULES = 9  # one digit each


@dataclass(frozen=True, slots=True)
class Match:
    """A rule the text may break. ``digit`` chooses it, ``reason`` is its sentence."""

    digit: int
    rule: PolicyRule
    category: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case. ``why``: what speaks for it beside the marked words. ``reason`` is the rule's
    sentence in the brand's language, to be edited. ``hiding``: what hiding means on this network.

    ``locked``: why it can only be escalated. ``held_by``: initials and name of a colleague who has
    it open. ``proposal``: ``{"id", "by", "name", "action"}`` of what waits for a second person.
    """

    case: Case
    pieces: list[Piece]
    why: list[str]
    score_percent: int | None
    hidden_before: int
    rule: PolicyRule | None
    reason: str
    matches: tuple[Match, ...]
    held_by: tuple[str, str] | None
    is_late: bool
    locked: str
    needs_second: bool
    proposal: dict[str, Any] | None
    is_own_proposal: bool
    same_text: int
    is_veiled: bool
    hiding: ActEffect

    @property
    def is_escalated(self) -> bool:
        return self.case.escalated_at is not None

    @property
    def why_locked(self) -> str:
        """The name under which the page says it; empty if nothing is locked."""
        return f"why-{self.case.pk}" if self.locked else ""


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
    return within(cases, user, "moderation.case.view", via="message__account_id").filter(
        state=CaseState.OPEN
    )


def counts(user: Any) -> dict[str, int]:
    """Open cases and those past their time, each up to ``COUNTED`` + 1. One query."""
    due = _visible(Case.objects.all(), user)
    if active_brand_id() is not None:
        due = due.order_by("due_at")
    times = list(due.values_list("due_at", flat=True)[: COUNTED + 1])
    now = timezone.now()
    return {"open": len(times), "late": sum(at < now for at in times)}


def page_of_cases(wanted: QueueFilter, *, user: Any) -> Page[Case]:
    """Most pressing first, see ``moderation.domain.ranking``. One query, of many brands two."""
    if active_brand_id() is not None:
        rows = _chosen(_with_all(), wanted, user)
    else:
        chosen = _chosen(Case.objects.all(), wanted, user)
        keys = _first_keys(beyond(chosen, order=ORDER, cursor=wanted.cursor))
        rows = _with_all().filter(pk__in=keys)
    return page_of(rows, order=ORDER, cursor=wanted.cursor, size=ROWS)


def _chosen(cases: QuerySet[Case], wanted: QueueFilter, user: Any) -> QuerySet[Case]:
    chosen = _visible(cases, user)
    if wanted.category:
        chosen = chosen.filter(category=wanted.category)
    if wanted.severity:
        chosen = chosen.filter(severity=int(wanted.severity))
    return chosen


def _first_keys(cases: QuerySet[Case]) -> list[UUID]:
    """Of all brands together. Each gives no more than a page may need: a key and its rank, side by
    side from its own index, so that no brand's queue is sorted whole."""
    firsts = cases.filter(brand=OuterRef("pk"))[: ROWS + 1]
    brands = Brand.objects.filter(pk__in=active_brand_ids()).order_by()
    columns = {
        "case_rank": Func(
            ArraySubquery(firsts.values("rank_at")),
            function="unnest",
            output_field=DateTimeField(),
        ),
        "case_key": Func(
            ArraySubquery(firsts.values("pk")), function="unnest", output_field=UUIDField()
        ),
    }
    ordered = brands.annotate(**columns).order_by(*columns).values_list(*columns)
    return [key for _rank, key in ordered[: ROWS + 1]]


def one_case(pk: UUID) -> Case | None:
    return _with_all().filter(pk=pk).first()


def _with_all() -> QuerySet[Case]:
    """With what each row shows beside: what waits, the brand's rule of two, the same words."""
    waiting = Proposal.objects.filter(case=OuterRef("pk"), state=ProposalState.WAITING).values(
        data=JSONObject(
            id="pk", by="proposed_by_id", name="proposed_by__name", action="action", reason="reason"
        )
    )
    two = QueueSettings.objects.filter(brand=OuterRef("brand")).values("second_person_for")
    same = (
        Case.objects.filter(
            brand=OuterRef("brand"),
            text_key=OuterRef("text_key"),
            opened_at__gt=timezone.now() - SAME_TEXT_WITHIN,
        )
        .exclude(text_key="")
        .order_by()
        .values("text_key")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Case.objects.select_related(
        "message__conversation__contact",
        "message__conversation__account",
        "assessment",
        "lease_by",
        "brand",
    ).annotate(
        waiting=Subquery(waiting[:1]), second_person_for=Subquery(two), same_text=Subquery(same)
    )


def rows_of(cases: Sequence[Case], *, viewer: User) -> list[QueueRow]:
    """Cases with their author's record and rules. Two queries."""
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
    brands = {case.brand_id for case in cases}
    rules = {
        (rule.brand_id, rule.category): rule
        for rule in PolicyRule.objects.filter(retired_at=None, brand__in=brands)
    }
    return [_row(case, record, rules, viewer=viewer) for case in cases]


def _row(
    case: Case,
    record: dict[UUID, int],
    rules: dict[tuple[UUID, str], PolicyRule],
    *,
    viewer: User,
) -> QueueRow:
    now = timezone.now()
    scores = _scores(case)
    found = scores.get(case.category, {})
    matches = _matches(case, scores, rules)
    waiting: dict[str, Any] | None = getattr(case, "waiting", None)
    taken = leases.is_taken(case, by_other_than=viewer, now=now)
    return QueueRow(
        case=case,
        pieces=pieces_of(case.message.text, found.get("evidence", [])),
        why=why_of(found, case.assessment.reasons if case.assessment else ()),
        score_percent=round(100 * float(found["score"])) if "score" in found else None,
        hidden_before=record.get(case.message.conversation.contact_id, 0),
        rule=matches[0].rule if matches else None,
        reason=matches[0].reason if matches else "",
        matches=matches,
        held_by=(initials(case.lease_by), str(case.lease_by)) if taken else None,
        is_late=case.due_at < now,
        locked=locked_because(case, action=Action.HIDE, category=case.category, actor=viewer),
        needs_second=needs_second(
            Action.HIDE, case.category, chosen=getattr(case, "second_person_for", None) or ()
        ),
        proposal=waiting,
        is_own_proposal=waiting is not None and str(waiting["by"]) == str(viewer.pk),
        same_text=max((getattr(case, "same_text", None) or 0) - 1, 0),
        is_veiled=is_veiled(case, viewer=viewer),
        hiding=effect_of(case.message, Act.HIDE),
    )


def is_veiled(case: Case, *, viewer: User) -> bool:
    """Whether this person has to ask before they see it. Requirement M10."""
    is_severe = case.severity >= Severity.HIGH or case.category in SEVERE
    return viewer.blur == Blur.ALL or (viewer.blur == Blur.SEVERE and is_severe)


def initials(person: User | None) -> str:
    """Up to two letters: ``Ada Lovelace`` is AL."""
    words = str(person or "").replace("@", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


def _matches(
    case: Case, scores: dict[str, dict[str, Any]], rules: dict[tuple[UUID, str], PolicyRule]
) -> tuple[Match, ...]:
    """The rules in question, the case's own first, then those that were found, best first."""
    others = sorted(
        (name for name in scores if name != case.category),
        key=lambda name: -float(scores[name].get("score", 0)),
    )
    found: list[Match] = []
    for name in [case.category, *others]:
        rule = rules.get((case.brand_id, name)) or rules.get((case.brand_id, Category.OTHER))
        if rule is None or rule in [match.rule for match in found]:
            continue
        found.append(Match(len(found) + 1, rule, name, rule.text(case.brand.language)))
    return tuple(found[:_MOST_RULES])


def _scores(case: Case) -> dict[str, dict[str, Any]]:
    """What the assessment of this very revision found, by category."""
    assessment = case.assessment
    if assessment is None or assessment.revision != case.message.revision:
        return {}
    return {name: found for name, found in assessment.scores.items() if isinstance(found, dict)}


def state_of(keys: Sequence[UUID], *, user: User) -> dict[str, dict[str, str]]:
    """What became of cases on somebody's screen: ``{key: {"state", "by", "name"}}``. One query."""
    now = timezone.now()
    found = within(
        Case.objects.select_related("lease_by"),
        user,
        "moderation.case.view",
        via="message__account_id",
    ).filter(pk__in=keys)
    told = {}
    for case in found:
        taken = leases.is_taken(case, by_other_than=user, now=now)
        told[str(case.pk)] = {
            "state": case.state,
            "by": initials(case.lease_by) if taken else "",
            "name": str(case.lease_by) if taken else "",
        }
    return told
