"""Collects and carries out. A killed worker leaves a lease that runs out; the next one goes on:
collecting begins anew, an erasure goes on behind its last chunk, a package is made again."""

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files import File
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import Outcome as Done
from compliance.choices import RequestKind, RequestState
from compliance.domain.audit import record
from compliance.domain.closing.archive import sha256_of
from compliance.domain.requests.cases import MOVE_FIELDS, move
from compliance.domain.requests.certificate import certificate_of
from compliance.domain.requests.effects import (
    fulfil_if_all_told,
    object_to,
    restrict,
    tell_recipients,
)
from compliance.domain.requests.links import PACKAGE_LIFETIME
from compliance.domain.requests.package import write_package
from compliance.domain.requests.passages import hidden_of, own_words, propose
from compliance.domain.requests.subjects import holds_over, reference_of, subject_of_case
from compliance.domain.subjects import plans
from compliance.domain.subjects.erasing import Results, execute
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.subject import Subject
from compliance.models import DataRequest
from compliance.models.requests import Outcome
from tenants.actors import SystemActor
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

WORKER = SystemActor("system", "requests")
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 5
WORKING = (RequestState.COLLECTING, RequestState.EXECUTING)
HANDED_OUT = frozenset({RequestKind.ACCESS, RequestKind.PORTABILITY})


class _Stopped(Exception):
    """The case was cancelled or put on hold, or another worker has taken it over."""


def run_request(request_id: UUID, *, brand_id: UUID) -> bool:
    """Do what the case waits for. False if it does not wait, or another worker is at it."""
    turn = _claim(request_id, brand_id)
    if turn is None:
        return False
    try:
        if turn.state == RequestState.COLLECTING:
            turn.collect()
        else:
            turn.execute()
    except _Stopped:
        return False
    except Exception:
        # Told to people and tried again: a case must never lie still without a word.
        logger.exception("data request %s was interrupted", request_id)
        turn.interrupted()
        return False
    return True


def _claim(request_id: UUID, brand_id: UUID) -> "_Turn | None":
    with brand_scope(brand_id):
        case = (
            DataRequest.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk=request_id, state__in=WORKING, is_blocked=False)
            .first()
        )
        now = timezone.now()
        if case is None or (case.lease_until is not None and case.lease_until > now):
            return None
        case.attempt += 1
        case.lease_until = now + LEASE
        case.rows_done = 0
        names = ["attempt", "lease_until", "rows_done"]
        if case.attempt > MAX_ATTEMPTS:
            case.is_blocked, case.lease_until = True, None
            case.failure = _("It was interrupted too often. Somebody has to look at it.")
            case.save(update_fields=[*names, "is_blocked", "failure"])
            record("compliance.request.blocked", case, actor=WORKER, reason="interrupted")
            return None
        case.save(update_fields=names)
        return _Turn(case, case.attempt)


class _Turn:
    """One worker's time with one case."""

    def __init__(self, case: DataRequest, attempt: int) -> None:
        self.pk, self.brand_id, self.attempt = case.pk, case.brand_id, attempt
        self.state = case.state
        self._told_at = timezone.now()

    def held(self) -> DataRequest:
        """The row, locked, if it still is this worker's. Raises: _Stopped."""
        case = (
            DataRequest.objects.select_for_update(no_key=True, of=("self",))
            .select_related("brand__agency", "reviewed_by", "released_by", "accepted_by")
            .filter(pk=self.pk)
            .first()
        )
        if case is None or case.attempt != self.attempt or case.state != self.state:
            raise _Stopped
        return case

    def progress(self, rows: int, *, every_s: float = 2.0) -> None:
        """Say how far it is, and keep the case; not more often than every two seconds."""
        now = timezone.now()
        if (now - self._told_at).total_seconds() < every_s:
            return
        self._told_at = now
        with brand_scope(self.brand_id):
            case = self.held()
            case.rows_done, case.lease_until = rows, now + LEASE
            case.save(update_fields=["rows_done", "lease_until"])

    def interrupted(self) -> None:
        with brand_scope(self.brand_id):
            DataRequest.objects.filter(pk=self.pk, attempt=self.attempt).update(
                failure=_("It was interrupted and goes on by itself."),
                lease_until=timezone.now() + timedelta(seconds=30) * self.attempt,
            )

    # Collecting

    def collect(self) -> None:
        """What there is, what would be done, what may be about others; then the review."""
        with brand_scope(self.brand_id):
            case = self.held()
            subject = subject_of_case(case)
            holds = holds_over(subject)
        plan = plans.make_plan(subject, holds=holds)
        if case.kind in HANDED_OUT and subject.contact_ids:
            self._propose(case, subject)
        with brand_scope(self.brand_id):
            case = self.held()
            case.plan, case.plan_sha256 = plan, plans.plan_hash(plan)
            case.found = [{"key": one["key"], "rows": one["rows"]} for one in plan["sources"]]
            case.collected_at = timezone.now()
            case.rows_total = case.rows_done = sum(one["rows"] for one in plan["sources"])
            case.failure, case.lease_until, case.attempt = "", None, 0
            move(case, RequestState.IN_REVIEW)
            case.save(
                update_fields=[
                    *MOVE_FIELDS,
                    "plan",
                    "plan_sha256",
                    "found",
                    "collected_at",
                    "rows_total",
                    "rows_done",
                    "failure",
                    "lease_until",
                    "attempt",
                ]
            )
            facts = {"rows": case.rows_total, "plan_sha256": case.plan_sha256}
            record("compliance.request.collected", case, actor=WORKER, facts=facts)

    def _propose(self, case: DataRequest, subject: Subject) -> None:
        with brand_scope(self.brand_id):
            own = own_words(identified(subject))
        with brand_scope(self.brand_id, agency_ids=[case.brand.agency_id]):
            for rows in propose(case, subject, own=own):
                self.progress(rows)

    # Carrying out

    def execute(self) -> None:
        with brand_scope(self.brand_id):
            case = self.held()
            subject = subject_of_case(case)
        if case.kind == RequestKind.ERASURE:
            if not self._erase(case, subject):
                return
        elif case.kind in HANDED_OUT and subject.contact_ids:
            self._pack(case, subject)
        self._finish(subject)

    def _erase(self, case: DataRequest, subject: Subject) -> bool:
        """Whether nothing is blocked, or somebody has accepted what is."""
        results = execute(
            case.plan,
            subject,
            reference=reference_of(case),
            actor=WORKER,
            progress=self.progress,
        )
        with brand_scope(self.brand_id), translation.override(case.language):
            case = self.held()
            case.results = _lines(results)
            case.rows_done = results.rows_done
            names = ["results", "rows_done"]
            if results.complete or case.accepted_reason:
                case.save(update_fields=names)
                return True
            case.is_blocked, case.lease_until = True, None
            case.failure = "; ".join(sorted(set(results.blocked.values())))[:300]
            case.save(update_fields=[*names, "is_blocked", "lease_until", "failure"])
            facts = {"sources": len(results.blocked)}
            record("compliance.request.blocked", case, actor=WORKER, facts=facts)
        return False

    def _pack(self, case: DataRequest, subject: Subject) -> None:
        now = timezone.now()
        with brand_scope(self.brand_id):
            hidden = hidden_of(case)
        with tempfile.TemporaryFile() as file:
            for rows in write_package(file, case, subject, hidden=hidden, at=now):
                self.progress(rows)
            digest, size = sha256_of(file)
            with brand_scope(self.brand_id):
                case = self.held()
                if case.package:
                    case.package.delete(save=False)  # left by a worker that died
                case.package.save("package.zip", File(file), save=False)
                case.package_sha256, case.package_bytes = digest, size
                case.package_until = now + PACKAGE_LIFETIME
                case.save(
                    update_fields=["package", "package_sha256", "package_bytes", "package_until"]
                )
                facts = {"sha256": digest, "bytes": size}
                record("compliance.request.packed", case, actor=WORKER, facts=facts)

    def _finish(self, subject: Subject) -> None:
        """The last step of every kind: what is done at once, then the recipients."""
        with brand_scope(self.brand_id):
            case = self.held()
            _at_once(case, subject, now=timezone.now())
            move(case, RequestState.AWAITING)
            if case.kind == RequestKind.ERASURE:
                case.certificate = certificate_of(case)
            case.failure, case.lease_until = "", None
            case.save(update_fields=[*MOVE_FIELDS, "failure", "lease_until", "certificate"])
            record(
                "compliance.request.carried_out",
                case,
                actor=WORKER,
                facts={"plan_sha256": case.plan_sha256, "rows": case.rows_done},
            )
            tell_recipients(case, subject, actor=WORKER)
            fulfil_if_all_told(case, actor=WORKER)


def _at_once(case: DataRequest, subject: Subject, *, now: datetime) -> None:
    acts: dict[str, Callable[[], int]] = {
        RequestKind.RESTRICTION: lambda: restrict(case, actor=WORKER, now=now),
        RequestKind.OBJECTION: lambda: object_to(case, subject, actor=WORKER, now=now),
    }
    if case.kind in acts:
        acts[case.kind]()


def _lines(results: Results) -> list[Outcome]:
    titles = plans.titles()
    return [
        Outcome(
            key=key,
            title=titles.get(key, key),
            outcome=told["outcome"],
            rows=told["rows"],
            why=told["why"] or told["ground"],
        )
        for key, told in sorted(results.sources.items())
        if told["rows"] or told["outcome"] == Done.BLOCKED
    ]
