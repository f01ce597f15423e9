"""The days on which the opt-out was applied to a flow: manifests, believed only under a seal that the organisation trusts.

A manifest counts for a flow when it is whole and sealed by a key of the organisation, when the decision in it names the
flow and says that the opt-out applies, when people were checked against a list, and when its time is not in the future.
Everything else is kept apart, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ndoo.domain.errors import UnfitData
from ndoo.domain.london import is_after
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.seal import check_seal


@dataclass(frozen=True, slots=True)
class AppliedRun:
    """One run in which the opt-out was applied to a flow."""

    flow: str
    name: str
    created: datetime
    sealed_by: str
    people_read: int
    people_removed: int
    released: str = ""
    """The digest of the file that was released."""
    asked: str = ""
    """Where the list came from that was asked: `mesh`, `register`, `snapshot` or `file`."""
    asset: str = ""
    """The asset as which it was released (`--asset`); empty where none was named."""
    type_1: bool = False
    """Were Type 1 opt-outs upheld in it too?"""


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A manifest that proves nothing for any flow, and why."""

    name: str
    because: str


@dataclass(frozen=True, slots=True)
class ReleaseEvidence:
    """A manifest of a release, and what it is called."""

    name: str
    manifest: ReleaseManifest


def applied_in(
    evidence: Iterable[ReleaseEvidence], trusted: Iterable[str], now: datetime
) -> tuple[list[AppliedRun], list[NotCounted], list[ReleaseManifest]]:
    """What these manifests prove, what they do not, and the documents behind the first.

    Args:
        trusted: the public keys whose seals count.
        now: the moment, with its zone.
    """
    keys = frozenset(trusted)
    counted: list[AppliedRun] = []
    refused: list[NotCounted] = []
    documents: list[ReleaseManifest] = []
    for one in evidence:
        try:
            counted.append(applied(one.manifest, one.name, keys, now))
            documents.append(one.manifest)
        except UnfitData as error:
            refused.append(NotCounted(masked(one.name), error.sentence))
    return counted, refused, documents


def applied(manifest: ReleaseManifest, name: str, trusted: frozenset[str], now: datetime) -> AppliedRun:
    """What one manifest proves.

    Raises:
        UnfitData: it proves nothing, and the sentence says why.
    """
    run = sealed_run(manifest, name)
    if run.sealed_by not in trusted:
        raise UnfitData("evidence-foreign", "It is sealed by a key that is not among those of the organisation.")
    if is_after(run.created, now):
        raise UnfitData("evidence-from-future", "It is dated in the future.")
    return run


def counts(run: AppliedRun, trusted: frozenset[str], now: datetime) -> bool:
    """Does a sealed run count: is its key one that is trusted, and its time not in the future?"""
    return run.sealed_by in trusted and not is_after(run.created, now)


def last_runs(runs: Iterable[AppliedRun]) -> dict[str, AppliedRun]:
    """By a flow's reference: the last run in which the opt-out was applied to it."""
    last: dict[str, AppliedRun] = {}
    for run in runs:
        if run.flow not in last or run.created > last[run.flow].created:
            last[run.flow] = run
    return last


def sealed_run(manifest: ReleaseManifest, name: str) -> AppliedRun:
    """What a manifest says under its seal, whoever sealed it and whenever it is dated: see `counts`.

    Raises:
        UnfitData: it could prove nothing for anybody, and the sentence says why.
    """
    key = check_seal(manifest.document)
    decision = manifest.decision
    if not decision or not decision.said("id"):
        raise UnfitData("evidence-no-flow", "It names no flow: uphold with --flow, and give the flow its id.")
    if decision.said("outcome") != "applies" or not manifest.whole.part_if_any("list"):
        raise UnfitData("evidence-nobody-checked", "That run checked no one against a list.")
    try:
        created = datetime.fromisoformat(manifest.created)
        is_after(created, created)  # refuses a time without its zone
        people = manifest.whole.part("people")
        read, removed = people.count("read"), people.count("removed")
    except (LookupError, ValueError, TypeError):
        raise UnfitData(
            "evidence-undated", "It does not say when it was made, or how many people were in it."
        ) from None
    return AppliedRun(
        masked(str(decision.said("id"))),
        masked(name),
        created,
        key,
        read,
        removed,
        released=_text(manifest, "output", "sha256"),
        asked=_text(manifest, "list", "source"),
        asset=masked(_text(manifest, "asset", "name")),
        type_1=manifest.type1_applied,
    )


def _text(manifest: ReleaseManifest, part: str, name: str) -> str:
    said = manifest.whole.part_if_any(part)
    value = said.said(name) if said else None
    return "" if value is None else str(value)
