"""Proofs out of the stored leaves, for trees of any size."""

from abc import ABC, abstractmethod
from functools import lru_cache
from uuid import UUID

from compliance.domain.merkle import (
    consistency_proof,
    inclusion_proof,
    node_hash,
    split_point,
    tree_root,
)
from compliance.models import AuditLeaf, PlatformLeaf
from tenants.scope import brand_scope

TILE = 256
CHUNK = TILE * 128


class LedgerBroken(RuntimeError):
    """The stored leaves are not what was signed: rows were changed in the database."""


class LeavesMissing(LedgerBroken):
    """Leaves of ``[start, end)`` are gone."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__(f"leaves between {start} and {end} are missing")
        self.start, self.end = start, end


class TreeProver(ABC):
    """Makes proofs for the first ``size`` leaves of a stored tree.

    Reads all leaf hashes once, in chunks, and keeps one hash per 256 leaves (a million leaves: half
    a megabyte). Single tiles are read again when a proof needs them; rows asked for in order read
    each tile once.

    Raises: LeavesMissing, when made or when a proof is asked for.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._levels: list[list[bytes]] = [self._tile_roots()]
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])
        self._ragged: dict[tuple[int, int], bytes] = {}
        self._tile = lru_cache(maxsize=2)(self._read_tile)

    @abstractmethod
    def _read(self, start: int, end: int) -> list[bytes]:
        """The leaf hashes ``[start, end)`` in order."""

    def root(self) -> bytes:
        return self.range_hash(0, self.size) if self.size else tree_root([])

    def inclusion(self, index: int) -> list[bytes]:
        return inclusion_proof(index, self.size, self.range_hash)

    def consistency(self, first: int) -> list[bytes]:
        """That this tree begins with the one of ``first`` leaves."""
        return consistency_proof(first, self.size, self.range_hash)

    def consistency_between(self, first: int, second: int) -> list[bytes]:
        """That the tree of ``second`` leaves begins with the one of ``first``."""
        return consistency_proof(first, second, self.range_hash)

    def root_of(self, size: int) -> bytes:
        """Of the tree's first ``size`` leaves; ``size`` is at most this tree's."""
        return self.range_hash(0, size) if size else tree_root([])

    def range_hash(self, start: int, end: int) -> bytes:
        """Root of the leaves ``[start, end)``, a range as they occur in proofs."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            if width >= TILE:
                return self._levels[(width // TILE).bit_length() - 1][start // width]
            tile = self._tile(start // TILE)
            return tile[width.bit_length() - 1][(start % TILE) // width]
        # Only the right edge of the tree is not perfect: about one such range per level.
        if (start, end) not in self._ragged:
            middle = start + split_point(width)
            self._ragged[start, end] = node_hash(
                self.range_hash(start, middle), self.range_hash(middle, end)
            )
        return self._ragged[start, end]

    def _whole(self, start: int, end: int) -> list[bytes]:
        hashes = self._read(start, end)
        if len(hashes) != end - start:
            raise LeavesMissing(start, end)
        return hashes

    def _tile_roots(self) -> list[bytes]:
        roots: list[bytes] = []
        whole = self.size - self.size % TILE
        for start in range(0, whole, CHUNK):
            hashes = self._whole(start, min(start + CHUNK, whole))
            roots += [tree_root(hashes[at : at + TILE]) for at in range(0, len(hashes), TILE)]
        return roots

    def _read_tile(self, number: int) -> list[list[bytes]]:
        """The perfect nodes inside a tile, leaves first."""
        levels = [self._whole(number * TILE, min((number + 1) * TILE, self.size))]
        while len(below := levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)
            levels.append([node_hash(left, right) for left, right in pairs])
        return levels


class Prover(TreeProver):
    """Of a brand's ledger. Each chunk is read in a scope of its own."""

    def __init__(self, brand_id: UUID, size: int) -> None:
        self.brand_id = brand_id
        super().__init__(size)

    def _read(self, start: int, end: int) -> list[bytes]:
        with brand_scope(self.brand_id):
            rows = AuditLeaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
            return [bytes(row) for row in rows.values_list("hash", flat=True)]


class PlatformProver(TreeProver):
    """Of the tree over the brands' checkpoints."""

    def _read(self, start: int, end: int) -> list[bytes]:
        rows = PlatformLeaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
        return [bytes(row) for row in rows.values_list("hash", flat=True)]
