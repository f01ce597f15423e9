"""Can a packed, cut or foreign file pass for a whole table? Refused, in bounded memory."""

from __future__ import annotations

import gzip
import io
import sqlite3
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from ndoo.upholding.text import blocks
from tests.attack.scene import GO, HEADING, MUST_GO, STAY, Scene, row, table
from tests.conftest import TODAY

EXTRACT = table()
LONG = table([*map(row, STAY), row(GO[0], MUST_GO)] * 3000)


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def zstd(text: str) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(text.encode())


def flipped(packed: bytes, at: int) -> bytes:
    """One bit of one byte changed."""
    whole = bytearray(packed)
    whole[at] ^= 1
    return bytes(whole)


@pytest.mark.parametrize("pack", [gzipped, zstd])
def test_packed_extracts_are_upheld_whatever_their_name(pack: Callable[[str], bytes], scene: Scene) -> None:
    scene.put(pack(EXTRACT))
    assert scene.upholds_both_ways(0).output.decode() == table([*map(row, STAY), *map(row, STAY)])


@pytest.mark.parametrize("pack", [gzipped, zstd])
@pytest.mark.parametrize("lost", [1, 5, 12, 400], ids=["a_byte", "half_the_trailer", "the_trailer", "some_rows"])
def test_a_packed_file_that_is_cut_is_not_whole(pack: Callable[[str], bytes], lost: int, scene: Scene) -> None:
    packed = pack(LONG)
    scene.put(packed[: max(len(packed) - lost, len(packed) // 2)])
    scene.refuses(3, "input-cut")


@pytest.mark.parametrize(
    ("pack", "at"), [(gzipped, -6), (gzipped, -3), (zstd, -2)], ids=["gzip_checksum", "gzip_length", "zstd_checksum"]
)
def test_a_packed_file_with_a_damaged_checksum_is_not_whole(
    pack: Callable[[str], bytes], at: int, scene: Scene
) -> None:
    scene.put(flipped(pack(LONG), at))
    scene.refuses(3, "input-damaged")


@pytest.mark.parametrize(
    "rubbish", [b"rubbish behind it", b"\n", b"\x1f", bytes(100)], ids=["words", "line_feed", "half_a_magic", "zeros"]
)
@pytest.mark.parametrize("pack", [gzipped, zstd])
def test_rubbish_behind_a_packed_file_is_not_passed_over(
    pack: Callable[[str], bytes], rubbish: bytes, scene: Scene
) -> None:
    scene.put(pack(LONG) + rubbish)
    said = scene.uphold()
    assert said.status == 3
    assert said.json["error"]["code"] in ("input-damaged", "input-cut")
    assert not (scene.folder / "out.csv").exists()


@pytest.mark.parametrize("pack", [gzipped, zstd])
def test_a_second_packed_part_is_read_too(pack: Callable[[str], bytes], scene: Scene) -> None:
    """Readers that stop at the first part would release half, and never say so."""
    scene.put(pack(table(map(row, STAY))) + pack(row(GO[0], MUST_GO) + "\n" + row(STAY[0]) + "\n"))
    outcome = scene.upholds_both_ways(0)
    assert (outcome.manifest["rows"]["kept"], outcome.manifest["rows"]["removed"]) == (len(STAY) + 1, 1)


def test_a_name_that_says_packed_is_not_believed(scene: Scene) -> None:
    scene.put(EXTRACT, "in.csv.gz")
    assert scene.upholds(0, source="in.csv.gz").manifest["rows"]["removed"] == 2


def test_a_file_packed_twice_is_no_table(scene: Scene) -> None:
    scene.put(gzip.compress(gzipped(LONG)))
    assert scene.uphold().status == 3


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<row><v>{MUST_GO}</v></row>")
    return out.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE extract (nhs_number TEXT)")
    dump = connection.serialize()
    connection.close()
    return dump


def arrow_stream() -> bytes:
    out = io.BytesIO()
    batch = pa.table({"nhs_number": STAY})
    with pa.ipc.new_stream(out, batch.schema) as writer:
        writer.write_table(batch)
    return out.getvalue()


FOREIGN = {
    "workbook": workbook,
    "old_workbook": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "database": database,
    "arrow_stream": arrow_stream,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_refused_by_name(kind: str, scene: Scene) -> None:
    scene.put(FOREIGN[kind]())
    scene.refuses(3, "format-refused")


@pytest.mark.parametrize(
    "content",
    [
        b'[{"nhs_number": "x", "surname": "Quillfeather"}]\n',
        b"<html><body>Quillfeather</body></html>\n",
        b"\x7fELF" + bytes(200),
        b"-----BEGIN PGP MESSAGE-----\n\nQuillfeather\n-----END PGP MESSAGE-----\n",
        b"7z\xbc\xaf\x27\x1c" + bytes(range(256)),
        b"Rar!\x1a\x07\x01\x00" + bytes(range(256)),
        b"BZh91AY&SY" + bytes(range(256)),
    ],
    ids=["json", "web_page", "program", "encrypted", "seven_zip", "rar", "bzip2"],
)
def test_what_is_no_table_is_not_upheld(content: bytes, scene: Scene) -> None:
    scene.put(content)
    assert scene.uphold().status == 3
    assert not list(scene.folder.glob("out*"))


def columnar(scene: Scene, kind: str, table_: pa.Table) -> bytes:
    path = scene.folder / "built"
    if kind == "parquet":
        parquet.write_table(table_, path)
    else:
        with pa.ipc.new_file(path, table_.schema) as writer:
            writer.write_table(table_, max_chunksize=100)
    whole = path.read_bytes()
    path.unlink()
    return whole


KINDS = ("parquet", "arrow")
PATIENTS = pa.table({"nhs_number": STAY * 100, "surname": ["Quillfeather"] * 800})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.99, 0.6, 0.1], ids=["its_end", "near_half", "nearly_all"])
def test_a_columnar_file_that_is_cut_is_not_whole(kind: str, share: float, scene: Scene) -> None:
    whole = columnar(scene, kind, PATIENTS)
    scene.put(whole[: int(len(whole) * share)])
    scene.refuses(3, "input-damaged")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", [pa.float64(), pa.decimal128(20, 1)], ids=["float", "decimal"])
def test_numbers_that_became_arithmetic_are_refused(kind: str, type_: pa.DataType, scene: Scene) -> None:
    """One blank cell is enough for pandas to make a whole column of identifiers floating point."""
    numbers = pa.array([int(n) for n in [*STAY, *GO]], pa.int64()).cast(type_)
    scene.put(columnar(scene, kind, pa.table({"nhs_number": numbers})))
    scene.refuses(3, "column-type", "--nhs-number", "nhs_number", output=f"out.{kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_two_columns_of_one_name_are_refused_in_columnar_files(kind: str, scene: Scene) -> None:
    double = pa.Table.from_arrays([pa.array(STAY), pa.array(GO * 2)], names=["nhs_number", "nhs_number"])
    scene.put(columnar(scene, kind, double))
    scene.refuses(3, "columns-double", output=f"out.{kind}")


def test_a_packed_bomb_is_refused_in_bounded_memory(scene: Scene) -> None:
    """A quarter of a gigabyte of one row in a few kilobytes: refused by its length, long before it is all there."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    parts = [packer.compress(f"{HEADING}\n".encode())]
    parts += [packer.compress(b"x" * (1 << 20)) for _ in range(256)]
    scene.put(b"".join([*parts, packer.flush()]))
    assert (scene.folder / "in.csv").stat().st_size < 100_000
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from ndoo.cli.main import run
        sys.argv = ["ndoo", "uphold", "in.csv", "-o", "out.csv", "--nhs-number", "nhs_number", "--allowed", "allowed.dat",
                    "--checked-at", "{TODAY}"]
        try:
            run()
        finally:
            print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])  # not its parent's, as rusage's
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=scene.folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "longer than" in done.stderr
    assert int(done.stdout) < 600 * 1024, "kilobytes"
    assert not list(Path(scene.folder).glob("out*"))


def test_a_row_without_end_is_refused_by_its_length(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LONGEST_ROW", 1 << 22)
    scene.put(table([*map(row, STAY), row("x" * (9 << 20))]))
    assert "Row 9 " in scene.refuses(3, "row-too-long", "--nhs-number", "nhs_number").told


def test_a_heading_without_end_is_refused_by_its_length(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LONGEST_ROW", 1 << 22)
    scene.put(b"x" * (17 << 20))
    assert "heading" in scene.refuses(3, "row-too-long").told


@pytest.mark.parametrize("many", [30_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_tens_of_thousands_of_columns_are_upheld(many: int, scene: Scene) -> None:
    """As a reply wide tables get, not a hang."""
    heading = "nhs_number," + ",".join(f"c{at}" for at in range(many))
    rows = [number + ",0" * many for number in (*STAY[:3], GO[0])]
    scene.put(table(rows, heading=heading))
    assert scene.upholds(0).output.decode() == table(rows[:3], heading=heading)
