"""Verifies that a log says what its heads said. A pure verifier: no file, no clock, no database.

The rules, in words:

1. A **leaf** stands for one entry. Its hash is SHA-256 of a zero byte and the entry's bytes; the hash of a node is
   SHA-256 of a one byte and the two hashes below (RFC 6962, 2.1). The **root** over all leaves, in their order, is the
   log in 32 bytes: whoever changes, drops, adds or moves a leaf gets another root.
2. A **head** is a size and the root at that size, sealed. A log *agrees* with a head of the same log if it has at
   least that many leaves, and the root over the first so many of them is the head's.
3. A log with fewer leaves than a head is **behind**: leaves were cut off, or an old copy was put in its place.
4. A log that has as many leaves and another root was **rewritten**: a leaf below that head was changed, dropped, added
   or moved, or the log grew in two ways and this is the other.
5. A head of another log proves nothing, and agrees with nothing.
6. **Inclusion**: a leaf's hash, its place, and the hashes beside its path up give the root; any other leaf or place
   does not. **Consistency**: the same for a smaller tree of which a greater one is the continuation (RFC 9162, 2.1.3.2
   and 2.1.4.2).

Leaves after the newest head are vouched for by nobody yet. That is why a head is made soon after each entry, and
copied to where whoever can rewrite the log cannot write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ndoo.evidence.ledger.head import Head
from ndoo.evidence.ledger.tree import GrowingTree, leaf_hash, node_hash


class HeadVerdict(StrEnum):
    """What a head says about a log."""

    AGREES = "agrees"
    BEHIND = "behind"
    REWRITTEN = "rewritten"
    ANOTHER_LOG = "another_log"


@dataclass(frozen=True, slots=True)
class JudgedLog:
    """The log as it was read, and the verdict of each head, in the order of the heads."""

    size: int
    root: bytes
    verdicts: tuple[HeadVerdict, ...]

    @property
    def sound(self) -> bool:
        """Does every head agree?"""
        return all(verdict is HeadVerdict.AGREES for verdict in self.verdicts)


def judge(log: str, entries: Iterable[bytes], heads: Sequence[Head]) -> JudgedLog:
    """Read the log's entries once, and hold them against every head.

    Args:
        log: the name that the log bears.
        entries: the bytes of each leaf, in their order.
    """
    order = sorted(range(len(heads)), key=lambda at: heads[at].size)
    judged = judge_in_order(log, entries, (heads[at] for at in order))
    told = dict(zip(order, judged.verdicts, strict=True))
    return JudgedLog(judged.size, judged.root, tuple(told[at] for at in range(len(heads))))


def judge_in_order(
    log: str, entries: Iterable[bytes], heads: Iterable[Head], tree: GrowingTree | None = None
) -> JudgedLog:
    """The same for heads that come the smallest first: neither they nor the entries are all in memory at once.

    Args:
        tree: what was read before, if anything: the entries continue it, and no head is smaller. It grows.
    """
    tree, coming, verdicts = tree or GrowingTree(), iter(entries), []
    for head in heads:
        while tree.size < head.size and (entry := next(coming, None)) is not None:
            tree.append(leaf_hash(entry))
        verdicts.append(_verdict(log, tree.root() if tree.size == head.size else None, head))
    for entry in coming:
        tree.append(leaf_hash(entry))
    return JudgedLog(tree.size, tree.root(), tuple(verdicts))


def _verdict(log: str, root: bytes | None, head: Head) -> HeadVerdict:
    if head.log != log:
        return HeadVerdict.ANOTHER_LOG
    if root is None:
        return HeadVerdict.BEHIND
    return HeadVerdict.AGREES if root == head.root else HeadVerdict.REWRITTEN


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof lead from this leaf's hash at `index` to the root of the tree of that size?"""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_continued(earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the proof show that the tree of `earlier` leaves is the beginning of the one of `size`?"""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    path = list(proof) if earlier & (earlier - 1) else [earlier_root, *proof]
    if not path:
        return False
    at, last = earlier - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and before == earlier_root and after == root
