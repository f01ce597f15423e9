"""Another tree than everybody else's would prove nothing to anybody: the published vectors, and every small proof."""

from __future__ import annotations

from itertools import product

import pytest

from ndoo.evidence.ledger.tree import (
    EMPTY,
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)
from ndoo.evidence.ledger.verifier import is_continued, is_included

# The leaf inputs and roots with which certificate-transparency logs have been tested since RFC 6962.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SECOND = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
THIRD_AND_FOURTH = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIFTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST_FOUR = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LAST_TWO = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
FIFTH_AND_SIXTH = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"

LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]


def test_the_roots_are_those_published() -> None:
    assert EMPTY.hex() == root_of([]).hex() == EMPTY_ROOT
    tree = GrowingTree()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf)
        assert tree.root().hex() == root
        assert root_of(LEAVES[: tree.size]).hex() == root


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (5, 8, [FIFTH, LAST_TWO, ROOTS[3]]),
        (1, 5, [ROOTS[0], THIRD_AND_FOURTH, FIFTH]),
    ],
)
def test_the_paths_are_those_published(index: int, size: int, proof: list[str]) -> None:
    assert [one.hex() for one in inclusion_proof(LEAVES[:size], index)] == proof


@pytest.mark.parametrize(
    ("earlier", "size", "proof"),
    [
        (1, 1, []),
        (1, 8, [SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (6, 8, [FIFTH_AND_SIXTH, LAST_TWO, ROOTS[3]]),
        (2, 5, [THIRD_AND_FOURTH, FIFTH]),
    ],
)
def test_the_proofs_of_growth_are_those_published(earlier: int, size: int, proof: list[str]) -> None:
    assert [one.hex() for one in consistency_proof(LEAVES[:size], earlier)] == proof


def test_a_node_is_no_leaf() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_a_tree_goes_on_from_its_peaks_alone() -> None:
    for cut in range(9):
        before = GrowingTree()
        for leaf in LEAVES[:cut]:
            before.append(leaf)
        after = GrowingTree(before.size, before.peaks)
        for leaf in LEAVES[cut:]:
            after.append(leaf)
        assert after.root().hex() == ROOTS[7]
    with pytest.raises(ValueError, match="whole parts"):
        GrowingTree(3, [LEAVES[0]])


MANY = [leaf_hash(bytes([at])) for at in range(21)]


def test_every_leaf_of_every_small_tree_is_proven_at_its_place_and_at_no_other() -> None:
    for size in range(1, len(MANY) + 1):
        leaves = MANY[:size]
        root = root_of(leaves)
        for index, claimed in product(range(size), range(-1, size + 2)):
            proof = inclusion_proof(leaves, index)
            assert is_included(leaves[index], claimed, size, proof, root) == (claimed == index)
        assert not is_included(
            MANY[-1] if size < len(MANY) else b"", size - 1, size, inclusion_proof(leaves, size - 1), root
        )
    for index in (-1, 21):
        with pytest.raises(IndexError):
            inclusion_proof(MANY, index)


def test_a_path_that_is_cut_or_continued_proves_nothing() -> None:
    for size in range(1, len(MANY) + 1):
        leaves, root = MANY[:size], root_of(MANY[:size])
        for index in range(size):
            proof = inclusion_proof(leaves, index)
            assert not is_included(leaves[index], index, size, [*proof, root], root)
            assert not proof or not is_included(leaves[index], index, size, proof[:-1], root)
            for at in range(len(proof)):
                assert not is_included(leaves[index], index, size, [*proof[:at], b"x" * 32, *proof[at + 1 :]], root)


def test_every_small_tree_is_proven_to_continue_its_beginnings_and_no_other_tree() -> None:
    other = leaf_hash(b"other")
    for size in range(1, len(MANY) + 1):
        root = root_of(MANY[:size])
        for earlier in range(1, size + 1):
            before, proof = root_of(MANY[:earlier]), consistency_proof(MANY[:size], earlier)
            assert is_continued(earlier, before, size, root, proof)
            assert not is_continued(earlier, root_of([other, *MANY[1:earlier]]), size, root, proof)
            assert not is_continued(earlier, before, size, other, proof)
            assert not is_continued(earlier, before, size, root, [*proof, other])
            if proof:
                assert not is_continued(earlier, before, size, root, proof[:-1])
                assert not is_continued(earlier, before, size, root, [])
    for earlier in (0, 22):
        assert not is_continued(earlier, EMPTY, 21, root_of(MANY), [])
        with pytest.raises(IndexError):
            consistency_proof(MANY, earlier)
