"""Erases one person, chunk by chunk. Each chunk is a transaction that also says how far it is, so a
worker killed at any instant leaves true figures, and the next one goes on with what is left.

Before the first chunk the person is let go of: the addresses go on the erased list, and whoever
writes under them from then on is somebody new. What the networks called the person is kept,
encrypted, until the run ends, so that no trace is lost with the contact.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import Outcome
from compliance.domain.audit import record
from compliance.domain.holds import steady_holds
from compliance.domain.net import chunk_scope
from compliance.domain.subjects import erased_list
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.plans import plan_hash, subject_of_plan
from compliance.domain.subjects.results import Results as Results
from compliance.domain.subjects.sources import all_sources
from compliance.domain.subjects.subject import Done, Identifiers, Subject
from compliance.domain.subjects.tables import Walk, brand_of, person_tables
from compliance.models import LegalHold, SubjectErasure
from compliance.registries import SubjectSource, subject_finders
from tenants.permissions import Actor
from tenants.scope import brand_scope

logger = logging.getLogger(__name__)

LIMIT = 300
"""Rows in one chunk: small enough that nobody waits for its locks."""
MAX_PASSES = 5

type Told = Callable[[int], None]


class OtherPlan(ValueError):
    """The subject is not the one the plan is about, or the reference stands for another run."""


def execute(
    plan: Mapping[str, Any],
    subject: Subject,
    *,
    reference: str,
    actor: Actor,
    limit: int = LIMIT,
    progress: Told = lambda _rows: None,
    at: datetime | None = None,
) -> Results:
    """Erase what the plan says, or go on where an earlier worker stopped.

    ``reference`` is the ground's code (``art17.2026-0042``): ledger and exports show it where the
    values were. ``progress`` is told the number of rows done so far, outside any transaction; what
    it raises ends the run, which can be gone on with. Calling it again after the end gives the same
    results and erases what has come up since. A source that cannot be erased, or a legal hold
    placed meanwhile, leaves its outcome ``blocked``. ``at``: when the person was erased, if that
    was before a backup was restored; what came later stays.

    Callers have checked the permission and the second person; they hold no transaction open.

    Raises: OtherPlan.
    """
    if subject_of_plan(plan) != subject:
        raise OtherPlan("the plan is about somebody else")
    run = _Run(subject, plan, reference=reference, actor=actor, limit=limit, progress=progress)
    run.begin(at)
    for _pass in range(MAX_PASSES):
        if not sum(run.out(source) for source in all_sources()):
            break
    return run.finish()


class _Run:
    def __init__(
        self,
        subject: Subject,
        plan: Mapping[str, Any],
        *,
        reference: str,
        actor: Actor,
        limit: int,
        progress: Told,
    ) -> None:
        self.subject, self.plan, self.reference = subject, plan, reference
        self.actor, self.limit, self.progress = actor, limit, progress
        self.agency_id = brand_of(subject.brand_id).agency_id
        self.results = Results(reference)

    def scope(self) -> AbstractContextManager[None]:
        return chunk_scope(
            self.subject.brand_id,
            agency_ids=[self.agency_id],
            receipt="compliance.subject.erased",
        )

    def begin(self, at: datetime | None) -> None:
        """Let the person go, or take up the traces that an earlier worker left. One transaction.

        A person who is there again, with addresses, was brought back by a backup: let go of again.
        """
        with self.scope():
            row, known = self._row(), identified(self.subject).known
            if not self._holds():
                if row is None:
                    row = self._open(at or timezone.now())
                if known.addresses or not row.outcomes:
                    self._let_go(row, known)
            if row is not None:
                self.results.sources = dict(row.outcomes)
                traces = json.loads(row.traces) if row.traces else {"addresses": [], "words": []}
                known = known.joined(Identifiers.from_json(traces))
            self.subject = self.subject.with_identifiers(
                known, as_of=row.erased_at if row else None
            )

    def _row(self) -> SubjectErasure | None:
        found = (
            SubjectErasure.objects.select_for_update(no_key=True)
            .filter(reference=self.reference)
            .first()
        )
        refs = sorted(map(str, self.subject.contact_ids))
        if found is not None and sorted(found.contact_refs) != refs:
            raise OtherPlan(f"{self.reference} stands for the erasure of somebody else")
        return found

    def _open(self, at: datetime) -> SubjectErasure:
        return SubjectErasure.objects.create(
            brand_id=self.subject.brand_id,
            reference=self.reference,
            contact_refs=sorted(map(str, self.subject.contact_ids)),
            plan_sha256=plan_hash(self.plan),
            erased_at=at,
        )

    def _let_go(self, row: SubjectErasure, known: Identifiers) -> None:
        if row.traces:
            known = known.joined(Identifiers.from_json(json.loads(row.traces)))
        row.traces, row.finished_at = json.dumps(known.to_json()), None
        erased_list.remember(
            self.subject.brand_id,
            known.addresses,
            contact_ids=self.subject.contact_ids,
            at=row.erased_at,
            reference=self.reference,
        )
        for finder in subject_finders:
            gone = finder.let_go(
                self.subject, at=row.erased_at, reference=self.reference, actor=self.actor
            )
            self.results.sources = dict(row.outcomes)
            for source in all_sources():
                if rows := sum(gone.get(label, 0) for label in source.tables):
                    row.outcomes[source.key] = self._told(source, Done(rows))
        row.save(update_fields=["traces", "finished_at", "outcomes"])
        facts = {"reference": self.reference, "plan_sha256": row.plan_sha256}
        record("compliance.subject.let_go", row, actor=self.actor, facts=facts)

    def out(self, source: SubjectSource) -> int:
        """Erase the source chunk by chunk; says how many rows it was."""
        total, self.subject = 0, self.subject.afresh()
        while True:
            done = self._chunk(source)
            total += done.rows
            if not done.rows or done.blocked:
                return total
            self.progress(self.results.rows_done)

    def _chunk(self, source: SubjectSource) -> Done:
        """One chunk of the source, and what came of it, in one transaction."""
        try:
            with self.scope():
                row, holds = self._row(), self._holds()
                done = self._stopped(source, holds) if holds else self._erase(source)
                return self._note(source, done, row)
        except (OperationalError, InterfaceError, OtherPlan):
            raise  # the database, not the source: the next worker goes on
        except Exception as error:
            logger.exception("%s could not be erased for %s", source.key, self.reference)
            with self.scope():
                why = _("It failed: %s.") % type(error).__name__
                return self._note(source, Done(blocked=why), self._row())

    def _erase(self, source: SubjectSource) -> Done:
        return source.erase(
            self.subject, limit=self.limit, reference=self.reference, actor=self.actor
        )

    def _stopped(self, source: SubjectSource, holds: list[LegalHold]) -> Done:
        """A hold stands in the way only of what would change."""
        kept = source.how == Outcome.RETAINED
        if kept or not source.found(self.subject).count:
            return Done()
        return Done(blocked=_hold_words(holds))

    def _note(self, source: SubjectSource, done: Done, row: SubjectErasure | None) -> Done:
        told = self._told(source, done)
        if row is not None and row.outcomes.get(source.key) != told:
            row.outcomes[source.key] = told
            row.save(update_fields=["outcomes"])
        self.results.sources[source.key] = told
        return done

    def _told(self, source: SubjectSource, done: Done) -> dict[str, Any]:
        before = self.results.sources.get(source.key, {"rows": 0})
        if source.how == Outcome.RETAINED:
            # Once the traces are gone, what they led to is not found again; it stays all the same.
            rows = max(before["rows"], source.found(self.subject).count)
        else:
            rows = before["rows"] + done.rows
        outcome = Outcome.BLOCKED if done.blocked else Outcome(source.how)
        return {
            "outcome": outcome.value,
            "rows": rows,
            "ground": "" if done.blocked else str(source.ground),
            "why": done.blocked,
        }

    def _holds(self) -> list[LegalHold]:
        """Those that cover the person; none can be placed until this transaction ends."""
        standing = steady_holds(self.subject.brand_id)
        if not any(hold.conversation_ref for hold in standing):
            return [h for h in standing if h.contact_ref in (None, *self.subject.contact_ids)]
        walk = Walk(self.subject.afresh())
        near = {
            key for table in person_tables() if len(table.path) == 1 for key in walk.keys(table)
        }
        return [
            hold
            for hold in standing
            if (hold.contact_ref is None or hold.contact_ref in self.subject.contact_ids)
            and (hold.conversation_ref is None or hold.conversation_ref in near)
        ]

    def finish(self) -> Results:
        """Forget the traces, unless something is blocked: the next run needs them."""
        with self.scope():
            row = self._row()
            if row is None:
                return self.results
            if self.results.complete and row.finished_at is None:
                row.traces, row.finished_at = "", timezone.now()
                row.save(update_fields=["traces", "finished_at"])
                facts = {"reference": self.reference, "rows": self.results.rows_done}
                record("compliance.subject.erased", row, actor=self.actor, facts=facts)
        return self.results


def run_of(reference: str) -> SubjectErasure | None:
    """The run under this reference. Runs in the brand's scope."""
    return SubjectErasure.objects.filter(reference=reference).first()


def give_up(brand_id: UUID, *, reference: str, actor: Actor) -> None:
    """What is blocked stays, by a person's decision: forget the traces that would lead to it."""
    with brand_scope(brand_id):
        row = SubjectErasure.objects.select_for_update().filter(reference=reference).first()
        if row is not None and row.finished_at is None:
            row.traces, row.finished_at = "", timezone.now()
            row.save(update_fields=["traces", "finished_at"])
            record("compliance.subject.given_up", row, actor=actor, facts={"reference": reference})


def _hold_words(holds: list[LegalHold]) -> str:
    return _("A legal hold stands since %s.") % f"{holds[0].placed_at:%Y-%m-%d}"
