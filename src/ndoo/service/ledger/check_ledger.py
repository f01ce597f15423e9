"""Checks that everything in the register is as the ledger says, and the ledger as its heads say. Read whole, in one view.

Nothing that is found names a person: leaves have keys, tables have names, and the rest are counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from ndoo.evidence.ledger.commitment import commit, commit_all, salts_from
from ndoo.evidence.ledger.head import Head, read_head
from ndoo.evidence.ledger.verifier import Judged, Verdict, judge
from ndoo.service.ledger.append import Values
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf, LedgerOpening
from ndoo.service.ledger.sources import SOURCES
from ndoo.service.read_snapshot import one_view

ERASURE = "erasure"
_PIECE = 400
_OPENINGS = 20
_WEIGHT = 2_000
"""Rows whose values are in memory at once, and those of one leaf more."""


@dataclass(slots=True)
class Report:
    """What the check found; all is well where `wrong` is empty."""

    log: str
    judged: Judged
    heads: int
    """Heads that were held against the leaves, those in the database included."""
    waiting: list[int] = field(default_factory=list)
    """Leaves that no head has placed yet."""
    erased: int = 0
    """Personal values that were erased, each with a leaf that says so."""
    wrong: Counter[str] = field(default_factory=Counter)
    """What is wrong, and how often."""


def check(copied: Sequence[Head]) -> Report:
    """Read the whole ledger and every row that it speaks for, and hold them against the copied heads.

    Raises:
        UnfitData: a head in the database was changed.
    """
    with one_view():
        own = [
            read_head(document) for document in LedgerHead.objects.order_by("size").values_list("document", flat=True)
        ]
        log = own[-1].log if own else ""
        heads = [*own, *copied]
        report = Report(log, judge(log, _bodies(), heads), len(heads))
        for verdict in report.judged.verdicts:
            if verdict is not Verdict.AGREES:
                report.wrong[f"head_{verdict}"] += 1
        report.waiting = _without_place()
        _hold_values(report)
    return report


def _bodies() -> Iterator[bytes]:
    """The placed leaves in their order; one that is gone leaves nothing, and every later head shows it."""
    joined: list[list[int]] = []
    for placed in LedgerHead.objects.order_by("size").values_list("placed", flat=True):
        for first, last in placed:
            if joined and joined[-1][1] == first - 1:
                joined[-1][1] = last
            else:
                joined.append([first, last])
    for first, last in joined:
        bodies = LedgerLeaf.objects.filter(pk__gte=first, pk__lte=last).order_by("pk").values_list("body", flat=True)
        for body in bodies.iterator(chunk_size=2_000):
            yield body.encode("ascii", "replace")


def bodies_up_to(size: int) -> Iterator[bytes]:
    """The first so many entries of the log."""
    return islice(_bodies(), size)


def _without_place() -> list[int]:
    placed = sorted(
        (first, last) for each in LedgerHead.objects.values_list("placed", flat=True) for first, last in each
    )
    waiting, at = [], 0
    for pk in LedgerLeaf.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=10_000):
        while at < len(placed) and placed[at][1] < pk:
            at += 1
        if at == len(placed) or pk < placed[at][0]:
            waiting.append(pk)
    return waiting


def _hold_values(report: Report) -> None:
    """Do the values that stand in the tables open what the leaves committed to, and is no row unspoken for?"""
    erasures = said_to_be_erased()
    spoken: Counter[str] = Counter()
    leaves = LedgerLeaf.objects.order_by("pk").values_list("key", "kind", "body").iterator(chunk_size=_PIECE)
    while piece := list(islice(leaves, _PIECE)):
        unopened: dict[str, dict[str, str]] = {}
        for key, kind, text in piece:
            body = json.loads(text)
            if (body["key"], body["kind"]) != (key, kind):
                report.wrong["leaf_relabelled"] += 1
            unopened[key] = body["personal"]
        for openings in _by_weight(list(unopened)):
            values = _values(openings)
            for opening in openings:
                if opening.source:
                    source = SOURCES[opening.source]
                    spoken[source.table] += source.of_one(opening.where)
                held = values[opening.key]
                _hold(report, erasures, opening.key, unopened.pop(opening.key), opening.fields, held)
        for key, personal in unopened.items():
            _hold(report, erasures, key, personal, {}, {})
    for table, rows in {source.table: source.rows for source in SOURCES.values()}.items():
        if difference := rows() - spoken[table]:
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
    report: Report,
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
    if not isinstance(value, Values):
        return commit(bytes.fromhex(said["salt"]), value) == commitment
    return commit_all(each_commitment(said, value)) == commitment


def each_commitment(said: Mapping[str, Any], values: Sequence[Any]) -> Iterator[bytes]:
    """The commitment to each of many values: made of its salt, or, where that was erased, as it was kept."""
    if "salts" not in said:
        yield from map(commit, salts_from(bytes.fromhex(said["salt"]), len(values)), values)
        return
    for at, (salt, value) in enumerate(zip(said["salts"], values, strict=True)):
        yield bytes.fromhex(said["kept"][str(at)]) if salt is None else commit(bytes.fromhex(salt), value)
