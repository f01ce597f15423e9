"""Checks that everything in the register is as the ledger says, and the ledger as its heads say.

It is read in one view and in pieces: whole, or from where an earlier check ended.
Nothing that is found names a person: leaves have keys, tables have names, and the rest are counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby, islice
from typing import Any

from django.db.models import Q

from ndoo.domain.progress import told_of_each
from ndoo.evidence.ledger.commitment import commit, commit_all, salts_from
from ndoo.evidence.ledger.head import Head, read_head
from ndoo.evidence.ledger.tree import GrowingTree
from ndoo.evidence.ledger.verifier import HeadVerdict, JudgedLog, judge_in_order
from ndoo.service.ledger.append import CommittedValues
from ndoo.service.ledger.last_check import LastCheck
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf, LedgerOpening
from ndoo.service.ledger.sources import SOURCES
from ndoo.service.read_snapshot import one_view

Stage = Callable[[str, int], Callable[[int], object]]
"""Called with what is done next and of how many leaves; gives what is told how many of them are done."""
ERASURE = "erasure"
_PIECE = 400
_HEADS = 500
_ALL = (0, (1 << 63) - 1)
_OPENINGS = 20
_WEIGHT = 2_000
"""Rows whose values are in memory at once, and those of one leaf more."""


@dataclass(slots=True)
class LedgerReport:
    """What the check found; all is well where `wrong` is empty."""

    log: str
    judged: JudgedLog
    heads: int
    """Heads that were held against the leaves, those in the database included."""
    began: int = 0
    """Leaves that were checked before, and not read again."""
    peaks: tuple[bytes, ...] = ()
    """With these the next check can go on where this one ended (`GrowingTree.peaks`)."""
    spoken: Counter[str] = field(default_factory=Counter)
    """By table: rows for which the placed leaves speak, those of the checks before included."""
    waiting: list[int] = field(default_factory=list)
    """Leaves that no head has placed yet."""
    erased: int = 0
    """Personal values that were erased, each with a leaf that says so."""
    wrong: Counter[str] = field(default_factory=Counter)
    """What is wrong, and how often."""


def check(
    copied: Sequence[Head], after: LastCheck | None = None, stage: Stage = lambda *_: lambda _: None
) -> LedgerReport:
    """Read the ledger and every row that it speaks for, and hold them against the copied heads.

    Args:
        after: how far an earlier check has come: only what was recorded after it is read. None: everything.
        stage: told how far this one has come.

    Raises:
        UnfitData: a head in the database was changed.
    """
    began, tree = (after.size, GrowingTree(after.size, after.peaks)) if after else (0, GrowingTree())
    with one_view():
        last = LedgerHead.objects.order_by("-size").first()
        log = last.log if last else ""
        documents = LedgerHead.objects.filter(size__gte=began).order_by("size").values_list("document", flat=True)
        own = map(read_head, documents.iterator(chunk_size=_HEADS))
        outside = sorted((head for head in copied if head.size >= began), key=_size)
        placed = _placed(began)
        to_read = (last.size if last else 0) - began
        bodies = told_of_each(_bodies(placed), stage("Checking the ledger", to_read))
        judged = judge_in_order(log, bodies, merge(own, outside, key=_size), tree)
        report = LedgerReport(log, judged, len(judged.verdicts), began, tuple(tree.peaks))
        for verdict in judged.verdicts:
            if verdict is not HeadVerdict.AGREES:
                report.wrong[f"head_{verdict}"] += 1
        report.waiting = _without_place(placed, after)
        if after:
            report.spoken.update(after.spoken)
            _hold_beginning(report, after)
        ranges = [*placed, *([one, one] for one in report.waiting)] if after else [_ALL]
        comparing = stage("Comparing the register with the ledger", to_read + len(report.waiting))
        _hold_values(report, told_of_each(_leaves(ranges, "pk", "key", "kind", "body"), comparing))
        return report


def _hold_beginning(report: LedgerReport, after: LastCheck) -> None:
    """Does the log still begin with what was checked before? Its leaves are counted, and not read."""
    if after.log != report.log:
        report.wrong["head_another_log"] += 1
    elif not LedgerHead.objects.filter(size=after.size, root=after.root.hex()).exists():
        report.wrong["head_behind" if report.judged.size <= after.size else "head_rewritten"] += 1
    elif LedgerLeaf.objects.count() != report.judged.size + len(report.waiting):
        report.wrong["head_rewritten"] += 1


def _size(head: Head) -> int:
    return head.size


def _placed(began: int = 0) -> list[list[int]]:
    """The ids of the leaves that have a place after so many, in the order of their places: [first, last], …"""
    joined: list[list[int]] = []
    ranges = LedgerHead.objects.filter(size__gt=began).order_by("size").values_list("placed", flat=True)
    for placed in ranges.iterator(chunk_size=_HEADS):
        for first, last in placed:
            if joined and joined[-1][1] == first - 1:
                joined[-1][1] = last
            else:
                joined.append([first, last])
    return joined


def _leaves(ranges: Iterable[Sequence[int]], *columns: str) -> Iterator[tuple[Any, ...]]:
    for first, last in ranges:
        leaves = LedgerLeaf.objects.filter(pk__gte=first, pk__lte=last).order_by("pk").values_list(*columns)
        yield from leaves.iterator(chunk_size=2_000)


def _bodies(placed: Iterable[Sequence[int]]) -> Iterator[bytes]:
    """The placed leaves in their order; one that is gone leaves nothing, and every later head shows it."""
    return (body.encode("ascii", "replace") for (body,) in _leaves(placed, "body"))


def bodies_up_to(size: int) -> Iterator[bytes]:
    """The first so many entries of the log."""
    return islice(_bodies(_placed()), size)


def _without_place(placed: list[list[int]], after: LastCheck | None) -> list[int]:
    """Ids of the leaves that no head has placed. What waited for longer than an hour is found by a check of everything only."""
    leaves = LedgerLeaf.objects.order_by("pk")
    if after:
        skipped = LedgerHead.objects.filter(size=after.size).values_list("skipped", flat=True).first()
        top, missed = (skipped["top"], [one for one, _ in skipped["missed"]]) if skipped else (0, [])
        leaves = leaves.filter(Q(pk__gt=top) | Q(pk__in=missed))
    ordered, waiting, at = sorted(placed), [], 0
    for pk in leaves.values_list("pk", flat=True).iterator(chunk_size=10_000):
        while at < len(ordered) and ordered[at][1] < pk:
            at += 1
        if at == len(ordered) or pk < ordered[at][0]:
            waiting.append(pk)
    return waiting


def _hold_values(report: LedgerReport, leaves: Iterator[tuple[Any, ...]]) -> None:
    """Do the values that stand in the tables open what these leaves committed to, and is no row unspoken for?

    Args:
        leaves: of each its id, key, kind and body.
    """
    erasures, waiting = said_to_be_erased(), set(report.waiting)
    later: Counter[str] = Counter()
    while piece := list(islice(leaves, _PIECE)):
        unopened: dict[str, dict[str, str]] = {}
        without_place = set()
        for pk, key, kind, text in piece:
            body = json.loads(text)
            if (body["key"], body["kind"]) != (key, kind):
                report.wrong["leaf_relabelled"] += 1
            unopened[key] = body["personal"]
            if pk in waiting:
                without_place.add(key)
        for openings in _by_weight(list(unopened)):
            values = _values(openings)
            for opening in openings:
                if opening.source:
                    source = SOURCES[opening.source]
                    spoken = later if opening.key in without_place else report.spoken
                    spoken[source.table] += source.of_one(opening.where)
                held = values[opening.key]
                _hold(report, erasures, opening.key, unopened.pop(opening.key), opening.fields, held)
        for key, personal in unopened.items():
            _hold(report, erasures, key, personal, {}, {})
    for table, rows in {source.table: source.rows for source in SOURCES.values()}.items():
        if difference := rows() - report.spoken[table] - later[table]:
            report.wrong["row_without_leaf" if difference > 0 else "row_missing"] += abs(difference)


def _by_weight(keys: list[str]) -> Iterator[list[LedgerOpening]]:
    """The openings of these leaves, in groups that speak for some `_WEIGHT` rows: one of an import speaks for thousands."""
    group: list[LedgerOpening] = []
    weight = 0
    for opening in LedgerOpening.objects.filter(pk__in=keys).iterator(chunk_size=_OPENINGS):
        group.append(opening)
        weight += SOURCES[opening.source].of_one(opening.where) if opening.source else 1
        if weight >= _WEIGHT:
            yield group
            group, weight = [], 0
    if group:
        yield group


def _hold(
    report: LedgerReport,
    erasures: Counter[tuple[str, str]],
    key: str,
    personal: Mapping[str, str],
    fields: Mapping[str, Any],
    values: Mapping[str, Any],
) -> None:
    """Hold the values of one leaf against its commitments."""
    for name, commitment in personal.items():
        said = fields.get(name)
        missing = _erased(said)
        report.erased += missing
        if missing > erasures[key, name]:
            report.wrong["opening_missing"] += 1
        elif said is not None and not _opens(bytes.fromhex(commitment), said, values.get(name)):
            report.wrong["value_changed"] += 1


def said_to_be_erased() -> Counter[tuple[str, str]]:
    """How many values of each leaf and name were erased, as leaves of their own say."""
    bodies = LedgerLeaf.objects.filter(kind=ERASURE).values_list("body", flat=True)
    told = [json.loads(body)["payload"] for body in bodies]
    return Counter((one["leaf"], one["value"]) for one in told)


def _values(openings: list[LedgerOpening]) -> dict[str, Mapping[str, Any]]:
    """By the leaf's key: what stands in the room that has the values, or in the opening itself."""
    values: dict[str, Mapping[str, Any]] = {}
    ordered = sorted(openings, key=lambda one: one.source)
    for source, group in groupby(ordered, key=lambda one: one.source):
        of_source = list(group)
        if not source:
            for one in of_source:
                values[one.key] = {name: said["value"] for name, said in one.fields.items() if "value" in said}
            continue
        found = SOURCES[source].values([one.where for one in of_source])
        values |= {one.key: has or {} for one, has in zip(of_source, found, strict=True)}
    return values


def _erased(said: Mapping[str, Any] | None) -> int:
    if said is None:
        return 1
    return said["salts"].count(None) if "salts" in said else 0


def _opens(commitment: bytes, said: Mapping[str, Any], value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, CommittedValues):
        return commit(bytes.fromhex(said["salt"]), value) == commitment
    return commit_all(each_commitment(said, value)) == commitment


def each_commitment(said: Mapping[str, Any], values: Sequence[Any]) -> Iterator[bytes]:
    """The commitment to each of many values: made of its salt, or, where that was erased, as it was kept."""
    if "salts" not in said:
        yield from map(commit, salts_from(bytes.fromhex(said["salt"]), len(values)), values)
        return
    for at, (salt, value) in enumerate(zip(said["salts"], values, strict=True)):
        yield bytes.fromhex(said["kept"][str(at)]) if salt is None else commit(bytes.fromhex(salt), value)
