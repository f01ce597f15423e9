"""Must this release be made again? Looks whether somebody in it has a Type 1 opt-out by now; never says who, or how many."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import SUFFIX, Columns, read_manifest, type1_applied
from ndoo.evidence.seal import check_seal
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import Watch
from ndoo.upholding.deciding import Deciding
from ndoo.upholding.dialect import Reading
from ndoo.upholding.formats import open_dataset


@dataclass(frozen=True, slots=True)
class Recall:
    """One dataset, whether it must be made again, and why."""

    dataset: str
    created: str
    again: bool
    because: str

    def told(self) -> dict[str, str]:
        return {"dataset": self.dataset, "created": self.created, "because": self.because}


def manifests_in(paths: Sequence[Path]) -> list[Path]:
    """The manifests named, and those in the folders named.

    Raises:
        UnfitData: there is none.
    """
    found = [m for path in paths for m in (sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path])]
    if not found:
        raise UnfitData("manifest-missing", "There is no manifest in this folder.")
    return found


def recalled(path: Path, type1: Objections) -> Recall:
    """Judge the release of one manifest by the Type 1 opt-outs as they are now. What cannot be told is made again."""
    try:
        manifest = read_manifest(path)
        check_seal(manifest)
    except UnfitData as error:
        return Recall(masked(path.name.removesuffix(SUFFIX)), "", True, error.sentence)
    name, created = masked(str(manifest["output"]["name"])), masked(str(manifest.get("created")))
    told = manifest.get("type1")
    if not type1_applied(manifest):
        because = told.get("because") if isinstance(told, dict) else None
        return Recall(name, created, False, masked(str(because or "Type 1 opt-outs were not asked about for it.")))
    output = path.with_name(path.name.removesuffix(SUFFIX))
    if not output.exists():
        then, today = _digests(manifest["type1"].get("status")), _digests(type1.record)
        if then == today and then and None not in then:
            return Recall(name, created, False, "The coded entries are the same as then.")
        return Recall(name, created, True, "Its file is not here, and the coded entries are not those of then.")
    try:
        columns = Columns(manifest["columns"]["nhs_number"], "manifest", tuple(manifest["columns"]["also"]))
        dialect = manifest["output"].get("dialect") or {}
        reading = Reading(**{k: dialect[k] for k in ("delimiter", "encoding", "quotes", "header") if k in dialect})
        with ThreadPoolExecutor(1) as worker:
            dataset = open_dataset(output, reading, worker)
            deciding = Deciding(None, len(columns.keys), type1=type1, keep_missing=True, crowded=dataset.crowded)
            record = dataset.stream(columns, deciding, Watch(dataset.names), None, None, lambda _: None)
    except (NdooError, ValueError, TypeError, AttributeError, LookupError) as error:  # a forged one may say anything
        said = error.sentence if isinstance(error, NdooError) else "Its columns are not those of its manifest."
        return Recall(name, created, True, f"Its file cannot be read. {said}")
    if record.sha256 != manifest["output"]["sha256"]:
        return Recall(name, created, True, "Its file is not the one that was published.")
    rows = deciding.rows()
    if rows.removed or rows.held:
        return Recall(name, created, True, "Somebody in it has a Type 1 opt-out now, or nobody can say.")
    return Recall(name, created, False, "Nobody in it has a Type 1 opt-out.")


def _digests(status: Any) -> set[str | None]:
    """Of the coded entries; empty where a forged manifest has none."""
    try:
        return {source["sha256"] for source in status["sources"]}
    except (TypeError, LookupError):
        return set()
