"""Builds a manifest, writes it down, and reads it back with nothing taken on trust.

It holds counts, digests and names of files and columns: no NHS number, no digest of one, and nothing from
which one can be recovered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ndoo import __version__
from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.document import DocumentPart, JsonObject, parse_document
from ndoo.evidence.release_record import (
    Columns,
    Counts,
    ListEntry,
    MentionsRecord,
    PeopleCounts,
    ReleaseRecord,
    Sections,
    StoredRecord,
    Type1Record,
    UndecidedPolicy,
    Warned,
    list_entry,
    read_counts,
)

SUFFIX = ".manifest.json"
OF_A_FOLDER = "manifest.json"
OF_A_PARQUET_FOLDER = "_manifest.json"
"""Readers of Parquet pass over what begins with an underscore."""
LARGEST = 1 << 24
"""No manifest has more bytes."""


@dataclass(frozen=True, slots=True)
class ReleaseManifest:
    """A manifest as it stands in its file. Each part is read as what it must be, and nothing of it is believed.

    Raises:
        TypeError, LookupError, ValueError: a part that is asked for makes no sense. Only its seal shows who wrote it.
    """

    document: JsonObject
    """The whole of it, as it is sealed, and written byte for byte."""

    @property
    def whole(self) -> DocumentPart:
        """All that it says, parts of one kind of release among them."""
        return DocumentPart(self.document)

    @property
    def created(self) -> str:
        """When the run began; empty where it does not say."""
        said = self.whole.said("created")
        return "" if said is None else str(said)

    @property
    def input(self) -> StoredRecord:
        """What was read."""
        return StoredRecord.of(self.whole.part("input"))

    @property
    def output(self) -> StoredRecord:
        """What was released."""
        return StoredRecord.of(self.whole.part("output"))

    @property
    def columns(self) -> Columns:
        """The columns that name people, none of which need be there."""
        said = self.whole.part("columns")
        return Columns(said.text_or_null("nhs_number"), "manifest", said.texts("also"), said.texts("ignored"))

    @property
    def rows(self) -> Counts:
        return read_counts(self.whole.part("rows"))

    @property
    def people(self) -> PeopleCounts:
        said = self.whole.part("people")
        return PeopleCounts(*(said.count(name) for name in ("read", "kept", "removed", "held")))

    @property
    def undecided(self) -> UndecidedPolicy:
        said = self.whole.part("undecided")
        return UndecidedPolicy(said.text("mode"), said.text_if_any("justification"))

    @property
    def list(self) -> ListEntry | None:
        """The list that was upheld; None where none was."""
        said = self.whole.part_if_any("list")
        return ListEntry.of(said) if said else None

    @property
    def type1(self) -> Type1Record | None:
        """What became of Type 1 opt-outs; None where nobody asked."""
        said = self.whole.part_if_any("type1")
        return Type1Record.of(said) if said else None

    @property
    def decision(self) -> DocumentPart | None:
        """The answer of `ndoo applies` to the flow; None where no flow was named."""
        return self.whole.part_if_any("decision")

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """The warnings, each on one line that a terminal only shows, whoever wrote them."""
        told = self.whole.said("warnings")
        every = [DocumentPart(one) for one in (told if isinstance(told, Sequence) else ()) if isinstance(one, Mapping)]
        return tuple(Warned(*(_on_one_line(one.members.get(key, "")) for key in ("code", "message"))) for one in every)

    @property
    def leads_to_nobody(self) -> tuple[str, ...]:
        """Of linked tables, those and the columns that are said to lead to nobody, each on one line that a terminal only shows, whoever
        wrote them."""
        told = self.whole.said("leads_to_nobody")
        return tuple(map(_on_one_line, told)) if isinstance(told, list) else ()

    @property
    def nobody_had_to_go(self) -> bool:
        """Was this released under a decision that the opt-out does not apply, so that nobody was removed?"""
        return self.decision is not None and self.decision.said("outcome") == "does_not_apply"

    @property
    def needs_no_list(self) -> bool:
        """Does it say that no list was upheld?"""
        return self.nobody_had_to_go or self.whole.said("list") is None

    @property
    def type1_applied(self) -> bool:
        """Were Type 1 opt-outs upheld?"""
        told = self.whole.part_if_any("type1")
        return told is not None and told.said("applied") is True

    @property
    def sealed_under(self) -> str | None:
        """The public key that its seal names, whether it fits or not; None where it has none."""
        seal = self.whole.part_if_any("seal")
        return None if seal is None or not seal.said("public_key") else str(seal.said("public_key"))

    def written(self) -> bytes:
        """As it stands in its file."""
        return written(self.document)


def _on_one_line(said: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(said))


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


def uphold_manifest(record: ReleaseRecord, sections: Sections | None = None) -> ReleaseManifest:
    """The manifest of one upholding, not yet sealed, as it stands in its file.

    Args:
        sections: what it says beside what every manifest says.
    """
    return ReleaseManifest(
        {
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
            "list": list_entry(record.provenance) if record.provenance else None,
            "type1": record.type1,
            "decision": record.decision,
            "warnings": [asdict(warned) for warned in record.warnings],
            **({"expected_removed": list(record.expected_removed)} if record.expected_removed else {}),
            **({"asset": asdict(record.asset)} if record.asset else {}),
            **({"mentions": _mentions(record.mentions)} if record.mentions else {}),
            **(sections.document() if sections else {}),
        }
    )


def _mentions(record: MentionsRecord) -> JsonObject:
    return {
        "mode": record.mode,
        "columns": list(record.columns),
        "by_chance": [asdict(column) for column in record.by_chance],
    }


def written(document: JsonObject) -> bytes:
    """A sealed document as it stands in its file: indented, for people to read."""
    return (json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")


def read_manifest(path: Path) -> ReleaseManifest:
    """A manifest of kind "uphold", its shape checked.

    Raises:
        UnfitData: missing, unreadable, not JSON, that of a list, or not of this shape. Without it the output counts as unproven.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise _unreadable()
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnfitData(
            "manifest-missing",
            f"The manifest {masked(str(path))} does not exist, so the release cannot be verified. Do not release it.",
        ) from None
    except OSError:
        raise UnfitData(
            "manifest-not-readable",
            f"The manifest {masked(str(path))} is there, and this account may not read it, or could not to its end.",
        ) from None
    return parsed_manifest(raw)


def parsed_manifest(raw: bytes | str) -> ReleaseManifest:
    """As `read_manifest`, from what stands in the file, or in the table beside a table."""
    document = parse_document(raw)
    if document is not None and document.get("kind") == "check" and "seal" in document:
        raise UnfitData(
            "manifest-of-list",
            "This is the record of a list that `ndoo check` cleaned, and no release: there is nothing to verify, to show or to recall. "
            "`ndoo uphold` reads the list and its record with --allowed.",
        )
    if document is None or document.get("kind") != "uphold":
        raise _unreadable()
    manifest = ReleaseManifest(document)
    shapes: dict[str, tuple[str, ...]] = {
        "input": ("name", "sha256", "bytes", "rows"),
        "output": ("name", "sha256", "bytes", "format", "rows"),
        "rows": ("read", "kept", "removed", "held", "kept_without_number"),
        "people": ("read", "kept", "removed", "held"),
        "columns": ("nhs_number", "also", "ignored"),
        "undecided": ("mode",),
        "list": ("polarity", "checked_at"),
    }
    if manifest.nobody_had_to_go or (document.get("list") is None and manifest.type1_applied):
        del shapes["list"]
    for part, keys in shapes.items():
        if not isinstance(document.get(part), dict) or not all(key in document[part] for key in keys):
            raise _unreadable()
    return manifest


def _unreadable() -> UnfitData:
    return UnfitData("manifest-unreadable", "The manifest beside this file cannot be read as one of ndoo's.")
