"""Delimited text, packed or not: the engine's bytes and counts against the reference engine's, and its cells against Python's reader."""

from __future__ import annotations

import csv
import gzip
import io
import re
from typing import Any

import zstandard

from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.columns import WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.text import reference
from tests.fuzz.world import Options, folder, refuse_people_who_go, refuse_unverified, released, taken_apart

_MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def check(data: bytes) -> bool:
    """Is this text released? What is released is right."""
    options, content = taken_apart(data)
    with folder() as place:
        source, output = place / "in.csv", place / "out.csv"
        source.write_bytes(content)
        manifest = released(ReleaseKind.FILE, source, output, options)
        if manifest is None:
            return False
        kept = output.read_bytes()
        refuse_people_who_go(kept, options)
        if "dialect" in manifest["output"]:  # else a workbook, or what is columnar
            _compare(_unpacked(content), kept, manifest, options)
        refuse_unverified(output, options)
    return True


def _unpacked(content: bytes) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
    return content


def _compare(content: bytes, kept: bytes, manifest: dict[str, Any], options: Options) -> None:
    dialect = manifest["output"]["dialect"]
    encoding = dialect["encoding"]
    mark = _above(content, encoding)
    text, delimiter = _units(content[len(mark) :], encoding), _units(dialect["delimiter"].encode(encoding), encoding)
    names = [
        reference.unquoted(name, quotes=dialect["quotes"])
        for name in next(reference.rows_of(text, delimiter, quotes=dialect["quotes"]))[1]
    ]
    names = [_bytes(name, encoding).decode(encoding, "replace") for name in names]
    columns = manifest["columns"]
    keys = [_place(names, name) for name in (columns["nhs_number"], *columns["also"])]
    _refuse_cells(kept[len(mark) :].decode(encoding, "replace"), dialect, keys, options)
    if options.mentions is WhenMentioned.HOLD and "mentions" in manifest["rows"]["held"]:
        return
    by_hand, _, result = reference.uphold_text(
        text,
        keys,
        options.cleaned.answer,
        delimiter=delimiter,
        quotes=dialect["quotes"],
        keep_missing=options.undecided is Undecidable.KEEP_MISSING,
    )
    assert kept == mark + _bytes(by_hand, encoding), "other bytes than the reference keeps"
    counts = result.rows()
    assert (counts.read, counts.kept, counts.removed) == tuple(manifest["rows"][n] for n in ("read", "kept", "removed"))


def _above(content: bytes, encoding: str) -> bytes:
    """What stands before the heading and stays: byte-order marks, and the line that names the delimiter."""
    one = _MARKS.get(encoding, b"\0")
    above = b""
    while content.startswith(above + one):
        above += one
    line, end, _ = content[len(above) :].decode(encoding, "replace").partition("\n")
    return above + (line + end).encode(encoding) if re.fullmatch(r"(?i)sep=.\r?", line) else above


def _place(names: list[str], name: str) -> int:
    """Where the column stands that the manifest calls so; one without a heading is named after its place."""
    plain = [one.strip() for one in names]
    return plain.index(name.strip()) if name.strip() in plain else int(name.rpartition(" ")[2]) - 1


def _refuse_cells(text: str, dialect: dict[str, Any], keys: list[int], options: Options) -> None:
    """By Python's own reader, nobody stands in the people's columns who may not."""
    if len(dialect["delimiter"]) > 1 or (not text.isprintable() and set(text) & {"\0", "\x85", "\u2028"}):
        return
    quoting = csv.QUOTE_MINIMAL if dialect["quotes"] else csv.QUOTE_NONE
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect["delimiter"], quoting=quoting)
    next(rows)
    for row in rows:
        for key in keys:
            number = read(row[key]) if key < len(row) else Undecided.MISSING
            if isinstance(number, NHSNumber):
                assert options.cleaned.answer(number) == "allowed", "a row of somebody who may not stay was kept"
            elif options.undecided is not Undecidable.KEEP_MISSING and key == keys[0]:
                raise AssertionError("a row without a number was kept")


def _units(raw: bytes, encoding: str) -> str:
    """One character per code unit, as the engines see text."""
    if not encoding.startswith("utf-16"):
        return raw.decode("latin-1")
    high = 0 if encoding.endswith("be") else 1
    return "".join(chr(raw[at + high] << 8 | raw[at + 1 - high]) for at in range(0, len(raw) - 1, 2))


def _bytes(units: str, encoding: str) -> bytes:
    if not encoding.startswith("utf-16"):
        return units.encode("latin-1")
    return b"".join(ord(unit).to_bytes(2, "big" if encoding.endswith("be") else "little") for unit in units)
