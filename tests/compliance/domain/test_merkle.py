"""The hashes against the published vectors, the proofs against every small tree."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    in_memory,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    tree_root,
)

# Source: certificate-transparency reference tests of RFC 6962.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Source: the same tests, audit paths as (leaf counted from 1, tree size, path).
PATHS = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (2, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
# Source: the same tests, consistency proofs as (first size, second size, proof).
CONSISTENCY = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
VECTOR_LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
MAX_SIZE = 70


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(f"event {number}".encode()) for number in range(size)]


def proof_in(index: int, hashes: list[bytes]) -> list[bytes]:
    return inclusion_proof(index, len(hashes), in_memory(hashes))


def test_root_of_nothing_is_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS, start=1)))
def test_root_published_vectors(size: int, root: str):
    assert tree_root(VECTOR_LEAVES[:size]).hex() == root


@pytest.mark.parametrize(("leaf", "size", "path"), PATHS)
def test_inclusion_proof_published_vectors(leaf: int, size: int, path: list[str]):
    found = proof_in(leaf - 1, VECTOR_LEAVES[:size])

    assert [part.hex() for part in found] == path


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_consistency_proof_published_vectors(first: int, second: int, path: list[str]):
    found = consistency_proof(first, second, in_memory(VECTOR_LEAVES))

    assert [part.hex() for part in found] == path


def test_every_leaf_of_every_small_tree_is_proven_and_nothing_else():
    for size in range(1, 34):
        hashes = leaves(size)
        root = tree_root(hashes)
        for index in range(size):
            proof = proof_in(index, hashes)
            held = [
                (place, leaf)
                for place in range(size + 1)
                for leaf in {hashes[index], hashes[(index + 1) % size]}
                if is_included(leaf, place, size, proof, root)
            ]
            assert held == [(index, hashes[index])]


def test_every_pair_of_small_trees_is_consistent_and_no_forged_pair():
    hashes = leaves(33)
    roots = [tree_root(hashes[:size]) for size in range(34)]
    for second in range(34):
        for first in range(second + 1):
            proof = consistency_proof(first, second, in_memory(hashes))
            assert is_consistent(first, second, proof, roots[first], roots[second])
            assert not is_consistent(first, second, proof, leaf_hash(b"forged"), roots[second])
            if first:  # every tree extends the empty one, so there is nothing to forge
                assert not is_consistent(first, second, proof, roots[first], leaf_hash(b"forged"))


@given(st.data(), st.integers(1, MAX_SIZE))
def test_inclusion_refused_if_anything_is_wrong(data: st.DataObject, size: int):
    hashes = leaves(size)
    root = tree_root(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = proof_in(index, hashes)
    extra = data.draw(st.binary(min_size=32, max_size=32))
    assert is_included(hashes[index], index, size, proof, root)

    assert not is_included(leaf_hash(b"other"), index, size, proof, root)
    assert not is_included(hashes[index], index, size, [*proof, extra], root)
    assert not is_included(hashes[index], index, size, [extra, *proof], root)
    assert not is_included(hashes[index], index, size, proof, extra)
    assert not is_included(hashes[index], -1, size, proof, root)
    assert not is_included(hashes[index], size, size, proof, root)
    assert not is_included(hashes[index], index, 0, proof, root)
    for place in range(len(proof)):
        assert not is_included(hashes[index], index, size, proof[:place], root)
        assert not is_included(
            hashes[index], index, size, [*proof[:place], extra, *proof[place + 1 :]], root
        )


@given(st.data(), st.integers(2, MAX_SIZE))
def test_consistency_refused_if_anything_is_wrong(data: st.DataObject, second: int):
    hashes = leaves(second)
    first = data.draw(st.integers(1, second - 1))
    roots = tree_root(hashes[:first]), tree_root(hashes)
    proof = consistency_proof(first, second, in_memory(hashes))
    extra = data.draw(st.binary(min_size=32, max_size=32))
    assert is_consistent(first, second, proof, *roots)

    assert not is_consistent(first, second, [*proof, extra], *roots)
    assert not is_consistent(first, second, [extra, *proof], *roots)
    assert not is_consistent(first, second, proof[:-1], *roots)
    assert not is_consistent(second, first, proof, *roots)
    assert not is_consistent(0, second, proof, *roots)
    assert not is_consistent(first, first, proof, *roots)
    for place in range(len(proof)):
        forged = [*proof[:place], extra, *proof[place + 1 :]]
        assert not is_consistent(first, second, forged, *roots)


@given(st.integers(0, MAX_SIZE), st.integers(0, MAX_SIZE))
def test_frontier_survives_storage(before: int, after: int):
    hashes = leaves(before + after)
    frontier = Frontier()
    for leaf in hashes[:before]:
        frontier.append(leaf)

    stored = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    for leaf in hashes[before:]:
        stored.append(leaf)

    assert (stored.size, stored.root()) == (before + after, tree_root(hashes))


def test_frontier_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="3 leaves does not have 32 bytes"):
        Frontier.from_bytes(3, bytes(32))


def test_a_node_is_never_a_leaf():
    left, right = leaves(2)

    assert node_hash(left, right) != leaf_hash(left + right)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_inclusion_proof_of_a_leaf_that_is_not_there(index: int, size: int):
    with pytest.raises(IndexError):
        inclusion_proof(index, size, in_memory(leaves(size)))


def test_consistency_proof_backwards():
    with pytest.raises(IndexError):
        consistency_proof(3, 2, in_memory(leaves(3)))
