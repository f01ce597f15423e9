"""Knows a manifest by what it says, whatever its file is called: browsers, mail programs and colleagues rename files, and pack them.

What it described is known by its digest, among the files beside it.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import zlib
from collections.abc import Callable
from functools import partial
from gzip import GzipFile
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile

from ndoo.evidence.document import parse_document
from ndoo.evidence.manifest import LARGEST, ReleaseManifest

_HEAD = 256
_MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n"
"""What may stand before the first sign: white space, and the marks of UTF-8 and UTF-16."""
_BEGINS = re.compile(rb'\{\s*"ndoo"')
_KIND = re.compile(rb'"kind"\s*:\s*"uphold"')
_NEARLY = re.compile(r"(?:.*[. ])?_?manifest(?![a-z]).*json.*", re.IGNORECASE | re.DOTALL)
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_UNPACKING = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError)
"""What unpacking raises for damage, for a way of packing that is not known, and for a password."""


def may_be_renamed(path: Path) -> bool:
    """Does this plain file say that it is the manifest of a release, or begin as one and break off? Only small files are read.

    Nor is a file passed over that is called nearly as manifests are, such as `x.manifest (1).json`, and is empty or a JSON object.

    Raises:
        OSError: it may not be read.
    """
    with path.open("rb") as file:
        head = _narrow(file.read(_HEAD))
        if head[:1] not in (b"", b"{"):
            return False
        if _NEARLY.fullmatch(path.name):
            return True
        file.seek(0)
        return os.fstat(file.fileno()).st_size <= LARGEST and _is_manifest(file.read(LARGEST))


def packed_manifests(path: Path) -> int | None:
    """How many manifests of releases are packed in this file, a zip archive or one of gzip; None where a zip archive cannot be read.

    Raises:
        OSError: the file may not be read.
    """
    with path.open("rb") as file:
        head = file.read(len(_ZIP))
        file.seek(0)
        if head.startswith(_GZIP):
            return int(_holds_manifest(path.name, lambda: GzipFile(fileobj=file)))
        if head != _ZIP:
            return 0
        try:
            with ZipFile(file) as archive:
                return sum(
                    _holds_manifest(PurePosixPath(one.filename).name, partial(archive.open, one))
                    for one in archive.infolist()
                )
        except _UNPACKING:
            return None


def described_files(manifest: ReleaseManifest, folder: Path) -> list[Path]:
    """The plain files in this folder whose bytes are those that the manifest of a file describes.

    Raises:
        TypeError, LookupError, ValueError: what the manifest says makes no sense.
        OSError: the folder, or a file in it that may be meant, may not be read.
    """
    size, digest = manifest.output.bytes, manifest.output.sha256
    with os.scandir(folder) as entries:
        plain = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    same = [folder / name for name in plain if (folder / name).stat().st_size == size]
    return [path for path in same if _digest(path) == digest]


def _holds_manifest(name: str, unpacked: Callable[[], IO[bytes] | GzipFile]) -> bool:
    """Is what is packed a manifest, as far as anybody can say? No more of it is unpacked than one can have."""
    try:
        with unpacked() as file:
            head = file.read(_HEAD)
            return _narrow(head).startswith(b"{") and _is_manifest(head + file.read(LARGEST))
    except _UNPACKING:
        return _NEARLY.fullmatch(name) is not None


def _is_manifest(raw: bytes) -> bool:
    narrow = _narrow(raw)
    if b'"ndoo"' not in narrow:
        return False
    document = parse_document(raw)
    if document is None:
        return bool(_BEGINS.match(narrow) or _KIND.search(narrow))
    return "ndoo" in document and document.get("kind") == "uphold"


def _narrow(raw: bytes) -> bytes:
    """The same signs, also of UTF-16 and UTF-32, in which a shell or an editor may have saved them."""
    return raw.replace(b"\0", b"").lstrip(_MARKS)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
