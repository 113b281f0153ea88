"""The monitor's look at single parts of a brand's ledger: does each fit what was signed?"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from compliance.domain.canonical import commitment, instant
from compliance.domain.checkpoints import open_checkpoint
from compliance.domain.keys import note_key
from compliance.domain.merkle import is_consistent, is_included, leaf_hash
from compliance.domain.notes import NoteRefused
from compliance.domain.proofs import TreeProver
from compliance.models import AuditDetail, AuditEvent, AuditLeaf, Checkpoint
from compliance.models.watch import Problem

CHUNK = 500


@dataclass(slots=True)
class Found:
    """What one run has looked at. ``sound`` of ``checked`` rows fit; ``problems`` may be others."""

    checked: int = 0
    sound: int = 0
    checkpoints: int = 0
    problems: list[Problem] = field(default_factory=list)

    def tell(self, words: str, *, event: UUID | str = "", index: int | None = None) -> None:
        self.problems.append({"event": str(event), "index": index, "words": words})


def look_at_rows(
    found: Found,
    indexes: Sequence[int],
    prover: TreeProver,
    root: bytes,
    *,
    suspect: range = range(0),
) -> None:
    """Each row's event, readable values and place; of the brand in scope.

    ``suspect``: where the rows begin to have another root than the signed one. Then no row leads
    to it any more, and only these are named.
    """
    leaves = {
        index: (event_id, bytes(hashed))
        for index, event_id, hashed in AuditLeaf.objects.filter(index__in=indexes).values_list(
            "index", "event_id", "hash"
        )
    }
    ids = [event_id for event_id, _hash in leaves.values()]
    events = AuditEvent.objects.in_bulk(ids)
    details: dict[UUID, list[AuditDetail]] = defaultdict(list)
    for detail in AuditDetail.objects.filter(event_id__in=ids):
        details[detail.event_id].append(detail)
    for index in indexes:
        found.checked += 1
        if index not in leaves:
            found.tell(_("Row %(n)d is missing.") % {"n": index}, index=index)
            continue
        event_id, hashed = leaves[index]
        event = events.get(event_id)
        words = (
            [_("Its event was removed.")]
            if event is None
            else list(_event_problems(event, hashed, details[event_id]))
        )
        if index in suspect:
            words.append(_("It stands where the rows no longer have the signed root."))
        elif not suspect and not is_included(
            hashed, index, prover.size, prover.inclusion(index), root
        ):
            words.append(_("It does not lead to the signed root."))
        if words:
            found.tell(" ".join(words), event=event_id, index=index)
        else:
            found.sound += 1


def _event_problems(
    event: AuditEvent, hashed: bytes, details: Iterable[AuditDetail]
) -> Iterator[str]:
    if leaf_hash(event.body.encode()) != hashed or bytes(event.leaf_hash) != hashed:
        yield _("The entry was altered.")
    try:
        body = json.loads(event.body)
        told = {
            "id": body["id"],
            "brand": body["brand"],
            "at": body["at"],
            "kind": body["kind"],
            "actor_kind": body["actor"]["kind"],
            "actor_ref": body["actor"]["ref"],
            "object_type": body["object"]["type"],
            "object_ref": body["object"]["ref"],
            "reason": body["reason"],
            "correlation_id": body["cid"],
        }
        committed: dict[str, str] = dict(body["details"])
    except (ValueError, KeyError, TypeError):
        yield _("The entry cannot be read.")
        return
    shown = {
        "id": str(event.pk),
        "brand": str(event.brand_id),
        "at": instant(event.at),
        **{name: getattr(event, name) for name in told.keys() - {"id", "brand", "at"}},
    }
    if changed := sorted(name for name in told if told[name] != shown[name]):
        yield _("The columns say something else than the entry: %s.") % ", ".join(changed)
    yield from _detail_problems(committed, details)


def _detail_problems(committed: dict[str, str], details: Iterable[AuditDetail]) -> Iterator[str]:
    given = {detail.name: detail for detail in details}
    if missing := sorted(committed.keys() - given.keys()):
        yield _("Values were taken out: %s.") % ", ".join(missing)
    if added := sorted(given.keys() - committed.keys()):
        yield _("Values were added: %s.") % ", ".join(added)
    for name in sorted(committed.keys() & given.keys()):
        detail = given[name]
        if detail.erased_at is not None:
            continue
        if commitment(bytes(detail.salt or b""), detail.value or "").hex() != committed[name]:
            yield _("The value of %s was altered.") % name


def look_at_checkpoints(
    found: Found, checkpoints: Sequence[Checkpoint], origin: str, prover: TreeProver
) -> None:
    """Signature and root of each, and that each extends the one before it in the list."""
    before: tuple[int, bytes] | None = None
    for checkpoint in sorted(checkpoints, key=lambda one: one.size):
        found.checkpoints += 1
        size, root = checkpoint.size, bytes(checkpoint.root)
        told = {"n": size}
        try:
            signed = open_checkpoint(checkpoint.note, key=note_key(checkpoint.key), origin=origin)
        except NoteRefused as error:
            found.tell(
                _("Checkpoint of %(n)d events: %(why)s.") % {**told, "why": error}, index=size
            )
            continue
        if (signed.size, signed.root) != (size, root):
            found.tell(_("Checkpoint of %(n)d events says another root than its note.") % told)
            continue
        if size > prover.size or prover.root_of(size) != root:
            found.tell(_("Checkpoint of %(n)d events: the rows have another root.") % told)
            continue
        if before is not None and not _extends(before, (size, root), prover):
            found.tell(_("Checkpoint of %(n)d events does not extend the one before it.") % told)
        before = (size, root)


def _extends(old: tuple[int, bytes], new: tuple[int, bytes], prover: TreeProver) -> bool:
    proof = prover.consistency_between(old[0], new[0])
    return is_consistent(old[0], new[0], proof, old[1], new[1])


def broken_range(checkpoints: Sequence[tuple[int, Any]], prover: TreeProver) -> tuple[int, int]:
    """The rows ``[start, end)`` among which the first damage lies. ``checkpoints``: (size, root) by
    rising size; the last one's root is known not to be that of the rows."""
    low, high = 0, len(checkpoints) - 1
    while low < high:
        middle = (low + high) // 2
        size, root = checkpoints[middle]
        if size <= prover.size and prover.root_of(size) == bytes(root):
            low = middle + 1
        else:
            high = middle
    start = checkpoints[low - 1][0] if low else 0
    return start, checkpoints[low][0]
