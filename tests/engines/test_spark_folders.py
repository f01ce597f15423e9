"""A folder that Spark upholds: every type, value, path and name is as it was, or is refused by name before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.settings import data_folder
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.parquet_and_arrow import parquet
from ndoo.upholding.parquet_and_arrow.parquet_parts import parts_of
from ndoo.upholding.parquet_and_arrow.partition_names import refuse_identifying_folder, refuse_withheld_folders
from ndoo.upholding.request import Request
from ndoo.upholding.spark import kept_types, open_source, rewrite
from ndoo.upholding.uphold import uphold as upheld_release
from tests.conftest import TODAY, Ndoo
from tests.engines.sparks import OneMachine
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PEOPLE = some(40)
GONE, STAY = PEOPLE[:10], PEOPLE[10:]
LIST = cleaned_list(Polarity.OPTED_OUT, GONE, None)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Java is started."""
    monkeypatch.setattr(open_source, "session", OneMachine)


def uphold(source: Path, output: Path, *, ignored: tuple[str, ...] = (), **more: Any) -> Any:
    request = Request(
        source,
        output,
        LIST,
        datetime.now(UTC),
        columns=ColumnChoice("n", ignored=ignored),
        expected_share=(0, 100),
        engine=ReleaseKind.PARQUET_FOLDER,
        **more,
    )
    return upheld_release(request, load_sealer(data_folder()))


def refused(source: Path, **more: Any) -> NdooError:
    output = source.with_name("refused")
    with pytest.raises(NdooError) as said:
        uphold(source, output, **more)
    assert not output.exists()
    return said.value


def put(table: pa.Table, path: Path, **written: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **written)
    return path


_US = [datetime(2026, 1, 1, 0, 0, 0, 5), datetime(9999, 12, 31), datetime(1500, 2, 28), None]
_DAYS = [date(1500, 2, 28), date(9999, 12, 31), date(1, 1, 1), None]
VALUES: dict[str, pa.Array] = {
    **{
        f"timestamp {unit} {zone}": pa.array([1, -1, 1_700_000_000, None], pa.timestamp(unit, zone))
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "UTC", "Europe/London")
    },
    **{f"duration {unit}": pa.array([1, -1, 10**6, None], pa.duration(unit)) for unit in ("s", "ms", "us", "ns")},
    "far in UTC": pa.array(_US, pa.timestamp("us", "UTC")),
    "far": pa.array(_US, pa.timestamp("us")),
    "days": pa.array(_DAYS, pa.date32()),
    "days in ms": pa.array(_DAYS, pa.date64()),
    "time s": pa.array([time(1), None] * 2, pa.time32("s")),
    "time ms": pa.array([time(1), None] * 2, pa.time32("ms")),
    "time us": pa.array([time(1, 2, 3, 4), None] * 2, pa.time64("us")),
    "time ns": pa.array([1, 2, 3, None], pa.time64("ns")),
    **{f"{kind}": pa.array([1, 2, 100, None], kind) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{
        f"{kind}": pa.array([1, 2, (1 << kind.bit_width) - 1, None], kind)
        for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
    },
    **{f"{kind}": pa.array([0.5, -0.0, 2.0, None], kind) for kind in (pa.float16(), pa.float32(), pa.float64())},
    "bool": pa.array([True, False, True, None]),
    "null": pa.nulls(4),
    **{f"{kind}": pa.array(["a", "é", "", None], kind) for kind in (pa.string(), pa.large_string(), pa.string_view())},
    **{
        f"{kind}": pa.array([b"\xff", b"a", b"", None], kind)
        for kind in (pa.binary(), pa.large_binary(), pa.binary_view())
    },
    "fixed": pa.array([b"abcd", b"\0\0\0\0", b"\xff\xff\xff\xff", None], pa.binary(4)),
    **{
        f"{kind}": pa.array([Decimal("1.25"), Decimal("-0.05"), None, None], kind)
        for kind in (pa.decimal32(5, 2), pa.decimal64(12, 2), pa.decimal128(30, 2), pa.decimal256(60, 2))
    },
    **{
        f"dictionary {kind}": pa.array(["a", "b", "a", None]).dictionary_encode().cast(pa.dictionary(kind, pa.string()))
        for kind in (pa.int8(), pa.uint16(), pa.int32())
    },
    "ordered": pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, None], pa.int32()), ["a", "b"], ordered=True),
    "list": pa.array([["a"], [], None, [None]]),
    "large list": pa.array([[1], [], None, [None]], pa.large_list(pa.uint8())),
    "three": pa.array([[1, 2, 3], None, [4, 5, 6], None], pa.list_(pa.int16(), 3)),
    "struct": pa.array(
        [{"a": 1, "b": datetime(2026, 1, 1)}, None, {"a": None, "b": None}, None],
        pa.struct([("a", pa.uint32()), ("b", pa.timestamp("ms", "UTC"))]),
    ),
    "map": pa.array([[("a", b"b")], [], None, [("c", None)]], pa.map_(pa.string(), pa.binary())),
    "deep": pa.array([[{"a": [1]}], [], None, [None]], pa.list_(pa.struct([("a", pa.list_(pa.uint64()))]))),
}


def _typed() -> pa.Table:
    """A column of every type in 40 rows; the kept and the removed alternate."""
    columns = {name: pa.concat_arrays([values] * 10) for name, values in VALUES.items()}
    fields = [pa.field("n", pa.string(), nullable=False)]
    fields += [pa.field(name, values.type, metadata={"unit": name}) for name, values in columns.items()]
    fields.append(pa.field("sure", pa.int32(), nullable=False))
    schema = pa.schema(fields, metadata={"made by": "somebody"})
    return pa.table([mixed(), *columns.values(), pa.array(range(40), pa.int32())], schema=schema)


def _plain(column: Any) -> pa.Array:
    """Views, of which the library cannot take rows, and dictionaries, which may have other places, as what they stand for."""
    kinds = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else kinds.get(column.type, column.type)
    return column.cast(kind).combine_chunks()


def mixed() -> list[str]:
    """Everybody: the ten who go are spread among the others."""
    return [GONE[at // 4] if at % 4 == 1 else STAY[at - (at + 2) // 4] for at in range(40)]


def released(output: Path) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(path).read() for path in sorted(output.rglob("*.parquet"))])


@pytest.fixture(params=["Spark", "one machine"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("spark" if request.param == "Spark" else "here")


def test_every_type_comes_out_as_it_went_in(engine: Any, tmp_path: Path) -> None:
    """Spark read timestamps without their zone, unsigned numbers as others, fixed bytes as any, and dropped all metadata."""
    table = _typed()
    put(table, tmp_path / "in" / "a.parquet", row_group_size=7)
    put(table.slice(0, 8), tmp_path / "in" / "b.parquet", compression="zstd")
    uphold(tmp_path / "in", tmp_path / "out")
    stays = [at for at, number in enumerate(table["n"].to_pylist()) if number in STAY]
    first, second = (pq.ParquetFile(tmp_path / "out" / f"part-0000{at}.parquet") for at in (0, 1))
    before = pq.ParquetFile(tmp_path / "in" / "a.parquet")
    for read in (first, second):
        assert read.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    table = before.read()
    for name in table.column_names:
        assert _plain(first.read([name])[name]).equals(_plain(table[name]).take(stays)), name
    assert second.read()["sure"].to_pylist() == [0, 2, 3, 4, 6, 7]
    assert second.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize(
    "written",
    [
        {"store_schema": False},
        {"store_schema": False, "version": "1.0"},
        {"store_schema": False, "store_decimal_as_integer": True},
        {"store_schema": False, "use_deprecated_int96_timestamps": True},
        {"store_schema": False, "use_compliant_nested_type": False},
    ],
    ids=str,
)
def test_types_stay_that_only_parquet_says(here: None, tmp_path: Path, written: dict[str, Any]) -> None:
    """As Spark, Hive, DuckDB and others write: no schema of Arrow lies beside that of Parquet, whose metadata stayed away."""
    table = _typed()
    if {"use_deprecated_int96_timestamps", "version"} & written.keys():  # in these they are none
        table = table.drop_columns([name for name in table.column_names if name.startswith("timestamp ns")])
    before = pq.ParquetFile(put(table, tmp_path / "in" / "a.parquet", **written))
    uphold(tmp_path / "in", tmp_path / "out")
    after = pq.ParquetFile(tmp_path / "out" / "part-00000.parquet")
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    assert str(after.schema).splitlines()[1:] == str(before.schema).splitlines()[1:]
    stays = [at for at, number in enumerate(table["n"].to_pylist()) if number in STAY]
    assert after.read().equals(before.read().take(stays))


def test_old_timestamps_keep_their_year_or_are_refused_by_name(here: None, tmp_path: Path) -> None:
    """A stay that ends on 31 December 9999 ended in 1816: INT96 was read as nanoseconds in 64 bits."""
    old = {"use_deprecated_int96_timestamps": True, "store_schema": False}
    deep = [[{"at": moment}] for moment in _US]
    far = {
        "n": mixed(),
        "ends": pa.array(_US * 10, pa.timestamp("us")),
        "deep": pa.array(deep * 10, pa.list_(pa.struct([("at", pa.timestamp("us"))]))),
    }
    put(pa.table(far), tmp_path / "far" / "a.parquet", **old)
    uphold(tmp_path / "far", tmp_path / "out")
    after = pq.ParquetFile(tmp_path / "out" / "part-00000.parquet", coerce_int96_timestamp_unit="us").read()
    stays = [at for at, number in enumerate(far["n"]) if number in STAY]
    assert after["ends"].to_pylist() == [_US[at % 4] for at in stays]
    assert after["deep"].to_pylist() == [deep[at % 4] for at in stays]
    fine = {"n": mixed(), "ends": pa.array([1, 2, 3, None] * 10, pa.timestamp("ns"))}
    put(pa.table(fine), tmp_path / "fine" / "a.parquet", **old)
    uphold(tmp_path / "fine", tmp_path / "out")
    assert released(tmp_path / "out")["ends"].equals(pa.table(fine)["ends"].take(stays))
    for kind in (pa.list_(pa.timestamp("ns")), pa.list_view(pa.timestamp("ns")), pa.list_(pa.timestamp("ns"), 1)):
        inside = pa.table({"n": mixed(), "ends": pa.array([[1], [2], [3], None] * 10, kind)})
        put(inside, tmp_path / "inside" / "a.parquet", use_deprecated_int96_timestamps=True)
        uphold(tmp_path / "inside", tmp_path / "out")
        counts = released(tmp_path / "out")["ends"].cast(pa.list_(pa.int64()))
        assert counts.to_pylist() == [[[1], [2], [3], None][at % 4] for at in stays]
    both = {**far, "deep": fine["ends"]}
    put(pa.table(both), tmp_path / "both" / "a.parquet", **old)
    fault = refused(tmp_path / "both")
    assert fault.code == "timestamps-mixed"
    assert "'deep'" in fault.sentence


@pytest.mark.parametrize(
    ("values", "written", "named"),
    [
        (pa.array([["a"]] * 40, pa.list_(pa.dictionary(pa.int8(), pa.string()))), {}, "'x'"),
        (pa.array([{"a": "b"}] * 40, pa.struct([("a", pa.dictionary(pa.int8(), pa.string()))])), {}, "'x'"),
    ],
)
def test_a_type_that_is_not_released_is_refused_by_name(
    here: None, tmp_path: Path, values: pa.Array, written: dict[str, Any], named: str
) -> None:
    put(pa.table({"n": mixed(), "x": values}), tmp_path / "in" / "a.parquet", **written)
    fault = refused(tmp_path / "in")
    assert (fault.code, fault.exit_status) == ("type-refused", 3)
    assert named in fault.sentence


def test_rows_that_the_library_cannot_write_are_refused_by_name(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads files that it does not write, as lists of a fixed size that are missing and have items that may not be."""
    words = pa.DictionaryArray.from_arrays(pa.array([0]), pa.array([["a"]]))
    assert [parquet._is_written(pa.table({"x": values})) for values in (words, pa.array([1]))] == [False, True]

    def fails(*_: object, **__: object) -> None:
        raise pa.ArrowInvalid(PEOPLE[0])

    put(pa.table({"n": mixed(), "x": [1] * 40}), tmp_path / "in" / "a.parquet")
    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", fails)
    monkeypatch.setattr(parquet, "_is_written", lambda column: column.column_names != ["x"])
    fault = refused(tmp_path / "in")
    assert fault.code == "type-refused"
    assert "'x'" in fault.sentence
    monkeypatch.setattr(parquet, "_is_written", lambda _: True)
    assert refused(tmp_path / "in").sentence.startswith("A column's type cannot be written back")


def test_what_cannot_be_written_back_is_refused_by_name(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old timestamps beside new ones: the library writes all of one kind. And metadata that it would leave out."""
    import duckdb

    duckdb.sql(f"COPY (SELECT unnest({mixed()}) AS n, INTERVAL 3 DAY AS stay) TO '{tmp_path / 'stay.parquet'}'")
    fault = refused(tmp_path / "stay.parquet")
    assert (fault.code, fault.exit_status) == ("type-not-kept", 3)
    assert "stay" in fault.sentence
    duckdb.sql(f"COPY (SELECT unnest({mixed()}) AS n, [1] AS a, 2::UINTEGER AS b) TO '{tmp_path / 'fine.parquet'}'")
    uphold(tmp_path / "fine.parquet", tmp_path / "out")
    before, after = (
        pq.read_schema(path) for path in (tmp_path / "fine.parquet", tmp_path / "out" / "part-00000.parquet")
    )
    assert after.equals(before, check_metadata=True)
    plain = pa.table({"n": mixed(), "day": pa.array([1] * 40, pa.timestamp("us", "UTC"))}).replace_schema_metadata(
        {"a": "b"}
    )
    put(plain, tmp_path / "in" / "a.parquet")
    same = kept_types.ParquetReader
    changed = put(pa.table({"n": mixed(), "day": [1] * 40}), tmp_path / "changed.parquet")
    monkeypatch.setattr(kept_types, "_written_back", lambda _: same(changed))
    fault = refused(tmp_path / "in")
    assert "'day (timestamp[us, tz=UTC])'" in fault.sentence
    assert "the file's metadata" in fault.sentence
    assert "'a.parquet'" in fault.sentence


WILD = ["v[1]", "v*", "v?", "v{a,b}", "v%20x", "v\\x", "v x", "vé☃", "v#1", "v:1", "-v", "$v"]
TAME = ["v1", "va", "vz", "va", "v x", "vx", "v", "ve", "v", "v1", "v", "v"]


@pytest.mark.parametrize(("wild", "tame"), list(zip(WILD, TAME, strict=True)))
def test_a_path_is_taken_as_it_is_written(here: None, tmp_path: Path, wild: str, tame: str) -> None:
    """`v[1]` read the rows of `v1`: Spark takes a path for a pattern."""
    put(pa.table({"n": PEOPLE[:20]}), tmp_path / wild / f"{wild}.parquet")
    put(pa.table({"n": PEOPLE[20:]}), tmp_path / tame / "a.parquet")
    uphold(tmp_path / wild, tmp_path / f"out {wild}", held=tmp_path / f"held {wild}")
    assert released(tmp_path / f"out {wild}")["n"].to_pylist() == PEOPLE[10:20]
    assert list((tmp_path / f"held {wild}").iterdir()) == []


def test_spark_takes_a_path_as_it_is_written_too(spark: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    """The whole way, by the command, in partitions with every kind of name; the list has a name like a pattern too."""
    parts = ["site=07", "site=__HIVE_DEFAULT_PARTITION__", "site=a%2Fb", "site=v[1]", "site=é ☃"]
    for at, part in enumerate(parts):
        put(pa.table({"n": PEOPLE[at::5]}), tmp_path / "v[1]" / part / "x.parquet")
    put(pa.table({"n": PEOPLE}), tmp_path / "v1" / "site=07" / "x.parquet")
    (tmp_path / "gone[1]*.txt").write_text("\n".join(GONE))
    (tmp_path / "gone1.txt").write_text("\n".join(PEOPLE))
    said = ndoo(
        "uphold",
        "v[1]",
        "--engine",
        "spark",
        "-o",
        "out{a,b}",
        "--nhs-number",
        "n",
        "--opted-out",
        "gone[1]*.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    assert said.status == 0, said.told
    found = {
        path.parent.name: pq.ParquetFile(path).read()["n"].to_pylist()
        for path in (tmp_path / "out{a,b}").rglob("*.parquet")
    }
    assert found == {part: [n for n in PEOPLE[at::5] if n in STAY] for at, part in enumerate(parts)}
    assert ndoo("verify", "out{a,b}", "--opted-out", "gone[1]*.txt", "--checked-at", TODAY, "--json").status == 0


Change = Callable[[Path], Any]
HIDDEN: dict[str, Change] = {
    "rows in a hidden file": lambda visits: put(pa.table({"n": STAY}), visits / "_more.parquet"),
    "rows in a hidden folder": lambda visits: put(pa.table({"n": STAY}), visits / ".old" / "a.parquet"),
    "a run that was cut off": lambda visits: put(pa.table({"n": STAY}), visits / "_temporary" / "0" / "a.parquet"),
    "rows called a footer": lambda visits: put(pa.table({"n": STAY}), visits / "_metadata"),
    "rows called a sum": lambda visits: put(pa.table({"n": STAY}), visits / ".a.parquet.crc"),
    "a sum of nothing": lambda visits: (visits / ".b.parquet.crc").write_bytes(b"crc\0"),
    "a mark with rows in it": lambda visits: put(pa.table({"n": STAY}), visits / "_SUCCESS"),
    "rows called a manifest": lambda visits: put(pa.table({"n": STAY}), visits / "_manifest.json"),
    "a log that is not known": lambda visits: (visits / "_committed_1").write_text("{}"),
    "of a Mac": lambda visits: (visits / ".DS_Store").write_bytes(b"\0"),
}


@pytest.mark.parametrize("change", HIDDEN.values(), ids=HIDDEN)
def test_rows_in_hidden_files_are_not_lost_in_silence(tmp_path: Path, change: Change) -> None:
    put(pa.table({"n": PEOPLE}), tmp_path / "visits" / "a.parquet")
    parts_of(tmp_path / "visits")
    change(tmp_path / "visits")
    hidden = next(
        path
        for path in (tmp_path / "visits").rglob("*")
        if path.is_file() and path.relative_to(tmp_path) != Path("visits/a.parquet")
    )
    with pytest.raises(UnfitData) as said:
        parts_of(tmp_path / "visits")
    assert said.value.code == "file-hidden"
    assert repr(hidden.relative_to(tmp_path / "visits").as_posix()) in said.value.sentence


def test_what_writers_leave_beside_the_rows_is_passed_over(tmp_path: Path) -> None:
    visits, found = tmp_path / "visits", list[Any]()
    put(pa.table({"n": PEOPLE}), visits / "a.parquet", metadata_collector=found)
    found[0].set_file_path("a.parquet")
    pq.write_metadata(pa.schema([("n", pa.string())]), visits / "_common_metadata")
    pq.write_metadata(pa.schema([("n", pa.string())]), visits / "_metadata", metadata_collector=found)
    (visits / "_SUCCESS").touch()
    (visits / ".a.parquet.crc").write_bytes(b"crc\0\0")
    (visits / "_manifest.json").write_text("{}")
    assert parts_of(visits).paths == ["a.parquet"]


def test_a_partition_behind_a_link_is_not_lost_in_silence(tmp_path: Path) -> None:
    put(pa.table({"n": PEOPLE}), tmp_path / "elsewhere" / "a.parquet")
    put(pa.table({"n": PEOPLE}), tmp_path / "visits" / "site=1" / "a.parquet")
    (tmp_path / "visits" / "site=2").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnfitData, match="'site=2' is a link") as said:
        parts_of(tmp_path / "visits")
    assert said.value.code == "folder-linked"


@pytest.mark.parametrize("folders", ["Site=07", "SITE=07/ward=a", "ward=a/sitE=07", "ward=a/WARD=b"])
def test_names_that_differ_in_capitals_only_are_refused(tmp_path: Path, folders: str) -> None:
    """Spark took one for the other, and lost a column."""
    put(pa.table({"n": PEOPLE, "site": ["a"] * 40}), tmp_path / "in" / folders / "a.parquet")
    with pytest.raises(UnfitData) as said:
        parts_of(tmp_path / "in")
    assert said.value.code == "columns-alike"
    assert any(repr(part.partition("=")[0]) in said.value.sentence for part in folders.split("/"))


def test_columns_of_a_file_that_differ_in_capitals_only_are_refused(tmp_path: Path) -> None:
    put(pa.table({"n": PEOPLE, "N": PEOPLE}), tmp_path / "in.parquet")
    with pytest.raises(UnfitData, match="'n', 'N'"):
        parts_of(tmp_path / "in.parquet")


def _escaped(text: str, which: list[bool]) -> str:
    return "".join(f"%{ord(one):02x}" if escape else one for one, escape in zip(text, which, strict=True))


@st.composite
def hidden_names(draw: st.DrawFn) -> str:
    """A partition whose value is somebody's number, behind escapes of escapes."""
    number = draw(st.sampled_from(PEOPLE))
    number = draw(
        st.sampled_from(
            [number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"]
        )
    )
    text = (
        draw(st.sampled_from(["", "#", '"', "'", "/", "id ", "[", "é"]))
        + number
        + draw(st.sampled_from(["", "#", "'", "]"]))
    )
    text = text.encode().decode("latin-1")
    for _ in range(draw(st.integers(0, 3))):
        which = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
        text = _escaped(text, [escape or one in "%/" for one, escape in zip(text, which, strict=True)])
    return f"ref={text}"


@given(hidden_names())
@settings(max_examples=50, deadline=None)
def test_no_escape_hides_a_number_in_a_partitions_name(name: str) -> None:
    with pytest.raises(UnfitData) as said:
        refuse_identifying_folder(name)
    assert (said.value.code, said.value.exit_status) == ("partition-identifies", 3)


@pytest.mark.parametrize("escape", ["%23", "%22", "%27", "%2523", "%252522", "\u0661"])
def test_a_number_behind_an_escape_is_a_mention(here: None, tmp_path: Path, escape: str) -> None:
    put(pa.table({"n": STAY}), tmp_path / "in" / f"ref={escape.replace(chr(0x661), '')}{GONE[0]}" / "a.parquet")
    fault = refused(tmp_path / "in")
    assert (fault.code, fault.exit_status) == ("partition-identifies", 3)
    assert GONE[0] not in fault.sentence


def test_a_number_in_another_script_or_in_two_partitions_is_a_mention(tmp_path: Path) -> None:
    arabic = GONE[0].translate({ord("0") + at: 0x660 + at for at in range(10)})
    for folders in ((f"ref={arabic}",), (f"a={GONE[0][:4]}", f"b={GONE[0][4:]}")):
        with pytest.raises(UnfitData) as said:
            refuse_withheld_folders([folders], OptOuts(LIST))
        assert said.value.code == "partition-identifies"
    refuse_withheld_folders([("ref=07", "b=é")], OptOuts(LIST))
    refuse_withheld_folders([()], OptOuts(LIST))


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    put(pa.table({"n": STAY}), tmp_path / "in" / "site=a\nb" / "a.parquet")
    with pytest.raises(UnfitData) as said:
        parts_of(tmp_path / "in")
    assert said.value.code == "partition-unreadable"


def test_a_fault_names_the_file(here: None, tmp_path: Path) -> None:
    put(pa.table({"n": PEOPLE, "m": PEOPLE}), tmp_path / "in" / "site=1" / "a.parquet")
    bad = put(
        pa.table({"n": PEOPLE, "m": PEOPLE}),
        tmp_path / "in" / "site=2" / "b.parquet",
        compression="none",
        use_dictionary=False,
    )
    whole = bad.read_bytes()
    at = whole.rindex(b"\x0a\x00\x00\x00" + PEOPLE[0].encode())
    bad.write_bytes(whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :])
    fault = refused(tmp_path / "in", ignored=("m",))
    assert fault.code == "input-damaged"
    assert "'site=2/b.parquet'" in fault.sentence
    bad.write_bytes(b"a,b\n")
    assert "'site=2/b.parquet' is none" in refused(tmp_path / "in").sentence
    put(pa.table({"n": [1.0] * 40, "m": PEOPLE}), tmp_path / "one.parquet")
    assert "'n' is of the type double" in refused(tmp_path / "one.parquet", ignored=("m",)).sentence


def _job(source: Path, rows: int, kept: Path) -> dict[str, Any]:
    file = rewrite.SparkVerdicts(_Keeps(), [rows]).files[0]
    file.add(bytes(rows))
    return {"at": 0, "source": bytes(source), "kept": bytes(kept), "held": None, "verdicts": file.packed()}


class _Keeps:
    """Decides nothing."""

    located: tuple[str, ...] = ()
    glimpsed: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.told: list[str] = []

    def locate(self, *_: Any) -> None:
        self.told.append("locate")

    def glimpse(self, *_: Any) -> None:
        self.told.append("glimpse")

    def mark(self, *_: Any) -> None:
        self.told.append("mark")

    def decide(self, *_: Any) -> None: ...


@pytest.mark.parametrize("rows", [39, 41])
def test_a_file_that_has_other_rows_than_were_decided_on_is_not_released(tmp_path: Path, rows: int) -> None:
    source = put(pa.table({"n": PEOPLE}), tmp_path / "a.parquet")
    with pytest.raises(UnfitData) as said:
        rewrite.write_file(_job(source, rows, tmp_path / "out" / "a.parquet"))
    assert said.value.code == "input-changed"
    assert not (tmp_path / "out" / "a.parquet").exists()


def test_what_goes_wrong_on_an_executor_is_told_without_a_row(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(pa.table({"n": PEOPLE}), tmp_path / "in" / "a.parquet")

    def fails(_: Any) -> None:
        raise ZeroDivisionError(PEOPLE[0])

    monkeypatch.setattr(rewrite, "write_file", fails)
    fault = refused(tmp_path / "in")
    assert fault.code == "spark-fault"
    assert "ZeroDivisionError" in fault.sentence
    assert "'a.parquet'" in fault.sentence
    assert PEOPLE[0] not in fault.sentence
    monkeypatch.setattr(OneMachine, "collect", lambda _: [])
    assert refused(tmp_path / "in").code == "spark-answers-missing"
    monkeypatch.undo()
    (tmp_path / "file").touch()
    with pytest.raises(NdooError, match="the output"):
        rewrite.write_file(_job(tmp_path / "in" / "a.parquet", 40, tmp_path / "file" / "a.parquet"))


def test_no_executor_runs_a_file_that_lies_among_the_data_because_it_is_called_as_a_module(spark: Any) -> None:
    """Its Python looked first into the folder in which `ndoo` was started: a `pstats.py` there was run."""

    def looks(batches: Any) -> Any:
        import os
        import sys

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"safe": [sys.flags.safe_path], "looked": [os.getcwd() in sys.path]})

    answers = spark.range(1, numPartitions=1).mapInArrow(looks, "safe boolean, looked boolean").collect()
    assert [(one.safe, one.looked) for one in answers] == [(True, False)]


def test_what_an_attempt_left_is_not_released(here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark writes a file twice where an executor was lost."""
    put(pa.table({"n": PEOPLE}), tmp_path / "in" / "a.parquet")
    once = rewrite.write_file

    def twice(job: dict[str, Any]) -> None:
        once(job)
        Path(job["kept"].decode()).with_name(".attempt-lost").write_bytes(b"PAR1")
        once(job)

    monkeypatch.setattr(rewrite, "write_file", twice)
    uphold(tmp_path / "in", tmp_path / "out", held=tmp_path / "held")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"part-00000.parquet", "_manifest.json"}


def test_held_rows_are_written_apart_and_a_file_of_nobody_not_at_all(here: None, tmp_path: Path) -> None:
    put(pa.table({"n": [GONE[0], None, None, STAY[0]]}), tmp_path / "in" / "a.parquet")
    put(pa.table({"n": GONE}), tmp_path / "in" / "b.parquet")
    put(pa.table({"n": STAY}).slice(0, 0), tmp_path / "in" / "c.parquet")
    put(pa.table({"n": STAY}), tmp_path / "in" / "d.parquet")
    outcome = uphold(tmp_path / "in", tmp_path / "out", held=tmp_path / "held")
    assert [path.name for path in (tmp_path / "held").iterdir()] == ["part-00000.parquet"]
    assert released(tmp_path / "held")["n"].to_pylist() == [None, None]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.parquet")) == [
        "part-00000.parquet",
        "part-00003.parquet",
    ]
    assert (outcome.rows.kept, outcome.rows.removed) == (31, 11)
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    assert list(manifest["files"]) == ["part-00000.parquet", "part-00003.parquet"]


def test_verdicts_are_kept_and_everything_is_passed_on() -> None:
    keeps = _Keeps()
    verdicts = rewrite.SparkVerdicts(keeps, [0, 2])
    verdicts.locate([], 1)
    verdicts.glimpse([])
    verdicts.mark(None)  # type: ignore[arg-type]
    assert keeps.told == ["locate", "glimpse", "mark"]
    assert [file.rows for file in verdicts.files] == [0, 2]
