"""The tree over the brands' checkpoints, and a brand's place in it.

A brand that is shown one history while somebody else is shown another would need two platform
trees. Its root leaves the house once a day (``anchors``), so the platform cannot keep two.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from compliance.domain.checkpoints import SignedRoot, sign_checkpoint
from compliance.domain.keys import note_key, signing_key
from compliance.domain.merkle import Frontier, leaf_hash
from compliance.domain.proofs import PlatformProver
from compliance.models import Checkpoint, PlatformCheckpoint, PlatformLeaf
from tenants.scope import all_brands  # noqa: TID251 -- platform job: one tree over all brands

PLATFORM_SUFFIX = "/platform"
BATCH = 5000
OVERLAP = timedelta(hours=1)
"""A sealing transaction that takes longer is found only by a look at all checkpoints."""


def platform_origin() -> str:
    """The name of the platform tree: ``<audit host>/platform``. No brand has such a name."""
    return f"{settings.AUDIT_HOST}{PLATFORM_SUFFIX}"


def seal_platform(*, looks_at_all: bool = False, batch: int = BATCH) -> PlatformCheckpoint | None:
    """Append the brands' checkpoints that are not in the tree yet and sign it; None if none are.

    One at a time; a second caller waits. ``looks_at_all`` finds also what a transaction of more
    than an hour left behind, at the price of reading every checkpoint.
    """
    with all_brands(reason="append the checkpoints of all brands to the platform tree"):
        _lock()
        last = latest_platform_checkpoint()
        frontier = (
            Frontier.from_bytes(last.size, bytes(last.frontier)) if last is not None else Frontier()
        )
        waiting = Checkpoint.objects.filter(
            ~Exists(PlatformLeaf.objects.filter(checkpoint_ref=OuterRef("pk")))
        )
        if last is not None and not looks_at_all:
            waiting = waiting.filter(pk__gte=_first_key_at(last.signed_at - OVERLAP))
        leaves = []
        for pk, note in waiting.order_by("pk").values_list("pk", "note")[:batch]:
            hashed = leaf_hash(note.encode())
            leaves.append(PlatformLeaf(index=frontier.size, checkpoint_ref=pk, hash=hashed))
            frontier.append(hashed)
        if not leaves:
            return None
        PlatformLeaf.objects.bulk_create(leaves, batch_size=1000)
        return _sign(frontier, now=timezone.now())


def seal_whole_platform(*, looks_at_all: bool = False) -> PlatformCheckpoint | None:
    """Batch after batch; the last platform checkpoint there is."""
    while seal_platform(looks_at_all=looks_at_all):
        pass
    return latest_platform_checkpoint()


def latest_platform_checkpoint() -> PlatformCheckpoint | None:
    return PlatformCheckpoint.objects.select_related("key").order_by("-size").first()


@dataclass(frozen=True, slots=True)
class PlatformPart:
    """What an export tells about the platform tree: enough to check, nothing of other brands."""

    checkpoint: str
    index: int
    proof: list[bytes]
    consistency: list[tuple[int, list[bytes]]]


def platform_part(checkpoint_id: UUID, *, held_sizes: Iterable[int]) -> PlatformPart | None:
    """The inclusion of a brand's checkpoint in the newest platform tree; None if it is not in it.

    ``held_sizes``: platform checkpoints that the reader may hold; each that is not larger gets a
    proof that the newest tree begins with it.
    """
    newest = latest_platform_checkpoint()
    leaf = PlatformLeaf.objects.filter(checkpoint_ref=checkpoint_id).first()
    if newest is None or leaf is None or leaf.index >= newest.size:
        return None
    prover = PlatformProver(newest.size)
    return PlatformPart(
        newest.note,
        leaf.index,
        prover.inclusion(leaf.index),
        [(size, prover.consistency(size)) for size in held_sizes if 0 < size <= newest.size],
    )


def _first_key_at(at: datetime) -> UUID:
    """The smallest key that ``uuid7`` can have made at this time."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _lock() -> None:
    digest = hashlib.sha256(b"engage.platform").digest()
    with connection.cursor() as cursor:
        number = int.from_bytes(digest[:8], signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _sign(frontier: Frontier, *, now: datetime) -> PlatformCheckpoint:
    key = signing_key()
    note = sign_checkpoint(
        SignedRoot(platform_origin(), frontier.size, frontier.root(), now),
        key=note_key(key),
        private_key=key.open_private_key(),
    )
    return PlatformCheckpoint.objects.create(
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.to_bytes(),
        note=note,
        signed_at=now,
        key=key,
    )
