"""Files that lie about how their values lie: a sentence, never a crash, foreign memory, or all of the machine's memory.

Damaged files are read in a process of their own, because what is tested for is that the process lives.
"""

from __future__ import annotations

import errno
import io
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.columnar import ipc_layout, parquet_reader
from ndoo.columnar.arrow_reader import ArrowFileReader, ArrowStreamReader
from ndoo.columnar.faults import faults
from ndoo.columnar.growing_dictionary import GrowingDictionary
from ndoo.columnar.ipc_layout import LARGEST_UNPACKED, IpcLayout, Misplaced
from ndoo.columnar.parquet_footer import Footer, footer_bytes
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.columnar.shown_rows import ShownRows
from ndoo.domain.errors import Fault, UnfitData
from ndoo.numbers import columnar_kernel, compiled
from tests.support.numbers import some

NUMBERS = some(40)
COLUMNS: dict[str, Any] = {
    "nhs_number": pa.array(NUMBERS),
    "view": pa.array([f"note {number} {'x' * 20}" for number in NUMBERS], pa.string_view()),
    "lists": pa.array([["a", None, "b" * 30], None] * 20),
    "list_views": pa.array([[1, 2, 3], []] * 20, pa.list_view(pa.int32())),
    "dictionary": pa.array(["north", "south"] * 20).dictionary_encode(),
    "map": pa.array([[("k", 1)], []] * 20, pa.map_(pa.string(), pa.int64())),
    "struct": pa.array([{"a": "b"}, None] * 20),
    "fixed": pa.array([[1, 2]] * 40, pa.list_(pa.int16(), 2)),
}
TABLE = pa.table(COLUMNS)
_IN_PARQUET = TABLE.drop_columns(["list_views"])


def _arrow(table: Any, **options: Any) -> bytes:
    held = io.BytesIO()
    with pa.ipc.new_file(held, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as file:
        file.write_table(table, max_chunksize=16)
    return held.getvalue()


def _stream(table: Any) -> bytes:
    held = io.BytesIO()
    with pa.ipc.new_stream(held, table.schema) as file:
        file.write_table(table, max_chunksize=16)
    return held.getvalue()


def _parquet(table: Any, **options: Any) -> bytes:
    held = io.BytesIO()
    pq.write_table(table, held, **options)
    return held.getvalue()


READERS: dict[str, Any] = {
    "ArrowFileReader": ArrowFileReader,
    "ArrowStreamReader": ArrowStreamReader,
    "ParquetReader": ParquetReader,
    "by_dictionaries": lambda path: ParquetReader(path).by_dictionaries(),
}
_SHARED = pa.table(
    {"nhs_number": NUMBERS * 25, "word": ["north", "south", None, "w" * 50] * 250, "raw": [b"\xff", b""] * 500}
)
FILES = [
    ("ArrowFileReader", _arrow(TABLE, compression=None)),
    ("ArrowFileReader", _arrow(TABLE, compression="lz4")),
    ("ArrowStreamReader", _stream(TABLE)),
    ("ParquetReader", _parquet(_IN_PARQUET, compression="none")),
    ("ParquetReader", _parquet(_IN_PARQUET, use_dictionary=False, row_group_size=11)),
    ("by_dictionaries", _parquet(_SHARED, compression="none", row_group_size=500)),
]
_READ = """
import sys, random, struct
from pathlib import Path
from ndoo.columnar.arrow_reader import ArrowFileReader, ArrowStreamReader
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.columnar.shown_rows import ShownRows
from ndoo.columnar.layouts import not_released
from ndoo.columnar.texts import texts_in
from ndoo.domain.errors import NdooError
import pyarrow as pa
def by_dictionaries(path):
    return ParquetReader(path).by_dictionaries()
kind, source, seed, runs = sys.argv[1:]
raw, place = Path(source).read_bytes(), Path(source + ".damaged")
chance, read, refused = random.Random(int(seed)), 0, 0
for _ in range(int(runs)):
    damaged = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        at = chance.randrange(len(damaged))
        match chance.randrange(4):
            case 0: damaged[at] ^= 1 << chance.randrange(8)
            case 1: damaged[at] = chance.choice((0, 1, 127, 128, 255))
            case 2: damaged[at & ~3 : (at & ~3) + 4] = struct.pack("<i", chance.choice((-1, 0, 1, 2**31 - 1, -2**31, 65536)))
            case 3: del damaged[at:]; damaged += b"\\0"
    place.write_bytes(damaged)
    try:
        reader = globals()[kind](place)
        for batch in reader.batches():
            for column in batch.columns:
                for text in texts_in(column): text.to_pylist() if text.type == pa.large_binary() else len(text)
            if not any(not_released(field.type) for field in batch.schema):
                try: ShownRows(batch, pa.py_buffer(b"\\x55" * (batch.num_rows // 8 + 1)), reader.own_dictionaries).batch.validate()
                except pa.ArrowException: assert kind in ("ParquetReader", "by_dictionaries")
        read += 1
    except NdooError as error:
        refused += 1
print(read, refused)
"""


def _read_damaged(tmp_path: Path, kind: str, content: bytes, seed: int, runs: int) -> tuple[int, int]:
    (tmp_path / "in").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _READ, kind, str(tmp_path / "in"), str(seed), str(runs)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    read, refused = map(int, done.stdout.split())
    return read, refused


@pytest.mark.parametrize(("kind", "content"), FILES, ids=range(len(FILES)))
def test_a_damaged_file_is_a_sentence_or_sound(kind: str, content: bytes, tmp_path: Path) -> None:
    read, refused = _read_damaged(tmp_path, kind, content, 7, 150)
    assert read + refused == 150
    assert refused


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("kind", "content"), FILES, ids=range(len(FILES)))
def test_thousands_of_damaged_files_are_sentences_or_sound(
    kind: str, content: bytes, seed: int, tmp_path: Path
) -> None:
    read, refused = _read_damaged(tmp_path, kind, content, 1000 + seed, 3000)
    assert read + refused == 3000


def _put(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "in").write_bytes(content)
    return tmp_path / "in"


def _ended(kind: str, path: Path) -> str:
    """The code of the refusal."""
    with pytest.raises(UnfitData) as refused:
        list(READERS[kind](path).batches())
    return refused.value.code


@pytest.mark.parametrize(
    "content", [b"", b"ARROW1", b"ARROW1\0\0" + b"\xff" * 4 + b"ARROW1", b"PAR1", b"PAR1\0\0\0\0PAR1", b"\0" * 64]
)
@pytest.mark.parametrize("kind", READERS)
def test_what_is_no_file_of_the_kind_is_damaged(kind: str, content: bytes, tmp_path: Path) -> None:
    assert _ended(kind, _put(tmp_path, content)) == "input-damaged"


def test_offsets_that_lead_out_of_a_buffer_never_give_foreign_memory(tmp_path: Path) -> None:
    """A list of text whose last offset is far behind its text: the library would copy what lies there into a sealed release."""
    table = pa.table({"nhs_number": NUMBERS[:4], "note": ["aa", "bb", "cc", "dd"]})
    raw = bytearray(_arrow(table, compression=None))
    at = raw.index(struct.pack("<5i", 0, 2, 4, 6, 8))
    raw[at + 16 : at + 20] = struct.pack("<i", 1 << 20)
    assert _ended("ArrowFileReader", _put(tmp_path, bytes(raw))) == "input-damaged"


def test_a_place_in_a_dictionary_that_is_not_there_is_damage(tmp_path: Path) -> None:
    table = pa.table({"x": pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, 0], pa.int8()), pa.array(["aa", "bb"]))})
    raw = bytearray(_arrow(table, compression=None))
    at = raw.rindex(b"\0\1\1\0")
    raw[at : at + 4] = b"\0\1\x7f\0"
    assert _ended("ArrowFileReader", _put(tmp_path, bytes(raw))) == "input-damaged"


def test_a_packed_batch_that_unpacks_to_more_than_is_read_at_once_is_refused(tmp_path: Path) -> None:
    raw = _arrow(pa.table({"x": [bytes(70_001)]}), compression="zstd")
    said = struct.pack("<q", 70_001)
    at = raw.rindex(said)
    path = _put(tmp_path, raw[:at] + struct.pack("<q", LARGEST_UNPACKED + 1) + raw[at + 8 :])
    assert _ended("ArrowFileReader", path) == "input-batch-large"


def test_a_message_of_another_kind_in_a_batch_s_place_is_misplaced(tmp_path: Path) -> None:
    path = _put(tmp_path, _arrow(TABLE, compression=None))
    with path.open("rb") as file:
        layout = IpcLayout(file)
        block = layout.batches[0]
        schema = type(block)(8, block.offset, 0)  # the schema's own message, behind the magic
        with pytest.raises(Misplaced):
            layout.check(schema)


def test_numbers_of_a_message_that_cannot_be_are_misplaced(tmp_path: Path) -> None:
    """Fewer than no rows, more nulls than rows, a piece packed into less than its own length: each by the bytes that say it."""
    raw = _arrow(pa.table({"x": pa.array([7, None] * 501, pa.int64())}), compression="lz4")
    rows, nulls = struct.pack("<q", 16), struct.pack("<qq", 16, 8)
    for said, lie in ((nulls, struct.pack("<qq", 16, 17)), (nulls, struct.pack("<qq", 16, -1))):
        assert said in raw
        assert _ended("ArrowFileReader", _put(tmp_path, raw.replace(said, lie, 1))) == "input-damaged"
    at = raw.index(struct.pack("<qq", 16, 8))
    before = raw.rindex(rows, 0, at)
    lied = raw[:before] + struct.pack("<q", -16) + raw[before + 8 :]
    assert _ended("ArrowFileReader", _put(tmp_path, lied)) == "input-damaged"
    unpacked = struct.pack("<q", 128)
    at = raw.index(unpacked, at)
    lied = raw[:at] + struct.pack("<q", -2) + raw[at + 8 :]
    assert _ended("ArrowFileReader", _put(tmp_path, lied)) == "input-damaged"


def _footer_changed(raw: bytes, was: bytes, now: bytes) -> bytes:
    assert was in raw
    at = raw.rindex(was)
    return raw[:at] + now + raw[at + len(was) :]


def test_a_parquet_footer_that_cannot_be_is_damage(tmp_path: Path) -> None:
    table = pa.table({"x": pa.array([1, 2, 3], pa.int32())})
    raw = _parquet(table, compression="none", write_statistics=False, use_dictionary=False, store_schema=False)
    length = struct.unpack("<I", raw[-8:-4])[0]
    for lie in (raw[:-8] + struct.pack("<I", 1 << 30) + b"PAR1", raw[:-8] + struct.pack("<I", length - 9) + b"PAR1"):
        assert _ended("ParquetReader", _put(tmp_path, lie)) == "input-damaged"


@pytest.mark.parametrize("fewer", [0, 1000], ids=["none", "some"])
@pytest.mark.parametrize("told", range(4), ids=["file", "first column", "second column", "group"])
def test_rows_that_a_footer_counts_differently_are_not_left_out(told: int, fewer: int, tmp_path: Path) -> None:
    """The library reads a group until one of its columns says that it ends, and the rest of them would be in no count."""
    table = pa.table({"nhs_number": pa.array(range(1234)), "visit": pa.array(range(1234))})
    raw = _parquet(table, compression="none", write_statistics=False, use_dictionary=False, store_schema=False)
    was = b"\x16\xa4\x13"  # a number of 64 bits in thrift's compact protocol
    now = {0: b"\x16\x80\x00", 1000: b"\x16\xd0\x0f"}[fewer]
    before, *after = raw.split(was)
    assert len(after) == 4
    lied = before + b"".join((now if at == told else was) + rest for at, rest in enumerate(after))
    try:
        rows = [row for batch in ParquetReader(_put(tmp_path, lied)).batches() for row in batch.to_pylist()]
    except UnfitData as refused:
        assert refused.code == "input-damaged"
    else:
        assert rows == table.to_pylist(), "rows were left out"


def test_a_footer_is_held_against_the_columns_that_the_library_tells_of(tmp_path: Path) -> None:
    raw = footer_bytes(_put(tmp_path, _parquet(pa.table({"x": [1]}))))
    assert Footer(raw, ["x"]).rows == [1]
    for content, paths in ((raw, []), (raw, ["x", "y"]), (b"\xff" * 20, ["x"]), (raw[:-9], ["x"])):
        with pytest.raises(UnfitData) as refused:
            Footer(content, paths)
        assert refused.value.code == "input-damaged"


def test_columns_that_are_encrypted_in_an_open_footer_are_called_so(tmp_path: Path) -> None:
    """`encryption_algorithm` is field 8 of FileMetaData in parquet.thrift: a union, of which AES_GCM_V1 is the first."""
    raw = footer_bytes(_put(tmp_path, _parquet(pa.table({"x": [1]}), store_schema=False)))
    assert raw[-1] == 0, "the end of FileMetaData"
    with pytest.raises(UnfitData) as refused:
        Footer(raw[:-1] + bytes((0x0C, 0x10)) + bytes((0x1C, 0x00, 0x00)) + b"\0", ["x"])
    assert refused.value.code == "input-encrypted"


def test_a_flat_buffer_says_nothing_that_it_does_not_hold() -> None:
    table = ipc_layout._root(struct.pack("<IHHi", 8, 4, 4, 4))
    assert not table.has(0)
    assert table.number(3, "<q") == 0
    assert not table.structs(1, "<q")
    with pytest.raises(Misplaced):
        table.table(2)


def test_encrypted_parquet_is_called_so(tmp_path: Path) -> None:
    assert _ended("ParquetReader", _put(tmp_path, b"PARE" + bytes(40) + b"PARE")) == "input-encrypted"


def test_rows_that_no_machine_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_reader, "LONGEST_ROW", 1000)
    raw = _parquet(pa.table({"x": ["w" * 5000]}), compression="none", use_dictionary=False)
    assert _ended("ParquetReader", _put(tmp_path, raw)) == "input-row-long"


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"])
def test_values_written_as_what_they_add_come_whole(encoding: str, tmp_path: Path) -> None:
    values = [f"the same words before {at}" for at in range(2000)]
    raw = _parquet(pa.table({"x": values}), use_dictionary=False, column_encoding={"x": encoding})
    batches = list(ParquetReader(_put(tmp_path, raw)).batches())
    assert [value for batch in batches for value in batch.column(0).to_pylist()] == values


@pytest.mark.parametrize("shape", ["lists", "structs", "maps", "extensions"])
def test_long_words_in_dictionaries_within_other_types_are_weighed(
    shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rows have no item, so the dictionary comes later."""
    monkeypatch.setattr(parquet_reader, "AT_WORST", 1 << 16)
    word = "w" * 5000
    if shape == "lists":
        column = pa.array([[]] * 100 + [[word, word]] * 100 + [None], pa.list_(pa.string()))
    elif shape == "structs":
        column = pa.array([None] * 100 + [{"a": word, "n": 1}] * 100, pa.struct([("a", pa.string()), ("n", pa.int8())]))
    elif shape == "extensions":
        column = pa.array([None] * 100 + [f'"{word}"'] * 100, pa.json_())
    else:
        column = pa.array([[]] * 100 + [[("k", word)]] * 100, pa.map_(pa.string(), pa.string()))
    reader = ParquetReader(_put(tmp_path, _parquet(pa.table({"at": range(len(column)), "x": column}))))
    batches = list(reader.batches())
    assert [value for batch in batches for value in batch.column(1).to_pylist()] == column.to_pylist()
    assert [value for batch in reader.batches(["x"]) for value in batch.column(0).to_pylist()] == column.to_pylist()


def test_what_the_library_raises_is_a_sentence_each() -> None:
    raised: list[tuple[Exception, str]] = [
        (pa.ArrowNotImplementedError("a value of somebody"), "input-unsupported"),
        (RecursionError(), "input-unsupported"),
        (MemoryError(), "input-memory"),
        (OSError("Couldn't deserialize thrift"), "input-damaged"),
        (OSError("The file is encrypted"), "input-encrypted"),
        (pa.ArrowInvalid("a value of somebody"), "input-damaged"),
        (OverflowError(), "input-damaged"),
    ]
    for error, code in raised:
        with pytest.raises(UnfitData) as refused, faults():
            raise error
        assert refused.value.code == code
        assert "somebody" not in refused.value.sentence


def test_a_disk_that_fails_is_a_fault_of_the_machine() -> None:
    with pytest.raises(Fault) as fault, faults():
        raise OSError(errno.EIO, "a value of somebody")
    assert (fault.value.code, "somebody" in fault.value.sentence) == ("machine-fault", False)


def test_a_name_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    for table in (pa.table({"x12345": [1]}), pa.table({"y": pa.array([{"x12345": 1}])})):
        raw = _arrow(table, compression=None).replace(b"x12345", b"x12\xff45")
        assert _ended("ArrowFileReader", _put(tmp_path, raw)) == "column-name"


def test_rows_that_share_places_in_views_of_a_growing_dictionary() -> None:
    views = pa.array(["a" * 20, "b" * 20], pa.string_view())
    kind = pa.dictionary(pa.int8(), pa.string_view())
    growing = GrowingDictionary("x")
    for places in ([0, None, 0], [1, 0]):
        column = pa.DictionaryArray.from_arrays(pa.array(places, pa.int8()), views)
        taken = growing.taken_in(column)
        assert taken.type == kind
        assert taken.to_pylist() == [None if at is None else "ab"[at] * 20 for at in places]


def test_a_kernel_that_was_not_built_is_an_import_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "compiled.py"))
    with pytest.raises(ImportError, match="pip install"):
        columnar_kernel.library.__wrapped__()


def test_what_a_rebuilder_does_not_know_is_never_written() -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["a"]))
    with pytest.raises(pa.ArrowNotImplementedError):
        ShownRows(pa.RecordBatch.from_arrays([runs], names=["x"]), pa.py_buffer(b"\x03"))


_PEAK = """
import sys
from pathlib import Path
from ndoo.columnar.parquet_reader import ParquetReader
reader = ParquetReader(Path(sys.argv[1]))
rows = sum(batch.num_rows for batch in (reader.by_dictionaries() if sys.argv[2] == "True" else reader).batches())
print(rows, Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells the most memory that a process had")
@pytest.mark.parametrize(("nested", "shared"), [(False, False), (True, False), (False, True)])
def test_a_few_kilobytes_that_stand_for_gigabytes_take_half_a_gigabyte(
    nested: bool, shared: bool, tmp_path: Path
) -> None:
    words = pa.array(["w" * (1 << 14)])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * (1 << 17), pa.int32()), words)
    table = pa.table({"x": pa.StructArray.from_arrays([column], ["a"]) if nested else column})
    pq.write_table(table, tmp_path / "in.parquet", compression="zstd", store_schema=False)
    assert (tmp_path / "in.parquet").stat().st_size < 40_000
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(tmp_path / "in.parquet"), str(shared)],
        capture_output=True,
        text=True,
        check=False,
    )
    rows, peak = map(int, done.stdout.split())
    assert rows == 1 << 17
    assert peak < 512 << 10
