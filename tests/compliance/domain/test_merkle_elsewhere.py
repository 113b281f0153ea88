"""Our roots and proofs against an independent implementation: pymerkle, in tests only (GPL)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from compliance import verify_audit
from compliance.domain import merkle
from tests.compliance.domain.test_merkle import INPUTS, ROOTS

MAX_SIZE = 80


def _theirs(entries: list[bytes]) -> InmemoryTree:
    return InmemoryTree.init_from_entries(entries, algorithm="sha256")


def _entries(size: int) -> list[bytes]:
    return [f"event {number}".encode() for number in range(size)]


def _hashes(entries: list[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS, start=1)))
def test_published_vectors_in_all_three(size: int, root: str):
    """Product, verifier and pymerkle: all eight roots of the RFC 6962 tests."""
    entries = [bytes.fromhex(text) for text in INPUTS[:size]]
    of_verifier = verify_audit.Frontier()
    for entry in entries:
        of_verifier.append(verify_audit.leaf_hash(entry))

    assert merkle.tree_root(_hashes(entries)).hex() == root
    assert of_verifier.root().hex() == root
    assert _theirs(entries).get_root().hex() == root


def test_every_small_tree_and_every_place_in_it():
    entries = _entries(MAX_SIZE)
    tree, hashes = _theirs(entries), _hashes(entries)
    for size in range(1, MAX_SIZE + 1):
        root = tree.get_root(size)
        assert merkle.tree_root(hashes[:size]) == root
        for index in range(size):
            ours = merkle.inclusion_proof(index, size, merkle.in_memory(hashes))
            theirs = tree.prove_inclusion(index + 1, size)
            # Theirs begins with the leaf itself and ends where ours does.
            assert [bytes(part) for part in theirs.path] == [hashes[index], *ours]
            assert verify_audit.root_from_path(hashes[index], index, size, ours) == root


def test_every_pair_of_small_trees():
    entries = _entries(48)
    tree, hashes = _theirs(entries), _hashes(entries)
    roots = [b"", *(tree.get_root(size) for size in range(1, 49))]
    for second in range(1, 49):
        for first in range(1, second + 1):
            proof = merkle.consistency_proof(first, second, merkle.in_memory(hashes))
            for check in (merkle.is_consistent, verify_audit.is_consistent):
                assert check(first, second, proof, roots[first], roots[second])
                assert not check(first, second, [*proof, bytes(32)], roots[first], roots[second])
                assert not check(first, second, proof, bytes(32), roots[second])
                assert not check(first, second, proof, roots[first], bytes(32))


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=200), st.data())
def test_any_entries(entries: list[bytes], data: st.DataObject):
    size = data.draw(st.integers(1, len(entries)))
    first = data.draw(st.integers(1, size))
    tree, hashes = _theirs(entries), _hashes(entries)

    proof = merkle.consistency_proof(first, size, merkle.in_memory(hashes))

    assert merkle.tree_root(hashes[:size]) == tree.get_root(size)
    assert verify_audit.is_consistent(first, size, proof, tree.get_root(first), tree.get_root(size))
