"""The monitor: checks each brand's ledger on its own clock and sees that events are sealed soon.

A run looks at rows in order (so that in time it has seen them all), at rows that chance picks, at
those that did not fit the last time, at checkpoints one after the other, and at their places in the
platform tree. It takes at most a hundredth of the time between two runs.
"""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from compliance.choices import AlarmKind
from compliance.domain.audit import record
from compliance.domain.ledger_alarms import close_alarm, raise_alarm
from compliance.domain.ledger_samples import (
    CHUNK,
    Found,
    broken_range,
    look_at_checkpoints,
    look_at_rows,
)
from compliance.domain.platform_watch import look_at_platform
from compliance.domain.proofs import LeavesMissing, Prover
from compliance.domain.queries import (
    brands_waiting_since,
    brands_with_open_alarm,
    events_in_no_place,
    last_checks,
    latest_checkpoint,
)
from compliance.models import AuditLeaf, AuditTree, Checkpoint, LedgerAlarm, LedgerCheck
from compliance.models.watch import Problem
from compliance.permissions import WATCH_AUDIT
from compliance.tasks import check_ledger
from tenants.models import Brand
from tenants.permissions import Actor, require
from tenants.scope import brand_scope

IN_ORDER, BY_CHANCE, CHECKPOINTS = 500, 100, 20
MAX_PROBLEMS = 50
SHARE = 100
KEPT = timedelta(days=90)


def brands_to_check(*, now: datetime | None = None) -> list[UUID]:
    """Brands whose ledger is due for a check: never checked, or the last one is old enough."""
    at = now or timezone.now()
    due = []
    for brand_id, last in last_checks().items():
        if last is None:
            due.append(brand_id)
            continue
        ended, took_ms = last
        # Not all at the same minute: each brand has a term of its own, up to a tenth shorter.
        term_s = settings.LEDGER_CHECK_MINUTES * 60 * (1 - (brand_id.int % 100) / 1000)
        if ended + timedelta(seconds=max(term_s, SHARE * took_ms / 1000)) <= at:
            due.append(brand_id)
    return due


@transaction.atomic
def ask_for_check(brand: Brand, *, actor: Actor) -> None:
    """Have the ledger checked now instead of at its time. Raises: NotAllowed."""
    require(actor, WATCH_AUDIT, brand)
    record("compliance.ledger.check_requested", brand, actor=actor)
    transaction.on_commit(partial(check_ledger.delay, brand_id=str(brand.pk)), robust=True)


def check_brand(brand_id: UUID, *, chance: random.Random | None = None) -> LedgerCheck | None:
    """One run; None for a brand without a ledger. Opens or ends the alarm about damage.

    What it says is in the brand's language.
    """
    brand = Brand.including_agencies.filter(pk=brand_id).first()
    with translation.override(brand.language if brand else None):
        return _check(brand_id, chance or random.SystemRandom())


def _check(brand_id: UUID, chance: random.Random) -> LedgerCheck | None:
    began, clock = timezone.now(), time.monotonic()
    with brand_scope(brand_id):
        tree = AuditTree.objects.first()
        checkpoint = latest_checkpoint()
        last = LedgerCheck.objects.order_by("-finished_at").first()
        alarm = LedgerAlarm.objects.filter(kind=AlarmKind.DAMAGED, closed_at=None).first()
        doubtful = list(alarm.events) if alarm is not None else []
    if tree is None:
        return None
    found = Found()
    start = last.next_index if last is not None else 0
    if checkpoint is None:
        found.tell(_("There are sealed rows but no checkpoint."))
    else:
        if tree.size != checkpoint.size:
            found.tell(
                _("The tree has %(rows)d rows, the newest checkpoint %(signed)d.")
                % {"rows": tree.size, "signed": checkpoint.size}
            )
        chosen = _choose(checkpoint.size, start, chance)
        _look(found, brand_id, tree, checkpoint, [*chosen, *_indexes(brand_id, doubtful)])
    _look_at_queue(found, brand_id, since=last.started_at if last is not None else None)
    size = checkpoint.size if checkpoint is not None else 0
    following = start + IN_ORDER
    with brand_scope(brand_id):
        now = timezone.now()
        check = LedgerCheck.objects.create(
            brand_id=brand_id,
            started_at=began,
            finished_at=now,
            size=size,
            checked=found.checked,
            sound=found.sound,
            checkpoints=found.checkpoints,
            next_index=following if following < size else 0,
            duration_ms=int((time.monotonic() - clock) * 1000),
            problems=found.problems[:MAX_PROBLEMS],
        )
        if found.problems:
            raise_alarm(AlarmKind.DAMAGED, found.problems, brand_id=brand_id, now=now)
        else:
            close_alarm(AlarmKind.DAMAGED, brand_id=brand_id, now=now)
        LedgerCheck.objects.filter(finished_at__lt=now - KEPT, problems=[]).delete()
    return check


def _choose(size: int, start: int, chance: random.Random) -> list[int]:
    """Rows in order from ``start`` (from the beginning after the end), and some by chance."""
    if size <= IN_ORDER + BY_CHANCE:
        return list(range(size))
    first = start if start < size else 0
    return sorted(
        {*range(first, min(first + IN_ORDER, size)), *chance.sample(range(size), BY_CHANCE)}
    )


def _indexes(brand_id: UUID, event_ids: Sequence[str]) -> list[int]:
    with brand_scope(brand_id):
        found = AuditLeaf.objects.filter(event_id__in=[UUID(one) for one in event_ids])
        return list(found.values_list("index", flat=True))


def _look(
    found: Found, brand_id: UUID, tree: AuditTree, checkpoint: Checkpoint, indexes: Sequence[int]
) -> None:
    try:
        prover = Prover(brand_id, checkpoint.size)
        with brand_scope(brand_id):
            chain = list(Checkpoint.objects.order_by("size").values_list("size", "root"))
        suspect = range(0)
        if prover.root() != bytes(checkpoint.root):
            first, end = broken_range(chain, prover)
            suspect = range(first, min(end, first + IN_ORDER))
            found.tell(
                _("The rows do not have the signed root; damage begins in rows %(a)d to %(b)d.")
                % {"a": first, "b": end - 1}
            )
        wanted = sorted({*indexes, *suspect})
        for at in range(0, len(wanted), CHUNK):
            with brand_scope(brand_id):
                look_at_rows(
                    found, wanted[at : at + CHUNK], prover, bytes(checkpoint.root), suspect=suspect
                )
        with brand_scope(brand_id):
            sample = _checkpoints([size for size, _root in chain])
            look_at_checkpoints(found, sample, tree.origin, prover)
            look_at_platform(found, sample)
    except LeavesMissing as error:
        with brand_scope(brand_id):
            there = AuditLeaf.objects.filter(index__gte=error.start, index__lt=error.end)
            gone = sorted(
                set(range(error.start, error.end)) - set(there.values_list("index", flat=True))
            )
        words = ", ".join(map(str, gone[:10]))
        found.tell(_("Rows are missing: %s.") % words, index=gone[0] if gone else error.start)


def _checkpoints(sizes: Sequence[int]) -> list[Checkpoint]:
    """The newest ones and a run of neighbours from anywhere."""
    half = CHECKPOINTS // 2
    first = random.SystemRandom().randrange(max(1, len(sizes) - half + 1))
    wanted = {*sizes[-half:], *sizes[first : first + half]}
    return list(Checkpoint.objects.filter(size__in=wanted).select_related("key").order_by("size"))


def _look_at_queue(found: Found, brand_id: UUID, *, since: datetime | None) -> None:
    """Events that are neither sealed nor waiting, written since the run before."""
    with brand_scope(brand_id):
        lost = events_in_no_place()
        if since is not None:
            lost = lost.filter(at__gte=since - timedelta(days=1))
        for event in lost[:MAX_PROBLEMS]:
            found.tell(_("Is neither sealed nor waiting for its seal."), event=event.pk)


def watch_delays(*, now: datetime | None = None) -> int:
    """Open an alarm for each brand with events that wait longer than ``LEDGER_MAX_DELAY_S``, and
    end those that are over. Says how many brands are late."""
    at = now or timezone.now()
    late = brands_waiting_since(at - timedelta(seconds=settings.LEDGER_MAX_DELAY_S))
    for brand_id, (waiting, oldest) in late.items():
        words = _("%(n)d events wait for their seal, the oldest since %(at)s UTC.") % {
            "n": waiting,
            "at": f"{oldest:%Y-%m-%d %H:%M:%S}",
        }
        problem: Problem = {"event": "", "index": None, "words": words}
        with brand_scope(brand_id):
            raise_alarm(AlarmKind.LATE, [problem], brand_id=brand_id, now=at)
    for brand_id in brands_with_open_alarm(AlarmKind.LATE):
        if brand_id not in late:
            with brand_scope(brand_id):
                close_alarm(AlarmKind.LATE, brand_id=brand_id, now=at)
    return len(late)
