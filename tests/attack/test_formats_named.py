"""A file that is none of ours is called what it is, whatever its name says, and a heading is not taken for a magic number."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.domain.errors import UnfitData
from ndoo.upholding.input_files.foreign_formats import refuse_foreign
from tests.attack.scene import STAY, Scene, row

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


def archive(*names: str, locked: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "Quillfeather")
    whole = bytearray(out.getvalue())
    if locked:  # the flag in the local header and in the directory
        whole[6] |= 1
        whole[whole.index(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


KINDS = {
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "sqlite": (b"SQLite format 3\0" + bytes(100), "sqlite:///FILE"),
    "duckdb": (bytes(8) + b"DUCK" + bytes(50), "duckdb:///FILE"),
    "stream": (b"\xff\xff\xff\xff" + bytes(100), "Arrow stream"),
    "encrypted parquet": (b"PARE" + bytes(100) + b"PARE", "encrypted Parquet"),
    "feather": (b"FEA1\0\0\0\0", "Feather"),
    "orc": (b"ORC" + bytes(100) + b"ORC\x17", "ORC"),
    "avro": (b"Obj\x01\x04", "Avro"),
    "spss": (b"$FL2@(#) SPSS", "SPSS"),
    "packed spss": (b"$FL3@(#) SPSS", "SPSS"),
    "stata": (b"<stata_dta><header>", "Stata"),
    "xport": (b"HEADER RECORD*******LIBRARY HEADER RECORD", "SAS transport"),
    "sas": (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf" + bytes(100), "SAS data set"),
    "r": (b"X\n\0\0\0\x02", "R object"),
    "r workspace": (b"RDX3\nX\n", "R workspace"),
    "old r workspace": (b"RDX2\nX\n", "R workspace"),
    "hdf": (b"\x89HDF\r\n", "HDF5"),
    "access": (b"\0\1\0\0Standard ACE DB\0", "Access"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    "rar": (b"Rar!\x1a\x07", "RAR"),
    "pgp": (b"-----BEGIN PGP MESSAGE-----", "PGP"),
    "rtf": (rb"{\rtf1\ansi", "Rich Text"),
    "page": (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", "web page"),
    "table": (b"<table><tr>", "web page"),
    "xml": (b'<?xml version="1.0"?><Workbook>', "web page or XML"),
    "json": (b'[{"nhs_number": "x"}]', "JSON"),
    "json lines": (b'{"nhs_number": "x"}\n', "JSON"),
    "empty json": (b"[{}]", "JSON"),
    "xlsb": (archive("xl/workbook.bin"), ".xlsb"),
    "ods": (archive("mimetype", "content.xml"), ".ods"),
    "docx": (archive("word/document.xml"), "Word"),
    "pptx": (archive("ppt/presentation.xml"), "presentation"),
    "numbers": (archive("Index/Document.iwa"), "Numbers"),
    "zip": (archive("a.csv", "b.csv"), "not of one plain file"),
    "empty zip": (archive(), "not of one plain file"),
    "locked zip": (archive("a.csv", locked=True), "password"),
    "cut zip": (archive("a.csv")[:30], "damaged archive"),
    "locked workbook": (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "a password protects"),
    "xls": (COMPOUND + "Workbook".encode("utf-16-le"), ".xls"),
    "older xls": (COMPOUND + "Book".encode("utf-16-le"), ".xls"),
    "doc": (COMPOUND + "WordDocument".encode("utf-16-le"), "old Word"),
    "msg": (COMPOUND, "old Office document"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_file_is_called_what_it_is(kind: str, tmp_path: Path) -> None:
    content, said = KINDS[kind]
    path = tmp_path / "extract.csv"
    path.write_bytes(content)
    with pytest.raises(UnfitData) as refused:
        refuse_foreign(path, content[:256])
    assert (refused.value.code, said in refused.value.sentence) == ("format-refused", True), refused.value.sentence


@pytest.mark.parametrize(
    "heading", ["ORCID", "PARENT", "FEA1", "BZh", "RDX2", "Obj", "Rar!", "7z", "[x]", "<5", "X", "%PDF", "$FL"]
)
def test_a_heading_is_no_magic_number(heading: str, scene: Scene) -> None:
    scene.put(f"{heading},nhs_number\n" + "".join(f"x,{number}\n" for number in STAY))
    assert scene.upholds_both_ways(0).manifest["rows"]["kept"] == len(STAY)


@pytest.mark.parametrize("kind", ["zip", "xls", "pdf", "page", "sas"])
def test_what_a_packed_file_holds_is_named_too(kind: str, scene: Scene) -> None:
    scene.put(gzip.compress(KINDS[kind][0], mtime=0))
    scene.refuses(3, "format-refused")


def test_packed_parquet_is_no_text(scene: Scene) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"nhs_number": [row(STAY[0])]}), out)
    scene.put(gzip.compress(out.getvalue(), mtime=0))
    assert "Unpack it" in scene.refuses(3, "format-refused").told
