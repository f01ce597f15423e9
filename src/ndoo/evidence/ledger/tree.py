"""Hashes leaves into one root, and proves a part of it. RFC 6962 section 2.1, the same in RFC 9162 2.1.

Every function takes and gives SHA-256 digests of 32 bytes. A leaf's hash begins with another byte than a node's, so
that no node can be passed off as a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Of one entry, whatever its bytes mean."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of the two trees below."""
    return sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree of which only the roots of its whole parts are kept: enough to add leaves for ever, and to say the root."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """`peaks` are the roots of the perfect trees that `size` is made of, the largest first.

        Raises:
            ValueError: there are more or fewer of them than that size has.
        """
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError("a tree of this size has another number of whole parts")

    def append(self, leaf: bytes) -> None:
        """Add one leaf's hash."""
        self.size += 1
        rising = self.size
        while not rising & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            rising >>= 1
        self.peaks.append(leaf)

    def root(self) -> bytes:
        """The root as it stands."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves' hashes."""
    tree = GrowingTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What proves that the leaf at `index` (from 0) stands there, the nearest neighbour first.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError("no such leaf")
    if len(leaves) == 1:
        return []
    middle = _below(len(leaves))
    if index < middle:
        return [*inclusion_proof(leaves[:middle], index), root_of(leaves[middle:])]
    return [*inclusion_proof(leaves[middle:], index - middle), root_of(leaves[:middle])]


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """What proves that the tree of the first `earlier` leaves is the beginning of this one.

    Raises:
        IndexError: the tree was never of that size. Nothing need be proven about the empty tree.
    """
    if not 0 < earlier <= len(leaves):
        raise IndexError("no such size")
    return _subproof(leaves, earlier, whole=True)


def _subproof(leaves: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [root_of(leaves)]
    middle = _below(len(leaves))
    if earlier <= middle:
        return [*_subproof(leaves[:middle], earlier, whole=whole), root_of(leaves[middle:])]
    return [*_subproof(leaves[middle:], earlier - middle, whole=False), root_of(leaves[:middle])]


def _below(size: int) -> int:
    """The largest power of two smaller than `size`, which is 2 or more."""
    return 1 << (size - 1).bit_length() - 1
