"""Spark: the same cells are read, the same rows go for the same reasons, and folders appear whole or not at all."""

from __future__ import annotations

import csv
import gc
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, NoUsableList, UnfitData, UsageFault
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import record_of
from ndoo.upholding.spark import frame as frames
from ndoo.upholding.spark.frame import uphold_frame
from ndoo.upholding.text import reference
from tests.conftest import DATA, TODAY, Ndoo
from tests.engines.test_reading_agrees import cells
from tests.engines.test_type1_agrees import Both, by_hand_counts, people
from tests.engines.worlds import ABROAD, World, cleaned_list
from tests.support.numbers import some

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PEOPLE = some(40)


@dataclass(frozen=True)
class Wish:
    """A request without places."""

    cleaned: CleanedList | None
    type1: Objections | None = None
    undecided: Undecidable = Undecidable.HOLD
    columns: ColumnChoice = field(default_factory=lambda: ColumnChoice("own number", ("other",)))
    decision: dict[str, Any] | None = None
    justification: str | None = None
    expected_share: tuple[float, float] | None = (0, 100)

    @property
    def opt_outs(self) -> OptOuts:
        return OptOuts(self.cleaned, self.type1)

    @property
    def somebody_may_go(self) -> bool:
        return self.cleaned is not None or self.type1 is not None


def rules() -> Iterator[Any]:
    """Every kind of list, alone and beside Type 1 opt-outs, and whether rows without a number may stay."""
    lists = [
        cleaned_list(Polarity.OPTED_OUT, PEOPLE[:9], None),
        cleaned_list(Polarity.ALLOWED, [*PEOPLE[:25], *ABROAD[:2]], None),
        cleaned_list(Polarity.ALLOWED, PEOPLE[:20], PEOPLE[:30], PEOPLE[24:28]),
        None,
    ]
    type1 = Objections(people(PEOPLE[5:12]), people(PEOPLE[12:15]), people([*PEOPLE[:20], ABROAD[0]]), {})
    for at, (cleaned, objections) in enumerate(zip(lists, (None, type1, None, type1), strict=True)):
        yield pytest.param(cleaned, objections, bool(at % 2), id=f"list {at}")


@pytest.fixture(autouse=True)
def sockets() -> Iterator[None]:
    """Spark's are collected here, and not in another test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def table() -> list[list[str | None]]:
    """Damaged cells in two columns, with the row's place."""
    dice, every = random.Random(3), [*cells(), *PEOPLE * 20]
    dice.shuffle(every)
    every = every[:2000]
    others = [dice.choice(every) if dice.random() < 0.3 else "" for _ in every]
    return [[own if dice.random() < 0.98 else None, other] for own, other in zip(every, others, strict=True)]


@pytest.mark.parametrize(("cleaned", "type1", "keep_missing"), list(rules()))
def test_rows_reasons_and_counts_agree(
    spark: Any, table: list[list[str | None]], cleaned: CleanedList | None, type1: Objections | None, keep_missing: bool
) -> None:
    rows = pa.table(
        {"own number": [row[0] for row in table], "other": [row[1] for row in table], "at": range(len(table))}
    )
    wish = Wish(cleaned, type1, Undecidable.KEEP_MISSING if keep_missing else Undecidable.HOLD)
    upheld = uphold_frame(spark.createDataFrame(rows), wish)
    world = World(table, [0, 1], 2, cleaned, keep_missing) if cleaned else None
    result = reference.decide(table, Both(world, type1) if type1 else cleaned.answer, keep_missing=keep_missing)
    assert (upheld.tally.rows, upheld.tally.people) == (result.rows(), result.people())
    assert sorted(row.at for row in upheld.kept.select("at").collect()) == result.kept
    assert sorted(row.at for row in upheld.held.select("at").collect()) == result.held
    assert upheld.kept.columns == ["own number", "other", "at"]
    if type1:
        assert upheld.tally.type1 == by_hand_counts(World(table, [0, 1], 2, cleaned, keep_missing), world, type1)
    assert spark.catalog.listTables() == [], "the list stayed behind under a name"


def test_whole_numbers_and_fractions(spark: Any) -> None:
    cleaned = cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)
    whole = spark.createDataFrame(pa.table({"n": [int(n) for n in PEOPLE], "x": [1] * len(PEOPLE)}))
    assert uphold_frame(whole, Wish(cleaned, columns=ColumnChoice())).tally.rows.removed == 2
    floats = spark.createDataFrame(pa.table({"n": [float(n) for n in PEOPLE]}))
    with pytest.raises(UnfitData, match="digits may be lost"):
        uphold_frame(floats, Wish(cleaned, columns=ColumnChoice("n")))


def test_columns_that_could_be_mixed_up_are_refused(spark: Any) -> None:
    frame = spark.createDataFrame(pa.table({"n": PEOPLE, "N": PEOPLE}))
    with pytest.raises(UnfitData, match="capitals"):
        uphold_frame(frame, Wish(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)))


def test_a_long_list_is_not_sent_whole(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_MOST_SENT", 1)
    frame = spark.createDataFrame(pa.table({"n": PEOPLE}))
    upheld = uphold_frame(frame, Wish(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:3], None), columns=ColumnChoice("n")))
    assert upheld.tally.rows.removed == 3


def test_what_spark_says_of_a_row_is_not_repeated(spark: Any) -> None:
    from pyspark.sql.functions import col, udf

    frame = spark.createDataFrame(pa.table({"n": PEOPLE})).select(
        udf(lambda n: [][1] if n == PEOPLE[3] else n)(col("n")).alias("n")
    )
    with pytest.raises(Fault) as failed:
        uphold_frame(frame, Wish(cleaned_list(Polarity.OPTED_OUT, PEOPLE[:3], None), columns=ColumnChoice("n")))
    assert failed.value.code == "spark-fault"
    assert PEOPLE[3] not in failed.value.sentence
    assert failed.value.__suppress_context__


def test_nobody_is_removed_where_the_opt_out_does_not_apply(spark: Any) -> None:
    frame = spark.createDataFrame(pa.table({"ward": ["a", "b"]}))
    upheld = uphold_frame(frame, Wish(None, columns=ColumnChoice(), decision={"outcome": "does_not_apply"}))
    assert (upheld.tally.rows.kept, upheld.columns.nhs_number) == (2, None)


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real table as partitioned Parquet; the names of the partitions look like numbers and are texts."""
    with (DATA / "rwm5yr.csv").open(newline="", encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(heading)})
    table = table.append_column("site", pa.array([f"0{at % 3}" for at in range(len(rows))]))
    folder = tmp_path_factory.mktemp("spark") / "visits"
    ds.write_dataset(table, folder, format="parquet", partitioning=["site"], partitioning_flavor="hive")
    return folder


def _uphold(ndoo: Ndoo, source: Path, *more: object) -> Any:
    lists = ("--opted-out", DATA / "rwm5yr.opted_out.txt", "--checked-at", TODAY, "--nhs-number", "nhs_number")
    return ndoo("uphold", source, "--engine", "spark", "-o", "released", *lists, "--json", *more)


def _values(folder: Path) -> list[tuple[Any, ...]]:
    partitioning = ds.partitioning(pa.schema([("site", pa.string())]), flavor="hive")
    table = ds.dataset(folder, format="parquet", partitioning=partitioning).to_table()
    return sorted(zip(*(table[name].to_pylist() for name in sorted(table.column_names)), strict=True))


def test_a_partitioned_folder_comes_to_what_the_file_comes_to(
    spark: Any, ndoo: Ndoo, visits: Path, tmp_path: Path
) -> None:
    pq.write_table(ds.dataset(visits, format="parquet").to_table(), tmp_path / "one.parquet")
    of_file = ndoo(
        "uphold",
        "one.parquet",
        "-o",
        "out.parquet",
        "--opted-out",
        DATA / "rwm5yr.opted_out.txt",
        "--checked-at",
        TODAY,
        "--nhs-number",
        "nhs_number",
        "--json",
    )
    said = _uphold(ndoo, visits, "--held", "parked")
    assert said.status == of_file.status == 0, said.told
    for part in ("rows", "people", "columns", "undecided", "warnings", "type1", "decision", "kind"):
        assert said.json[part] == of_file.json[part]
    released = tmp_path / "released"
    assert {path.name for path in released.iterdir()} == {"_manifest.json", "site=00", "site=01", "site=02"}
    assert json.loads((released / "_manifest.json").read_text()) == said.json
    gone = set((DATA / "rwm5yr.opted_out.txt").read_text().split())
    assert _values(released) == [row for row in _values(visits) if not gone & set(row)]
    assert len(_values(released)) == said.json["output"]["rows"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.parquet",
        "out.parquet",
        "out.parquet.manifest.json",
        "parked",
        "released",
    ]
    _judge_verifying(ndoo, released)


def _judge_verifying(ndoo: Ndoo, released: Path) -> None:
    """The release as it is, and what somebody could do to it: none of it passes, and nothing needs Spark."""
    part, gone = sorted(released.glob("site=01/*.parquet"))[0], (DATA / "rwm5yr.opted_out.txt").read_text().split()
    table, whole = pq.read_table(part), part.read_bytes()

    def verified() -> tuple[int, list[str]]:
        said = ndoo("verify", released, "--opted-out", DATA / "rwm5yr.opted_out.txt", "--checked-at", TODAY, "--json")
        return said.status, [promise["name"] for promise in said.json["promises"] if not promise["kept"]]

    assert verified() == (0, [])
    part.unlink()
    assert verified() == (3, ["paths", "digest"])
    pq.write_table(table.slice(1), part)
    assert verified() == (3, ["digest", "rows"])
    at = table.schema.get_field_index("nhs_number")
    somebody = table.slice(0, 1).set_column(at, "nhs_number", pa.array([gone[0]]))
    pq.write_table(pa.concat_tables([table.slice(1), somebody]), part)
    assert verified()[1][-1] == "nobody"
    part.write_bytes(whole)
    for more in ("site=02/more.parquet", ".more.parquet", "_more/a.parquet"):
        (released / more).parent.mkdir(exist_ok=True)
        pq.write_table(somebody, released / more)
        assert verified() == (3, ["paths"])
        (released / more).unlink()
    assert verified() == (3, ["paths"])
    (released / "_more").rmdir()
    part.rename(released / "site=02" / "moved.parquet")
    assert verified() == (3, ["paths", "digest"])
    (released / "site=02" / "moved.parquet").rename(part)
    assert verified() == (0, [])


@pytest.mark.parametrize(("output", "code"), [("visits/out", "folders-within"), ("lists", "output-is-input")])
def test_an_output_takes_no_inputs_place(
    spark: Any, ndoo: Ndoo, visits: Path, tmp_path: Path, output: str, code: str
) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "gone.txt").write_text("\n".join(PEOPLE[:3]))
    source = tmp_path / "visits"
    source.symlink_to(visits)
    said = ndoo(
        "uphold",
        source,
        "--engine",
        "spark",
        "-o",
        output,
        "--opted-out",
        "lists/gone.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    assert (said.status, said.json["error"]["code"]) == (2, code)


def test_a_folder_that_changed_meanwhile_is_not_published(
    spark: Any, ndoo: Ndoo, visits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.upholding.parquet_and_arrow.parquet_parts import ParquetParts

    calls = iter([True, False])  # as the counting sees it, and when everything is written
    monkeypatch.setattr(ParquetParts, "unchanged", lambda _: next(calls))
    assert _uphold(ndoo, visits).json["error"]["code"] == "input-changed"
    assert list(tmp_path.iterdir()) == []


def test_rows_that_were_lost_on_the_way_are_not_published(
    spark: Any, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file, no partitions."""
    pq.write_table(pa.table({"n": PEOPLE}), tmp_path / "in.parquet")
    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:3]))
    call = (
        "uphold",
        "in.parquet",
        "--engine",
        "spark",
        "-o",
        "released",
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    monkeypatch.setattr(ParquetFolder, "stream", lambda *_: record_of("in.parquet", {}))
    assert ndoo(*call).json["error"]["code"] == "counts-differ"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    objections = Objections(people(PEOPLE[:2]), people([]), people(PEOPLE), {"people": 40})
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.release import ReleaseKind
    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.request import Request
    from ndoo.upholding.uphold import uphold

    request = Request(
        tmp_path / "in.parquet",
        tmp_path / "released",
        None,
        datetime.now(UTC),
        type1=objections,
        engine=ReleaseKind.PARQUET_FOLDER,
    )
    outcome = uphold(request, load_sealer(data_folder()))
    assert (outcome.rows.kept, outcome.manifest.type1.people["removed"]) == (38, 2)
    nobody = replace(request, type1=None, output=tmp_path / "all", decision={"outcome": "does_not_apply"})
    assert uphold(nobody, load_sealer(data_folder())).rows.kept == 40


def test_a_notebook_takes_three_lines(spark: Any, tmp_path: Path) -> None:
    from ndoo.notebook import uphold_frame

    (tmp_path / "cleaned.dat").write_text("\n".join(PEOPLE[3:]))
    frame = spark.createDataFrame(pa.table({"n": PEOPLE}))
    upheld = uphold_frame(frame, allowed=tmp_path / "cleaned.dat", checked_at=TODAY)
    assert sorted(row.n for row in upheld.kept.collect()) == sorted(PEOPLE[3:])
    for lists in ({}, {"allowed": []}, {"allowed": tmp_path / "cleaned.dat", "opted_out": tmp_path / "cleaned.dat"}):
        with pytest.raises((UsageFault, NoUsableList)):
            uphold_frame(frame, checked_at=TODAY, **lists)


def test_a_notebook_forgets_no_list_and_hides_no_warning(spark: Any, tmp_path: Path) -> None:
    from ndoo.notebook import uphold_frame

    for name, listed in (("north", PEOPLE[:1]), ("south", PEOPLE[1:3]), ("others", some(60)[50:])):
        (tmp_path / name).write_text("\n".join(listed))
    frame = spark.createDataFrame(pa.table({"n": PEOPLE}))
    upheld = uphold_frame(frame, opted_out=[tmp_path / "north", str(tmp_path / "south")], checked_at=TODAY)
    assert upheld.tally.rows.removed == 3
    with pytest.raises(NoUsableList, match="Missing --checked-at"):
        uphold_frame(frame, opted_out=tmp_path / "north")
    with pytest.warns(UserWarning, match=r"0\.0 per cent of the people were removed"):
        uphold_frame(frame, opted_out=tmp_path / "others", checked_at=TODAY)
    with pytest.raises(NoUsableList, match="the other way round"):
        uphold_frame(frame, allowed=tmp_path / "south", checked_at=TODAY)


def test_a_withheld_person_in_another_columns_text_stops_the_release(spark: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    notes = [f"seen on day {at}" for at in range(39)] + [
        f"daughter of {PEOPLE[0][:3]} {PEOPLE[0][3:6]} {PEOPLE[0][6:]}"
    ]
    pq.write_table(
        pa.table({"n": PEOPLE, "notes": notes, "more": [[{"said": note}] for note in notes]}), tmp_path / "in.parquet"
    )
    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:3]))
    call = (
        "uphold",
        "in.parquet",
        "--engine",
        "spark",
        "-o",
        "released",
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    said = ndoo(*call)
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions")
    assert "'notes', 'more'" in said.json["error"]["message"]
    assert not (tmp_path / "released").exists()
    assert ndoo(*call, "--ignore-column", "notes", "--ignore-column", "more").status == 0


def test_a_withheld_person_in_another_cell_of_a_frame_stops_it(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row for each kind of cell; what could name nobody does not come to Python."""
    gone = PEOPLE[0]
    other_script = gone.translate({ord("0") + at: 0x660 + at for at in range(10)})
    named: dict[str, list[Any]] = {
        "a note": [f"mother {gone[:3]}-{gone[3:6]}-{gone[6:]}", "none"],
        "script": [other_script, "none"],
        "whole": [int(gone), 1],
        "float": [float(gone), 0.5],
        "bytes": [gone.encode(), b""],
        "list": [[{"a": gone}], []],
        "dotted.name`": [gone, None],
    }
    others = {name: [cells[1]] * 37 for name, cells in named.items()}
    cells = {name: [*others[name], others[name][0], named[name][0]] for name in named}
    wish = Wish(cleaned_list(Polarity.OPTED_OUT, [gone], None), columns=ColumnChoice("n"))
    frame = spark.createDataFrame(pa.table({"n": PEOPLE[1:], **cells, "day": [datetime.now(UTC).date()] * 39}))
    with pytest.raises(UsageFault, match="may not be released") as refused:
        uphold_frame(frame, wish)
    for name in named:
        assert repr(name) in refused.value.sentence
    assert "day" not in refused.value.sentence
    monkeypatch.setattr("ndoo.upholding.spark.cells.MOST_ROWS", 0)
    with pytest.raises(UsageFault, match="too many"):
        uphold_frame(frame, wish)
    allowed = uphold_frame(frame, replace(wish, columns=ColumnChoice("n", ignored=tuple(named))))
    assert allowed.tally.rows.kept == 39


def test_everybody_gone_leaves_an_empty_release(spark: Any, ndoo: Ndoo, visits: Path, tmp_path: Path) -> None:
    (tmp_path / "nobody.dat").write_text(f"{PEOPLE[0]}\n")
    said = ndoo(
        "uphold",
        visits,
        "--engine",
        "spark",
        "-o",
        "released",
        "--allowed",
        "nobody.dat",
        "--checked-at",
        TODAY,
        "--nhs-number",
        "nhs_number",
        "--expect-removed",
        "0-100",
        "--json",
    )
    assert (said.status, said.json["rows"]["kept"], said.json["output"]["bytes"]) == (0, 0, 0), said.told
    assert {path.name for path in (tmp_path / "released").iterdir()} == {"_manifest.json"}
    assert ndoo("verify", "released", "--allowed", "nobody.dat", "--checked-at", TODAY, "--json").json["verified"]
