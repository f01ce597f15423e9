"""A frame of Spark, on this machine and through Spark Connect: nobody withheld stands in any other cell, of whatever type."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.spark import faults
from ndoo.upholding.spark.frame import uphold_frame
from ndoo.upholding.spark.trusted_sql import functions_in
from tests.conftest import TODAY
from tests.engines.test_spark_agrees import Wish
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
PEOPLE = some(40)
GONE = next(one for one in PEOPLE if "0" not in (one[4], one[7]))
STAY = [one for one in PEOPLE if one != GONE]
SPLIT = [GONE[:4], GONE[4:7], GONE[7:]]
WISH = Wish(cleaned_list(Polarity.OPTED_OUT, [GONE], None), columns=ColumnChoice("n"))


@pytest.fixture(autouse=True)
def sockets() -> Iterator[None]:
    """Spark's are collected here, and not in another test."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def connected(spark: Any) -> Iterator[Any]:
    """A session of Spark Connect: by gRPC to the server that runs beside `spark`, without a way to its Java."""
    pytest.importorskip("grpc", reason="gRPC is not installed: make .venv/.spark")
    from pyspark.sql.connect.session import SparkSession

    port = spark.conf.get("spark.connect.grpc.binding.port")
    one = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
    assert not hasattr(one, "_jvm")
    yield one
    one.client.close()  # its server may have ended before, and `stop` would wait ten minutes for it


@pytest.fixture(params=["spark", "connected"])
def session(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


_TEXTS, _RAW, _FLOATS = pa.list_(pa.string()), pa.list_(pa.binary()), pa.list_(pa.float64())
NAMING: dict[str, tuple[Any, Any, Any]] = {
    "bytes": (GONE.encode(), b"none", pa.binary()),
    "bytes of two": (GONE.encode("utf-16-le"), b"none", pa.binary()),
    "whole": (int(GONE), 7, pa.int64()),
    "below nothing": (-int(GONE), -(1 << 63), pa.int64()),
    "double": (float(GONE), 0.5, pa.float64()),
    "decimal": (Decimal(GONE), Decimal(1), pa.decimal128(12, 0)),
    "list": (["a", f"of {GONE}"], [], _TEXTS),
    "list of bytes": ([b"a", GONE.encode()], [None], _RAW),
    "list of doubles": ([0.5, float(GONE)], [float("nan")], _FLOATS),
    "list of lists": ([["a"], None, [GONE]], None, pa.list_(_TEXTS)),
    "split": (SPLIT, ["1", "2"], _TEXTS),
    "split whole": ([int(part) for part in SPLIT], [1], pa.list_(pa.int32())),
    "struct of bytes": (
        {"a": 1, "b": GONE.encode()},
        {"a": 1, "b": None},
        pa.struct([("a", pa.int32()), ("b", pa.binary())]),
    ),
    "struct of double": ({"odd.name`": float(GONE)}, None, pa.struct([("odd.name`", pa.float64())])),
    "struct of whole": ({"a": int(GONE)}, None, pa.struct([("a", pa.int64())])),
    "deep": ([{"a": {"b": [GONE.encode()]}}], [{"a": None}], pa.list_(pa.struct([("a", pa.struct([("b", _RAW)]))]))),
    "map of bytes": ([("a", GONE.encode())], [("a", b"")], pa.map_(pa.string(), pa.binary())),
    "map with a key": ([(GONE, 1)], [("a", 1)], pa.map_(pa.string(), pa.int32())),
    "map with a key of bytes": ([(GONE.encode(), "a")], [], pa.map_(pa.binary(), pa.string())),
    "map of lists of doubles": ([("a", [float(GONE)])], None, pa.map_(pa.string(), _FLOATS)),
}


def _frame(session: Any, cells: dict[str, pa.Array]) -> Any:
    return session.createDataFrame(pa.table({"n": STAY, **cells}))


def test_every_kind_of_cell_that_names_somebody_stops_the_frame(session: Any) -> None:
    """`to_json` made base64 of bytes and 9.99E9 of doubles: they went through where they were nested."""
    cells = {name: pa.array([other] * 38 + [cell], kind) for name, (cell, other, kind) in NAMING.items()}
    day = pa.array([datetime.now(UTC).date()] * 39)
    with pytest.raises(UsageFault) as said:
        uphold_frame(_frame(session, {**cells, "day": day}), WISH)
    assert said.value.code == "column-mentions"
    assert [name for name in NAMING if repr(name) not in said.value.sentence] == []
    assert "'day'" not in said.value.sentence


def test_cells_that_name_nobody_stop_nothing(session: Any) -> None:
    quiet = {name: pa.array([other] * 39, kind) for name, (_, other, kind) in NAMING.items()}
    upheld = uphold_frame(_frame(session, {**quiet, "more": pa.array([f"of {STAY[0]}", *["none"] * 38])}), WISH)
    assert upheld.kept.count() == 39


def test_a_session_of_spark_connect_is_upheld(connected: Any, tmp_path: Path) -> None:
    """The views were gone before the query was run; with what stands beside them it needs none."""
    from ndoo.notebook import uphold_frame as upheld_in_notebook

    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:10]))
    frame = connected.createDataFrame(pa.table({"n": [*PEOPLE, None], "{a}": ["{n}"] * 41}))
    upheld = upheld_in_notebook(frame, opted_out=tmp_path / "gone.txt", checked_at=TODAY)
    assert upheld.kept.count() == 30
    assert sorted(row.n for row in upheld.kept.collect()) == sorted(PEOPLE[10:])
    assert [tuple(row) for row in upheld.held.collect()] == [(None, "{n}")]
    assert (upheld.tally.rows.read, upheld.tally.rows.removed) == (41, 10)
    assert connected.catalog.listTables() == []
    assert type(upheld.kept).__module__.startswith("pyspark.sql.connect")


def test_what_nobody_can_look_into_is_refused_by_name(spark: Any) -> None:
    frame = spark.createDataFrame(pa.table({"n": STAY})).selectExpr("n", "array(parse_json('1')) AS doc")
    with pytest.raises(UnfitData) as said:
        uphold_frame(frame, WISH)
    assert said.value.code == "type-unseen"
    assert "'doc'" in said.value.sentence
    assert "variant" in said.value.sentence
    wish = Wish(WISH.cleaned, columns=ColumnChoice("n", ignored=("doc",)))
    assert uphold_frame(frame, wish).kept.count() == 39


@pytest.mark.parametrize(
    ("sql", "code", "named"),
    [
        ("named_struct('a', 1, 'A', 2)", "columns-alike", "'a', 'A'"),
        (f"named_struct('a', array(named_struct('{STAY[0]}', 1)))", "column-identifies", ""),
        (f"map(named_struct('{STAY[0]}', 1), 1)", "column-identifies", ""),
    ],
)
def test_names_inside_a_column_are_looked_at(spark: Any, sql: str, code: str, named: str) -> None:
    frame = spark.createDataFrame(pa.table({"n": STAY})).selectExpr("n", f"{sql} AS x")
    with pytest.raises(UnfitData) as said:
        uphold_frame(frame, WISH)
    assert said.value.code == code
    assert named in said.value.sentence


@pytest.fixture
def another(session: Any, spark: Any) -> Iterator[Any]:
    """A session of its own, because what was registered under the name of Spark's own function stays there."""
    if session is spark:
        yield spark.newSession()
        return
    from pyspark.sql.connect.session import SparkSession

    port = spark.conf.get("spark.connect.grpc.binding.port")
    one = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
    yield one
    one.client.close()


def test_a_function_of_the_session_is_not_asked_instead_of_sparks_own(another: Any) -> None:
    """One that always says 0 hid who was named in a remark."""
    another.udf.register("our_own", lambda _: 0, "int")
    remarks = pa.array([None] * 38 + [f"seen by {GONE}"])
    with pytest.raises(UsageFault) as said:
        uphold_frame(_frame(another, {"remark": remarks}), WISH)
    assert said.value.code == "column-mentions"
    another.udf.register("length", lambda _: 0, "int")
    with pytest.raises(UsageFault) as said:
        uphold_frame(_frame(another, {"remark": remarks}), WISH)
    assert (said.value.code, "'length'" in said.value.sentence) == ("session-function", True)


def test_a_setting_that_makes_patterns_of_names_is_refused(another: Any) -> None:
    """The column `a+` was the one named `aa`, whose people were asked about instead."""
    another.conf.set("spark.sql.parser.quotedRegexColumnNames", "true")
    with pytest.raises(UsageFault) as said:
        uphold_frame(_frame(another, {}), WISH)
    assert (said.value.code, "quotedRegexColumnNames" in said.value.sentence) == ("session-setting", True)


def test_only_what_is_called_is_a_function() -> None:
    assert functions_in(
        [
            "SELECT Length(`odd(name)`), `a``b(`, 'it\\'s upper(x)' FROM (SELECT 1) WHERE x IN (1) AND (TRY_CAST(a AS INT) = abs (b))"
        ]
    ) == {"length", "abs"}


def test_metadata_of_a_column_names_nobody(spark: Any) -> None:
    frame = spark.createDataFrame(pa.table({"n": STAY}))
    with pytest.raises(UnfitData) as said:
        uphold_frame(frame.withMetadata("n", {"comment": f"first {STAY[0]}"}), WISH)
    assert said.value.code == "metadata-identifies"


def test_a_key_of_another_type_is_refused_by_name(spark: Any) -> None:
    frame = spark.createDataFrame(pa.table({"n": [number.encode() for number in STAY]}))
    with pytest.raises(UnfitData) as said:
        uphold_frame(frame, WISH)
    assert said.value.code == "column-type"
    assert "'n' is of the type binary" in said.value.sentence


@pytest.mark.parametrize("digits", [10, 18, 38])
def test_a_decimal_without_places_behind_the_point_is_a_key(spark: Any, digits: int) -> None:
    """Every digit is there; of one with a place behind it the refusal names the type."""
    numbers = [*map(int, [GONE, *STAY]), int(GONE) // 10, None, *([10**30] if digits == 38 else [])]
    rows = pa.table(
        {"n": pa.array([None if one is None else Decimal(one) for one in numbers], pa.decimal128(digits, 0))}
    )
    upheld = uphold_frame(spark.createDataFrame(rows), WISH)
    assert sorted(int(row.n) for row in upheld.kept.collect()) == sorted(map(int, STAY))
    assert upheld.tally.rows.held == {"malformed": 1 + (digits == 38), "missing": 1}
    assert upheld.tally.rows.removed == 1
    with pytest.raises(UnfitData) as said:
        uphold_frame(spark.createDataFrame(rows).selectExpr("CAST(n AS DECIMAL(38, 1)) AS n"), WISH)
    assert (said.value.code, "decimal" in said.value.sentence) == ("column-type", True)


def test_a_fault_of_spark_says_of_what_kind_and_in_which_file(spark: Any, tmp_path: Path) -> None:
    spark.createDataFrame(pa.table({"n": STAY})).coalesce(1).write.parquet(str(tmp_path / "in"))
    frame = spark.read.parquet(str(tmp_path / "in"))
    part = next((tmp_path / "in").glob("*.parquet"))
    for beside in (tmp_path / "in").glob(".*.crc"):
        beside.unlink()
    part.write_bytes(part.read_bytes()[:40])
    with pytest.raises(Fault) as said:
        uphold_frame(frame, WISH)
    assert said.value.code == "spark-fault"
    assert "FAILED_READ_FILE" in said.value.sentence
    assert part.name in said.value.sentence


def test_executors_without_ndoo_are_named() -> None:
    with pytest.raises(Fault) as said, faults.guarded():
        raise ConnectionError("ModuleNotFoundError: No module named 'ndoo'")
    assert said.value.code == "executors-lack-ndoo"
    with pytest.raises(Fault, match=r"Spark failed \(ConnectionRefusedError\)"), faults.guarded():
        raise ConnectionRefusedError(GONE)
