"""Gives committed events their place in the brand's tree and signs what the tree then is.

Events are written without any lock and commit in any order. The sequencer takes those that wait
(never "the ones after the last": a slow transaction would fall behind it), one brand at a time
under an advisory lock. Everything happens in one transaction, so a kill at any point leaves either
all of it or nothing. The time between commit and checkpoint is the beat of ``seal_ledgers``.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from compliance.domain.checkpoints import SignedRoot, origin_of, sign_checkpoint
from compliance.domain.keys import note_key, signing_key
from compliance.domain.merkle import Frontier
from compliance.models import AuditLeaf, AuditPending, AuditTree, Checkpoint
from tenants.scope import brand_scope

BATCH = 5000


def seal(brand_id: UUID, *, batch: int = BATCH) -> Checkpoint | None:
    """Seal up to ``batch`` waiting events and sign one checkpoint; None if nothing waits.

    Enters the brand's scope. Two callers at once are safe: the second waits for the first.
    """
    with brand_scope(brand_id):
        _lock(brand_id)
        pending = list(
            AuditPending.objects.order_by("event_id").values_list("event_id", "event__leaf_hash")[
                :batch
            ]
        )
        if not pending:
            return None
        tree, _created = AuditTree.objects.get_or_create(
            brand_id=brand_id, defaults={"origin": origin_of(settings.AUDIT_HOST, brand_id)}
        )
        frontier = Frontier.from_bytes(tree.size, bytes(tree.frontier))
        leaves = []
        for event_id, leaf_hash in pending:
            leaves.append(
                AuditLeaf(brand_id=brand_id, event_id=event_id, index=frontier.size, hash=leaf_hash)
            )
            frontier.append(bytes(leaf_hash))
        AuditLeaf.objects.bulk_create(leaves, batch_size=1000)
        AuditPending.objects.filter(event_id__in=[event_id for event_id, _ in pending]).delete()
        tree.size, tree.frontier = frontier.size, frontier.to_bytes()
        tree.save(update_fields=["size", "frontier"])
        return _sign(tree, frontier.root(), now=timezone.now())


def seal_all(brand_id: UUID) -> Checkpoint | None:
    """Seal batch after batch, each in its own transaction; the last checkpoint, if any was made."""
    last: Checkpoint | None = None
    while checkpoint := seal(brand_id):
        last = checkpoint
    return last


def _lock(brand_id: UUID) -> None:
    """Held until the transaction ends, by whatever way it ends."""
    digest = hashlib.sha256(b"engage.ledger" + brand_id.bytes).digest()
    with connection.cursor() as cursor:
        number = int.from_bytes(digest[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _sign(tree: AuditTree, root: bytes, *, now: datetime) -> Checkpoint:
    key = signing_key()
    note = sign_checkpoint(
        SignedRoot(tree.origin, tree.size, root, now),
        key=note_key(key),
        private_key=key.open_private_key(),
    )
    return Checkpoint.objects.create(
        brand_id=tree.brand_id, size=tree.size, root=root, note=note, signed_at=now, key=key
    )
