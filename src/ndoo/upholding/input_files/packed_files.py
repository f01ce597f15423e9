"""Unpacks what is packed, piece by piece: gzip, Zstandard, bzip2, xz, and an archive of ZIP that holds one file and nothing else."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ndoo.domain.errors import UnfitData

MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz"}
_BZIP2, _BLOCK = b"BZh", b"1AY&SY"
"""How bzip2 begins, and after one more sign its first block: no heading of a table does."""
_ZIP = b"PK\x03\x04"
_OF_DOCUMENTS = ("xl/", "word/", "ppt/", "docProps/", "_rels/", "[Content_Types].xml")
"""Where the parts of Office's documents lie in theirs."""
_LOCAL_HEADER = 30
_MOST_BEHIND = 24
"""Bytes between the one file and the archive's directory: its digest and sizes, said once more."""
_MOST_MEMORY = 1 << 28
"""Bytes that xz may want for its dictionary."""
_PORTION = 1 << 20
"""Bytes that bzip2 and xz, which make many of a few, are let unpack at once."""
_SMALL = 1 << 30
_MOST_SWOLLEN = 2_000
"""So many times its packed size may a file have that is larger than `_SMALL`: of extracts none comes near."""


def packing_of(head: bytes, path: Path) -> str | None:
    """ "gzip", "zstd", "bz2", "xz", "zip" or None, by the file's first bytes, never by its name."""
    if head.startswith(_BZIP2) and head[4:10] == _BLOCK:
        return "bz2"
    if head.startswith(_ZIP):
        return "zip" if holds_one_file(path) else None
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


class Unpacker(Protocol):
    """Takes a packed file in pieces, in order."""

    @property
    def is_whole(self) -> bool:
        """May the file end here?"""
        ...

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """What the piece holds, in portions, so that a small piece cannot fill the memory; all must be taken before the next piece.

        Raises:
            UnfitData: it is damaged.
        """
        ...


def unpacker_of(packing: str, path: Path) -> Unpacker:
    """What unpacks a file that is packed so."""
    return _OneFile(_only_file(path)) if packing == "zip" else _Streams(packing)


def refuse_swollen(packed: int, unpacked: int) -> None:
    """Raises UnfitData where so few bytes hold so many that somebody means to fill a disk."""
    if unpacked > _SMALL and unpacked > packed * _MOST_SWOLLEN:
        raise UnfitData(
            "input-swells",
            f"The packed input unpacks to more than {_MOST_SWOLLEN:,} times its size, as no extract does. If it is meant, unpack it "
            "and uphold what is in it.",
        )


def holds_one_file(path: Path) -> bool:
    """Is this an archive with one file, which is no workbook or other document, and nothing beside it?"""
    try:
        _only_file(path)
    except UnfitData:
        return False
    return True


class _Member(NamedTuple):
    begins: int
    packed: int
    size: int
    checksum: int
    deflated: bool


def _only_file(path: Path) -> _Member:
    """Where the one file of an archive stands. Whatever lies beside it would be read by nobody."""
    refusal = UnfitData(
        "format-refused",
        "The input is an archive that holds not just one plain file. Unpack it, and uphold what is in it.",
    )
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entries, directory = archive.infolist(), archive.start_dir
            header = file.read(_LOCAL_HEADER)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refusal from None
    if len(entries) != 1 or len(header) < _LOCAL_HEADER:
        raise refusal
    one = entries[0]
    begins = _LOCAL_HEADER + sum(struct.unpack("<HH", header[26:30]))
    behind = directory - begins - one.compress_size
    plain = one.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not one.flag_bits & 1
    plain = plain and not one.filename.startswith(_OF_DOCUMENTS)
    if not plain or one.is_dir() or one.header_offset or not 0 <= behind <= _MOST_BEHIND:
        raise refusal
    return _Member(begins, one.compress_size, one.file_size, one.CRC, one.compress_type == zipfile.ZIP_DEFLATED)


def _damaged() -> UnfitData:
    return UnfitData("input-damaged", "The compressed input is damaged and cannot be unpacked.")


def _made(packing: str) -> tuple[Callable[[], Any], type[Exception]]:
    """What unpacks one stream, and what it raises of a damaged one."""
    if packing == "gzip":
        return lambda: zlib.decompressobj(31), zlib.error
    if packing == "bz2":
        import bz2

        return bz2.BZ2Decompressor, OSError
    if packing == "xz":
        import lzma

        return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY), lzma.LZMAError
    import zstandard

    return lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


class _Streams:
    """One stream of a packer, or several one behind another."""

    def __init__(self, packing: str) -> None:
        self._make, self._faults = _made(packing)
        self._portioned = packing in ("bz2", "xz")
        self._one: Any = None

    @property
    def is_whole(self) -> bool:
        return self._one is None

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        out, size, more = [], 0, bool(piece)
        while more:
            one = self._one = self._one or self._make()
            most = (_PORTION - size,) if self._portioned else ()
            try:
                out.append(one.decompress(piece, *most))
            except self._faults:
                raise _damaged() from None
            if one.eof:
                self._one, piece = None, one.unused_data
                more = bool(piece)
            else:
                piece, more = b"", self._portioned and not one.needs_input
            size += len(out[-1])
            if size >= _PORTION or not more:
                yield b"".join(out)
                out, size = [], 0


class _OneFile:
    """The one file of an archive; what stands before and behind it is passed over."""

    def __init__(self, member: _Member) -> None:
        self._member = member
        self._before, self._left = member.begins, member.packed
        self._inflate = zlib.decompressobj(-15) if member.deflated else None
        self._size = self._checksum = 0

    @property
    def is_whole(self) -> bool:
        deflated = self._inflate is None or self._inflate.eof
        return (
            not self._left and deflated and (self._size, self._checksum) == (self._member.size, self._member.checksum)
        )

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        skipped = min(self._before, len(piece))
        self._before -= skipped
        taken = piece[skipped : skipped + self._left]
        self._left -= len(taken)
        try:
            out = self._inflate.decompress(taken) if self._inflate else taken
        except zlib.error:
            raise _damaged() from None
        self._size += len(out)
        self._checksum = zlib.crc32(out, self._checksum)
        yield out
