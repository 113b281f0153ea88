"""Merkle tree hashing and proofs of an append-only log, SHA-256.

Source: RFC 9162 sections 2.1.1 to 2.1.5 (same hashes as RFC 6962). Every hash is 32 raw bytes.
Proofs are lists of hashes in the order of the RFC, from the leaf upwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

type RangeHash = Callable[[int, int], bytes]
"""Root of the leaves ``[start, end)``; ``end > start``."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """The largest power of two below ``size`` (``size`` >= 2): where a tree parts in two."""
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(slots=True)
class Frontier:
    """The right edge of a tree: the roots of its perfect subtrees, largest first.

    All that is needed to append and to know the root, at most 64 hashes for any size.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add the leaf with this leaf hash as number ``size``."""
        joined, size = leaf, self.size
        while size & 1:
            joined = node_hash(self.peaks.pop(), joined)
            size >>= 1
        self.peaks.append(joined)
        self.size += 1

    def root(self) -> bytes:
        joined: bytes | None = None
        for peak in reversed(self.peaks):
            joined = peak if joined is None else node_hash(peak, joined)
        return EMPTY_ROOT if joined is None else joined

    def to_bytes(self) -> bytes:
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Raises: ValueError (the bytes cannot be the frontier of a tree of this size)."""
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a frontier of {size} leaves does not have {len(data)} bytes")
        return cls(size, list(_chunks(data)))


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in constant memory."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def in_memory(leaves: Sequence[bytes]) -> RangeHash:
    """Range hashes of leaf hashes held in memory. For small trees; every call hashes its range."""
    return lambda start, end: tree_root(leaves[start:end])


def inclusion_proof(index: int, size: int, range_hash: RangeHash) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of the first ``size`` leaves.

    Raises: IndexError (no such leaf).
    """
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size}")
    path: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [range_hash(*sibling) for sibling in reversed(path)]


def consistency_proof(first: int, second: int, range_hash: RangeHash) -> list[bytes]:
    """Proof that the tree of ``second`` leaves begins with the tree of ``first`` leaves.

    Empty if one of both trees is empty or they are equal. Raises: IndexError (first > second).
    """
    if not 0 <= first <= second:
        raise IndexError(f"a tree of {second} cannot extend one of {first}")
    if first in (0, second):
        return []
    path: list[tuple[int, int]] = []
    start, end = 0, second
    whole = True  # the subtree [0, first) is itself a node that the verifier already knows
    while first != end:
        middle = start + split_point(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return [range_hash(*part) for part in reversed(path)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` shows this leaf hash at ``index`` of the tree with this root.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    position, last, joined = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            joined = node_hash(sibling, joined)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            joined = node_hash(joined, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and joined == root


def is_consistent(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Whether ``proof`` shows that the second tree extends the first.

    Source: RFC 9162 section 2.1.4.2; trees of size 0 extend to everything with an empty proof.
    """
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
