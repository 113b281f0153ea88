"""The monitor's look at the platform tree, from a brand's side: its checkpoints stand there, the
tree has the signed root, and what was anchored in files is what the tree still begins with."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.domain.checkpoints import SignedRoot, open_checkpoint
from compliance.domain.key_chain import every_key
from compliance.domain.keys import note_key
from compliance.domain.ledger_samples import Found
from compliance.domain.merkle import is_included, leaf_hash
from compliance.domain.notes import NoteRefused
from compliance.domain.platform_tree import latest_platform_checkpoint, platform_origin
from compliance.domain.proofs import LedgerBroken, PlatformProver
from compliance.models import Checkpoint, PlatformCheckpoint, PlatformLeaf

GRACE = timedelta(minutes=15)
"""From a brand's checkpoint to its place in the platform tree."""
FILES = 3


def look_at_platform(found: Found, checkpoints: Sequence[Checkpoint]) -> None:
    """Of the brand in scope. The tree is read once an hour and process, not once per brand."""
    newest = _reference()
    late_before = timezone.now() - GRACE
    leaves = {
        leaf.checkpoint_ref: leaf
        for leaf in PlatformLeaf.objects.filter(checkpoint_ref__in=[c.pk for c in checkpoints])
    }
    for checkpoint in checkpoints:
        if checkpoint.pk not in leaves and checkpoint.signed_at < late_before:
            found.tell(
                _("Checkpoint of %(n)d events has no place in the platform tree.")
                % {"n": checkpoint.size}
            )
    if newest is None:
        return
    try:
        signed = _opened(newest.note)
        prover = _prover(newest.size, bytes(newest.root))
        if (signed.size, signed.root) != (newest.size, bytes(newest.root)):
            raise LedgerBroken(_("its note says another root"))
        if prover.root() != bytes(newest.root):
            raise LedgerBroken(_("its entries have another root"))
        _look_at_places(found, checkpoints, leaves, prover, bytes(newest.root))
        _look_at_files(found, prover)
    except (NoteRefused, LedgerBroken) as error:
        found.tell(
            _("Platform checkpoint of %(n)d entries: %(why)s.") % {"n": newest.size, "why": error}
        )


def _look_at_places(
    found: Found,
    checkpoints: Sequence[Checkpoint],
    leaves: dict[UUID, PlatformLeaf],
    prover: PlatformProver,
    root: bytes,
) -> None:
    for checkpoint in checkpoints:
        leaf = leaves.get(checkpoint.pk)
        if leaf is None or leaf.index >= prover.size:
            continue
        hashed = leaf_hash(checkpoint.note.encode())
        proof = prover.inclusion(leaf.index)
        if not is_included(hashed, leaf.index, prover.size, proof, root):
            found.tell(
                _("Checkpoint of %(n)d events is not the one that stands in the platform tree.")
                % {"n": checkpoint.size}
            )


def _look_at_files(found: Found, prover: PlatformProver) -> None:
    """The newest anchored files: a history that was rewritten here still stands there."""
    folder = Path(settings.ANCHOR_DIR)
    for path in sorted(folder.glob("*.txt"))[-FILES:] if folder.is_dir() else ():
        try:
            held = _opened(path.read_text("utf-8"))
        except (NoteRefused, OSError, UnicodeDecodeError) as error:
            found.tell(
                _("Anchor %(file)s cannot be used: %(why)s.") % {"file": path.name, "why": error}
            )
            continue
        if held.size <= prover.size and prover.root_of(held.size) != held.root:
            found.tell(
                _("The platform tree was rewritten: it does not begin with the anchor %s.")
                % path.name
            )


def _reference() -> PlatformCheckpoint | None:
    """The last platform checkpoint before this hour, so that runs of one hour share a prover; the
    newest if there is none."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    before = PlatformCheckpoint.objects.filter(signed_at__lt=hour).order_by("-size").first()
    return before or latest_platform_checkpoint()


@lru_cache(maxsize=1)
def _prover(size: int, _root: bytes) -> PlatformProver:
    return PlatformProver(size)


def _opened(note: str) -> SignedRoot:
    """Raises: NoteRefused (by none of our keys)."""
    refused = NoteRefused("there is no key")
    for key in reversed(every_key()):
        try:
            return open_checkpoint(note, key=note_key(key), origin=platform_origin())
        except NoteRefused as error:
            refused = error
    raise refused
