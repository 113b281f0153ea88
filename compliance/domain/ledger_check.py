"""Does the stored ledger hold together? The operator's own look, from inside the database.

Auditors use the export and ``verify_audit.py``; this finds damage early and without a file.
"""

from collections.abc import Iterator
from uuid import UUID

from compliance.domain.checkpoints import open_checkpoint
from compliance.domain.keys import note_key
from compliance.domain.merkle import Frontier, leaf_hash
from compliance.domain.notes import NoteRefused
from compliance.domain.queries import events_in_no_place
from compliance.models import AuditLeaf, AuditTree, Checkpoint
from tenants.scope import brand_scope

CHUNK = 2000


def ledger_problems(brand_id: UUID) -> Iterator[str]:
    """What is wrong with a brand's ledger, in words; nothing if it is sound.

    Reads every sealed event in chunks, each in a scope of its own. Events that still wait for the
    sequencer are no problem.
    """
    frontier = Frontier()
    with brand_scope(brand_id):
        tree = AuditTree.objects.first()
        for event in events_in_no_place()[:100]:
            yield f"event {event.pk} is neither sealed nor waiting"
    if tree is None:
        return
    while True:
        with brand_scope(brand_id):
            rows = list(
                AuditLeaf.objects.filter(index__gte=frontier.size, index__lt=tree.size)
                .order_by("index")
                .values_list("index", "event_id", "hash", "event__body")[:CHUNK]
            )
            checkpoints = {
                checkpoint.size: checkpoint
                for checkpoint in Checkpoint.objects.select_related("key").filter(
                    size__gt=frontier.size, size__lte=frontier.size + CHUNK
                )
            }
        if not rows:
            break
        for index, event_id, stored, body in rows:
            if index != frontier.size:
                yield f"row {frontier.size} is missing"
                return
            if leaf_hash(body.encode()) != bytes(stored):
                yield f"row {index} (event {event_id}) was altered"
            frontier.append(bytes(stored))
            if checkpoint := checkpoints.get(frontier.size):
                yield from _checkpoint_problems(checkpoint, tree.origin, frontier.root())
    if frontier.size != tree.size or frontier.to_bytes() != bytes(tree.frontier):
        yield f"the tree says {tree.size} events, its leaves are {frontier.size} or others"


def _checkpoint_problems(checkpoint: Checkpoint, origin: str, root: bytes) -> Iterator[str]:
    try:
        signed = open_checkpoint(checkpoint.note, key=note_key(checkpoint.key), origin=origin)
    except NoteRefused as error:
        yield f"checkpoint of {checkpoint.size} events: {error}"
        return
    if (signed.size, signed.root) != (checkpoint.size, root):
        yield f"checkpoint of {checkpoint.size} events: the leaves do not have the signed root"
