"""Builds a manifest, writes it down, and reads it back with nothing taken on trust.

It holds counts, digests and names of files and columns: no NHS number, no digest of one, and nothing from
which one can be recovered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.domain.answers import Provenance
from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.document import parse_document

SUFFIX = ".manifest.json"
OF_A_FOLDER = "manifest.json"
OF_A_PARQUET_FOLDER = "_manifest.json"
"""Readers of Parquet pass over what begins with an underscore."""
_LARGEST = 1 << 24

Manifest = dict[str, Any]
"""A manifest as it stands in its file, its parts there and nothing else of it believed."""


def manifest_path(output: Path) -> Path:
    """Where the manifest of an output stands: beside it."""
    return output.with_name(output.name + SUFFIX)


def released_manifest(output: Path) -> Path:
    """Where the manifest of something released stands: in a folder, beside a file."""
    if not output.is_dir():
        return manifest_path(output)
    return output / (OF_A_PARQUET_FOLDER if is_parquet_release(output) else OF_A_FOLDER)


def is_parquet_release(output: Path) -> bool:
    """Is this a released folder of Parquet, and not one of linked tables?"""
    return (output / OF_A_PARQUET_FOLDER).is_file() and not (output / OF_A_FOLDER).exists()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was read or written. `bytes` and `sha256` are of the file as stored, compression included."""

    name: str
    sha256: str
    bytes: int
    format: str
    rows: int
    dialect: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One table as it was read or written where it lies. `name` says where, without credentials.

    `sha256` is of its rows in any order, made by the database itself as `format` names it; None where nobody made one.
    """

    name: str
    format: str
    rows: int
    sha256: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """read = kept + removed + held, exactly."""

    read: int
    kept: int
    removed: int
    held: dict[str, int] = field(default_factory=dict)
    kept_without_number: int = 0


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """Distinct people with a valid number in the row's own column: read = kept + removed + held."""

    read: int
    kept: int
    removed: int
    held: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column named the person, how it was found, and what became of the other columns of NHS numbers."""

    nhs_number: str | None
    """None only where the opt-out does not apply and no column names a person."""
    found: str
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which each row is decided on, the person's own first."""
        return () if self.nhs_number is None else (self.nhs_number, *self.also)

    @property
    def classified(self) -> tuple[str, ...]:
        """Every column of which somebody said, or the data showed, what it is."""
        return (*self.keys, *self.also, *self.ignored)


@dataclass(frozen=True, slots=True)
class Warned:
    """What a person should look at before the output is released, although it stopped nothing."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class UndecidedPolicy:
    """What was done with rows whose person could not be decided on, and why it may be."""

    mode: str
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class ByChance:
    """Ten digits inside other digits that are the number of somebody withheld, as chance has it: in which column, how many were
    met, and how many were to be expected."""

    column: str
    met: int
    expected: float


@dataclass(frozen=True, slots=True)
class MentionsRecord:
    """What was done with rows whose other cells hold the number of somebody who may not be released.

    `mode` is "stop" or "hold"; `columns` are those in which rows were held for it.
    """

    mode: str = "stop"
    columns: tuple[str, ...] = ()
    by_chance: tuple[ByChance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """What the manifest of a release says, before it is sealed.

    Args:
        provenance: None only where `decision`, the answer of `ndoo applies`, says that the opt-out does not apply, or
            where Type 1 opt-outs alone were upheld.
        type1: `applied`, and then the counts and the status behind them, or the law that sets it aside; None where
            nobody asked.
        expected_removed: the share of people, lowest and highest in per cent, that whoever ran the command expected to be
            removed; None where the usual bounds held.
        asset: what the release was compared with, and in `released_by` who released it although a difference tells, as
            whoever ran the command named them: the seal does not vouch for that name. None where nobody asked.
        mentions: None where nobody was to be removed, so that nobody was looked for.
    """

    created: datetime
    input: FileRecord | TableRecord
    output: FileRecord | TableRecord
    columns: Columns
    rows: Counts
    people: PeopleCounts
    undecided: UndecidedPolicy
    provenance: Provenance | None
    decision: Mapping[str, Any] | None = None
    warnings: Sequence[Warned] = ()
    type1: Mapping[str, Any] | None = None
    asset: Mapping[str, Any] | None = None
    expected_removed: tuple[float, float] | None = None
    mentions: MentionsRecord | None = None


def uphold_manifest(record: ReleaseRecord) -> Manifest:
    """The manifest of one upholding, not yet sealed, as it stands in its file."""
    return {
        "ndoo": __version__,
        "kind": "uphold",
        "created": record.created.isoformat(timespec="seconds"),
        "input": asdict(record.input),
        "output": asdict(record.output),
        "columns": {
            **asdict(record.columns),
            "also": list(record.columns.also),
            "ignored": list(record.columns.ignored),
        },
        "rows": asdict(record.rows),
        "people": asdict(record.people),
        "undecided": asdict(record.undecided),
        "list": record.provenance and list_entry(record.provenance),
        "type1": record.type1,
        "decision": record.decision,
        "warnings": [asdict(warned) for warned in record.warnings],
        **({"expected_removed": list(record.expected_removed)} if record.expected_removed else {}),
        **({"asset": record.asset} if record.asset else {}),
        **({"mentions": _mentions(record.mentions)} if record.mentions else {}),
    }


def _mentions(record: MentionsRecord) -> dict[str, Any]:
    return {
        "mode": record.mode,
        "columns": list(record.columns),
        "by_chance": [asdict(column) for column in record.by_chance],
    }


def list_entry(provenance: Provenance) -> dict[str, Any]:
    """What the manifest says of a list; of several that are one, each of them too."""
    more = {
        "sealed_by": provenance.sealed_by,
        "record_sealed_by": provenance.record_sealed_by,
        "limit_in_force": provenance.limit_in_force,
        "lists": [list_entry(part) for part in provenance.parts],
    }
    return {
        "polarity": str(provenance.polarity),
        "source": provenance.source,
        "sha256": provenance.sha256,
        "checked_at": provenance.checked_at.isoformat(),
        "age_days": provenance.age_days,
        "limit_days": provenance.limit_days,
        "numbers": provenance.numbers,
        **{name: said for name, said in more.items() if said},
    }


def nobody_had_to_go(document: dict[str, Any]) -> bool:
    """Was this released under a decision that the opt-out does not apply, so that nobody was removed?"""
    decision = document["decision"] if isinstance(document.get("decision"), dict) else {}
    return decision.get("outcome") == "does_not_apply"


def needs_no_list(document: Manifest) -> bool:
    """Does the manifest say that no list was upheld?"""
    return nobody_had_to_go(document) or document.get("list") is None


def warnings_told(document: dict[str, Any]) -> list[dict[str, str]]:
    """The warnings of a manifest that anybody may have written, each on one line that a terminal only shows."""
    told = document.get("warnings")
    return [
        {key: "".join(c if c.isprintable() else "?" for c in str(warned.get(key, ""))) for key in ("code", "message")}
        for warned in (told if isinstance(told, list) else [])
        if isinstance(warned, dict)
    ]


def type1_applied(document: dict[str, Any]) -> bool:
    """Were Type 1 opt-outs upheld?"""
    told = document.get("type1")
    return isinstance(told, dict) and told.get("applied") is True


def written(document: dict[str, Any]) -> bytes:
    """The manifest as it stands in its file: indented, for people to read."""
    return (json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest of kind "uphold", its shape checked.

    Raises:
        UnfitData: missing, unreadable, not JSON, or not of this shape. Without it the output counts as unproven.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise _unreadable()
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnfitData(
            "manifest-missing",
            f"The manifest {masked(str(path))} does not exist, so the release cannot be verified. Do not release it.",
        ) from None
    except OSError:
        raise _unreadable() from None
    return parsed_manifest(raw)


def parsed_manifest(raw: bytes | str) -> dict[str, Any]:
    """As `read_manifest`, from what stands in the file, or in the table beside a table."""
    document = parse_document(raw)
    if document is None or document.get("kind") != "uphold":
        raise _unreadable()
    shapes: dict[str, tuple[str, ...]] = {
        "input": ("name", "sha256", "bytes", "rows"),
        "output": ("name", "sha256", "bytes", "format", "rows"),
        "rows": ("read", "kept", "removed", "held", "kept_without_number"),
        "people": ("read", "kept", "removed", "held"),
        "columns": ("nhs_number", "also", "ignored"),
        "undecided": ("mode",),
        "list": ("polarity", "checked_at"),
    }
    if nobody_had_to_go(document) or (document.get("list") is None and type1_applied(document)):
        del shapes["list"]
    for part, keys in shapes.items():
        if not isinstance(document.get(part), dict) or not all(key in document[part] for key in keys):
            raise _unreadable()
    return document


def _unreadable() -> UnfitData:
    return UnfitData("manifest-unreadable", "The manifest beside this file cannot be read as one of ndoo's.")
