"""Builds a manifest, writes it down, and reads it back with nothing taken on trust.

It holds counts, digests and names of files and columns: no NHS number, no digest of one, and nothing from
which one can be recovered.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.document import parse_document
from ndoo.evidence.release_record import MentionsRecord, ReleaseRecord, list_entry

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
