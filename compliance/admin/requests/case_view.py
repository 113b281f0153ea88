"""What the page of one data request shows: the steps, what was found, what may be done now."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from compliance.admin.requests.listing import WAITING_FOR_A_WORKER
from compliance.choices import (
    ExtensionReason,
    NoticeState,
    Outcome,
    PauseReason,
    RefusalReason,
    Regime,
    RequestKind,
    RequestState,
    RestrictionGround,
)
from compliance.domain.map_words import told_ground
from compliance.domain.requests import answers, certificate
from compliance.domain.requests.ending import can_be_reached
from compliance.domain.requests.states import BEFORE_THE_POINT, CHOOSING
from compliance.domain.requests.subjects import holds_over, subject_of_case
from compliance.domain.requests.watch import days_left
from compliance.domain.subjects.finding import find_candidates
from compliance.domain.subjects.plans import titles
from compliance.domain.subjects.sources import all_sources
from compliance.domain.subjects.subject import Candidate
from compliance.models import (
    DataRequest,
    ProcessingRestriction,
    RecipientNotice,
    RequestPause,
    ThirdPartyPassage,
)
from compliance.permissions import HANDLE_REQUESTS, RELEASE_REQUESTS
from tenants.admin.base import audit_url
from tenants.models import User
from tenants.permissions import can

PASSAGES = 100
_ORDER = (
    (RequestState.RECEIVED, RequestState.IDENTITY_PENDING),
    (RequestState.VERIFIED, RequestState.ASSIGNED, RequestState.COLLECTING),
    (RequestState.IN_REVIEW,),
    (RequestState.APPROVED, RequestState.EXECUTING, RequestState.AWAITING),
    (RequestState.FULFILLED,),
)


@dataclass(frozen=True, slots=True)
class Step:
    """``mark``: done, now, todo or blocked, as the style sheet names them."""

    title: StrOrPromise
    mark: str


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One source: what is there and what becomes of it."""

    title: StrOrPromise
    rows: int
    action: StrOrPromise
    ground: StrOrPromise
    stays: bool


def steps_of(case: DataRequest) -> list[Step]:
    """The five steps of ``ux`` 6.5 and how far they are."""
    state = case.state_before_hold or case.state
    at = next((i for i, states in enumerate(_ORDER) if state in states), len(_ORDER))
    words = (_("Identify"), _("Collect"), _("Review"), _("Release"), _("Close"))
    steps = []
    for place, title in enumerate(words):
        mark = "done" if place < at else "now" if place == at else "todo"
        if mark == "now" and (case.is_blocked or case.state == RequestState.ON_HOLD):
            mark = "blocked"
        if case.ended_at is not None and case.state != RequestState.CLOSED:
            mark = "todo"
        steps.append(Step(title, mark))
    return steps


def found_lines(case: DataRequest) -> list[FoundLine]:
    """Every source with a row, in the order of the plan; for kinds that erase nothing, what is
    there."""
    known = {source.key: source for source in all_sources()}
    lines = []
    for one in case.plan.get("sources", []):
        source = known.get(one["key"])
        if not one["rows"] or source is None:
            continue
        lines.append(
            FoundLine(
                source.title,
                one["rows"],
                Outcome(one["action"]).label,
                one["ground"]
                if one["action"] == Outcome.BLOCKED
                else told_ground(str(source.ground)),
                one["action"] in {Outcome.RETAINED, Outcome.BLOCKED},
            )
        )
    return lines


def candidates_for(case: DataRequest, term: str) -> list[Candidate]:
    """Persons who may be meant by what the case says, or by the word that was looked for."""
    words = [term] if term else [case.email, case.name]
    found: dict[Any, Candidate] = {}
    for word in words:
        if word.strip():
            try:
                hits = find_candidates(case.brand, word[:200])
            except (ValueError, ValidationError):
                hits = []
            found |= {one.contact_id: one for one in hits}
    return list(found.values())[:20]


def chosen_candidates(case: DataRequest) -> list[Candidate]:
    """The chosen contacts, as far as they can still be shown."""
    found = []
    for ref in case.contact_refs[:50]:
        found += [c for c in find_candidates(case.brand, str(ref)) if c.contact_id == ref]
    return found


def case_context(case: DataRequest, request: HttpRequest) -> dict[str, Any]:
    """Everything the template needs; a bounded number of queries."""
    user = request.user
    may_handle = can(user, HANDLE_REQUESTS, case)
    may_release = can(user, RELEASE_REQUESTS, case)
    term = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    state = RequestState(case.state)
    passages = ThirdPartyPassage.objects.filter(request=case).exclude(fragment="")
    open_count = passages.filter(is_hidden=None).count()
    pause = RequestPause.objects.filter(request=case, ended_at=None).first()
    is_choosing = may_handle and state in CHOOSING
    chosen = chosen_candidates(case)
    now, named = timezone.now(), titles()
    erases = case.kind == RequestKind.ERASURE
    return {
        "case": case,
        "steps": steps_of(case),
        "left": days_left(case, case.brand, now=now),
        "pause": pause,
        "may_handle": may_handle and case.ended_at is None,
        "may_release": may_release,
        "is_before": state in BEFORE_THE_POINT or state == RequestState.ON_HOLD,
        "is_identity": state in {RequestState.RECEIVED, RequestState.IDENTITY_PENDING},
        "is_collectable": state in {RequestState.ASSIGNED, RequestState.IN_REVIEW},
        "is_review": state == RequestState.IN_REVIEW,
        "is_working": state in WAITING_FOR_A_WORKER and not case.is_blocked,
        "is_awaiting": state == RequestState.AWAITING,
        "is_fulfilled": state == RequestState.FULFILLED,
        "is_on_hold": state == RequestState.ON_HOLD,
        "is_choosing": is_choosing,
        "is_own_review": case.reviewed_by_id == getattr(user, "pk", None),
        "erases": erases,
        "hands_out": case.kind in {RequestKind.ACCESS, RequestKind.PORTABILITY},
        "needs_note": case.kind
        in {RequestKind.RECTIFICATION, RequestKind.AUTOMATED_REVIEW, RequestKind.OBJECTION},
        "restricts": case.kind == RequestKind.RESTRICTION,
        "chosen": chosen,
        "candidates": candidates_for(case, term) if is_choosing else [],
        "term": term,
        "lines": found_lines(case),
        "passages": list(passages.order_by(F("is_hidden").asc(nulls_first=True), "id")[:PASSAGES]),
        "open_count": open_count,
        "passage_count": passages.count(),
        "holds": holds_over(subject_of_case(case)) if case.ended_at is None else [],
        "notices": list(RecipientNotice.objects.filter(request=case).order_by("id")),
        "restrictions": list(ProcessingRestriction.objects.filter(request=case, lifted_at=None)),
        "results": [
            line
            | {
                "title": named.get(line["key"], line["title"]),
                "label": Outcome(line["outcome"]).label,
                "why": told_ground(line["why"]),
                "bad": line["outcome"] == "blocked",
            }
            for line in case.results
        ],
        "told": certificate.read(case),
        "answer": answers.proposed_answer(case) if state == RequestState.FULFILLED else "",
        "can_be_reached": can_be_reached(case),
        "extension_reasons": ExtensionReason.choices,
        "pause_reasons": PauseReason.choices,
        "refusal_reasons": [
            (value, label)
            for value, label in RefusalReason.choices
            if erases or value in {RefusalReason.UNFOUNDED, RefusalReason.EXCESSIVE}
        ],
        "grounds": RestrictionGround.choices,
        "may_pause": case.regime == Regime.GDPR and pause is None,
        "may_extend": case.extended_at is None and case.extended_due_on is not None,
        "notice_states": (NoticeState.TOLD, NoticeState.IMPOSSIBLE),
        "audit_url": audit_url(case) if can(user, "compliance.audit.view", case) else "",
        "is_person": isinstance(user, User),
    }
