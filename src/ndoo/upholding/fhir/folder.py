"""Which files are a FHIR export: a file, or a folder as clients of bulk exports leave it.

What is FHIR is said by what stands in a file, never by its name. In a folder, JSON that is no FHIR (the manifest and the log of an
export), empty and hidden files and what is known to stand beside data are left out and named; anything else is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import OF_A_FOLDER
from ndoo.upholding.fhir.resources import FhirFile, head_of
from ndoo.upholding.publication.output_paths import judge_names

ENDINGS = (".ndjson", ".jsonl", ".json")
_PACKED = (".gz", ".zst")
_KNOWN = (
    "manifest.json",
    "log.ndjson",
    "_success",
    "sha256sums",
    "md5sums",
    "checksums.txt",
    "readme",
    "readme.md",
    "readme.txt",
    "license",
    "license.txt",
    "log.txt",
    "errors.txt",
    "thumbs.db",
    "desktop.ini",
    ".ds_store",
)
"""What stands beside exports and says nothing by its name."""
_SUFFIXES = (*ENDINGS, *_PACKED, ".log", ".md", ".txt", ".md5", ".sha1", ".sha256", ".sha512", ".crc")
_BESIDE = (
    "*.log",
    "*.md",
    "readme*",
    "licen[cs]e*",
    "*.md5",
    "*.sha1",
    "*.sha256",
    "*.sha512",
    "*sums",
    "*sums.txt",
    "*.crc",
    "log*.txt",
    "error*.txt",
    "thumbs.db",
    "desktop.ini",
    "_success",
    "_started*",
    "_committed*",
)
_DOCUMENTS = "attachments"
"""The folder into which a client of bulk exports downloads what `Attachment.url` leads to."""
_HEAD = 64


@dataclass(frozen=True, slots=True)
class FhirExport:
    """The files of an export by their paths in it, and what stands beside them and is not released."""

    files: Mapping[str, FhirFile]
    left_out: Mapping[str, int] = field(default_factory=dict)
    """By its name where that is a known one, else by how names end, because they may tell of somebody; and how many there are."""


def is_fhir(path: Path) -> bool:
    """Does a file, packed or not, begin as JSON? By its first bytes, never by its name."""
    head = head_of(path, _HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").lstrip().encode()
    return head.startswith(b"{") or head.removeprefix(b"[").lstrip().startswith(b"{")


def holds_fhir(path: Path) -> bool:
    """Is this a file that begins as JSON, or a folder with files of FHIR's names that is no folder of linked tables?"""
    if path.is_dir():
        return not (path / "datapackage.json").exists() and any(map(_is_named_as_fhir, path.rglob("*")))
    return path.is_file() and is_fhir(path)


def export_at(path: Path) -> FhirExport:
    """A file, or every file of a folder.

    Raises:
        UnfitData: a file is neither FHIR nor known to stand beside it, or is damaged.
        UsageFault: a name holds an NHS number. NotPermitted, Fault: see `machine_faults`.
    """
    if not path.is_dir():
        return FhirExport({path.name: FhirFile(path, path.name)})
    files, left_out = dict[str, FhirFile](), Counter[str]()
    for one in _below(path):
        name = one.relative_to(path)
        if _DOCUMENTS in name.parts[:-1]:
            left_out[f"{_DOCUMENTS}/"] += 1
        elif any(part.startswith(".") for part in name.parts):
            left_out[_unnamed(one.name, ".*")] += 1
        elif _is_export(one):
            files[name.as_posix()] = FhirFile(one, name.as_posix())
        elif _stands_beside(one):
            left_out[_unnamed(one.name, "*" + (one.suffix if one.suffix.lower() in _SUFFIXES else ""))] += 1
        else:
            raise _not_fhir(name.as_posix())
    if not files:
        raise UnfitData("fhir-none", "The folder holds no FHIR file.")
    if OF_A_FOLDER in files:
        raise UnfitData(
            "fhir-named-manifest", f"{OF_A_FOLDER!r} holds FHIR. Rename it: in a release the manifest has this name."
        )
    return FhirExport(files, dict(sorted(left_out.items())))


def ending_of(name: str) -> str:
    """How the name of a file of FHIR's ends, packed or not; where it ends in another way, as that of NDJSON."""
    plain, packed = name.lower(), ""
    for ending in _PACKED:
        if plain.endswith(ending):
            plain, packed = plain.removesuffix(ending), ending
    return next((ending + packed for ending in ENDINGS if plain.endswith(ending)), ".ndjson")


def _is_export(path: Path) -> bool:
    """Is this FHIR: JSON with a resource in it, or an empty file of FHIR's names?"""
    if _is_named_as_fhir(path) and _is_empty(path):
        return True
    return is_fhir(path) and FhirFile(path, path.name).holds_resources()


def _unnamed(name: str, otherwise: str) -> str:
    """The name of what is left out, where it is one that tells of nobody."""
    return name if name.lower() in _KNOWN else otherwise


def _stands_beside(path: Path) -> bool:
    known = any(fnmatchcase(path.name.lower(), pattern) for pattern in _BESIDE)
    return known or _is_empty(path) or is_fhir(path)


def _is_empty(path: Path) -> bool:
    return not head_of(path, _HEAD)


def _is_named_as_fhir(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").removesuffix(".zst").endswith(ENDINGS)


def _below(folder: Path) -> Iterator[Path]:
    """Every file in it, at any depth, in a fixed order.

    Raises:
        UnfitData: there is a link, a pipe or a device.
    """
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        judge_names(path)
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _not_fhir(path.relative_to(folder).as_posix())
        if path.is_file():
            yield path


def _not_fhir(name: str) -> UnfitData:
    return UnfitData(
        "fhir-and-others",
        f"{masked(name)!r} is not a FHIR file, and the folder has files with names of FHIR (.json, .ndjson). What is not FHIR is not released: "
        "move it out of the folder, and unpack an archive. If the folder holds linked tables, give it a datapackage.json: ndoo uphold FOLDER "
        "--describe proposes one.",
    )
