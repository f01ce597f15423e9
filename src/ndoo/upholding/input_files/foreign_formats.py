"""What a file is that is none of those that are upheld: named by its bytes as what it is, with what to do about it."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from ndoo.domain.database_file import kind_of_head
from ndoo.domain.errors import UnfitData
from ndoo.upholding.input_files.packed_files import holds_one_file

_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPOUND = b"\xd0\xcf\x11\xe0"
_MOST_READ = 1 << 26
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "The input is a PDF, not a table."),
    (
        b"\xff\xff\xff\xff",
        "The input is an Arrow stream, which cannot show that it is whole. Save it as an Arrow file.",
    ),
    (b"FEA1\0", "The input is a Feather file of the first version. Save it as Parquet or as an Arrow file."),
    (b"Obj\x01", "The input is an Avro file, which is not read. Save it as Parquet."),
    (b"$FL2@", "The input is an SPSS file, which is not read. Save it as CSV or Parquet."),
    (b"$FL3@", "The input is a packed SPSS file, which is not read. Save it as CSV or Parquet."),
    (b"<stata_dta>", "The input is a Stata file, which is not read. Save it as CSV or Parquet."),
    (b"HEADER RECORD*******", "The input is a SAS transport file, which is not read. Save it as CSV or Parquet."),
    (bytes(12) + b"\xc2\xea\x81\x60", "The input is a SAS data set, which is not read. Save it as CSV or Parquet."),
    (b"X\n\0\0\0", "The input is an R object, which is not read. Save it as CSV or Parquet."),
    (b"RDX2\nX", "The input is an R workspace, which is not read. Save it as CSV or Parquet."),
    (b"RDX3\nX", "The input is an R workspace, which is not read. Save it as CSV or Parquet."),
    (b"\x89HDF", "The input is an HDF5 file, which is not read. Save it as CSV or Parquet."),
    (b"\0\1\0\0Standard ", "The input is an Access database, which is not read. Export the table as CSV."),
    (b"7z\xbc\xaf", "The input is a 7-Zip archive. Unpack it, and uphold what is in it."),
    (b"Rar!\x1a", "The input is a RAR archive. Unpack it, and uphold what is in it."),
    (b"-----BEGIN PGP", "The input is encrypted with PGP. Decrypt it, and uphold that."),
    (b"{\\rtf", "The input is a document in Rich Text Format, not a table."),
)
_DATABASES = {
    "sqlite": "The input is a SQLite database, not a table. Name it as sqlite:///FILE with --table and --into where the command takes "
    "databases; otherwise export the table as CSV or Parquet.",
    "duckdb": "The input is a DuckDB database, not a table. Name it as duckdb:///FILE with --table and --into where the command takes "
    "databases; otherwise export the table as CSV or Parquet.",
}
_EDGES: tuple[tuple[bytes, bytes, str], ...] = (
    (b"PARE", b"PARE", "The input is an encrypted Parquet file. Decrypt it where its keys are, and uphold that."),
    (b"ORC", b"ORC", "The input is an ORC file, which is not read. Save it as Parquet."),
)
"""What a heading could begin with as well: there are four bytes of the file's end to tell."""
_PACKED = re.compile(rb"BZh[1-9]1AY&SY|\x1f\x8b\x08|\x28\xb5\x2f\xfd|\xfd7zXZ")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|meta|style|!--)", re.IGNORECASE)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*(?:\"|\})")
_PARTS: tuple[tuple[str, str], ...] = (
    (
        "xl/workbook.bin",
        "The input is a binary workbook (.xlsb), which is not read. Save it as an Excel workbook (.xlsx), or as CSV.",
    ),
    (
        "content.xml",
        "The input is an OpenDocument file (.ods), which is not read. Save it as an Excel workbook (.xlsx), or as CSV.",
    ),
    ("word/document.xml", "The input is a Word document, not a table."),
    ("ppt/presentation.xml", "The input is a presentation, not a table."),
    (
        "Index/Document.iwa",
        "The input is a Numbers document, which is not read. Export it as CSV, every column as text.",
    ),
)
_STREAMS: tuple[tuple[str, str], ...] = (
    (
        "EncryptedPackage",
        "The input is a workbook that a password protects. Take the password away where it may be, or save the table as CSV.",
    ),
    (
        "Workbook",
        "The input is an old workbook (.xls), which is not read. Save it as an Excel workbook (.xlsx), or as CSV.",
    ),
    (
        "Book",
        "The input is an old workbook (.xls), which is not read. Save it as an Excel workbook (.xlsx), or as CSV.",
    ),
    ("WordDocument", "The input is an old Word document, not a table."),
)


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raises UnfitData where a file that begins with `head` is of a kind that is not upheld."""
    sentence = _by_magic(head) or _by_edges(path, head)
    if head.startswith(_ZIPPED):
        sentence = _zipped(path)
    elif head.startswith(_COMPOUND):
        sentence = _compound(path)
    if sentence:
        raise UnfitData("format-refused", sentence)


def refuse_foreign_inside(head: bytes) -> None:
    """The same for what a packed file holds."""
    sentence = _by_magic(head)
    if head.startswith((*_ZIPPED, _COMPOUND, b"PAR1", b"ARROW1")):
        sentence = "The input is packed, and holds no text. Unpack it, and uphold what is in it."
    if _PACKED.match(head):
        sentence = "The input is packed twice. Unpack it once, and uphold what is in it."
    if sentence:
        raise UnfitData("format-refused", sentence)


def _by_magic(head: bytes) -> str | None:
    if _MARKUP.match(head):
        return "The input is a web page or XML, whatever its name says. Open it and save the table as CSV, every column as text."
    if _JSON.match(head):
        return "The input is JSON, not a table. Make CSV or Parquet of it."
    if (kind := kind_of_head(head)) is not None:
        return _DATABASES[kind]
    return next((sentence for magic, sentence in _MAGIC if head.startswith(magic)), None)


def _by_edges(path: Path, head: bytes) -> str | None:
    for first, last, sentence in _EDGES:
        if head.startswith(first):
            with path.open("rb") as file:
                file.seek(-4, os.SEEK_END)
                if file.read().startswith(last):
                    return sentence
    return None


def _zipped(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            locked = any(one.flag_bits & 1 for one in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return "The input is a damaged archive, or a damaged workbook."
    if locked:
        return "The input is an archive that a password protects. Unpack it, and uphold what is in it."
    found = (sentence for part, sentence in _PARTS if part in names)
    plain = (
        None
        if holds_one_file(path)
        else "The input is an archive, and not of one plain file. Unpack it, and uphold what is in it."
    )
    return next(found, plain)


def _compound(path: Path) -> str:
    with path.open("rb") as file:
        whole = file.read(_MOST_READ)
    found = (sentence for name, sentence in _STREAMS if name.encode("utf-16-le") in whole)
    return next(found, "The input is an old Office document, not a table.")
