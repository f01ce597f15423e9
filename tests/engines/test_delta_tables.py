"""Delta tables: what was deleted stays deleted, what was removed is nowhere in the release, and what is not read here is refused by name."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.settings import data_folder
from ndoo.evidence.release import OF_DELTA, release_at
from ndoo.evidence.release_record import FileRecord
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.delta.log import TableIdentity, judge_log, log_of
from ndoo.upholding.delta.schema import plain_schema, schema_text
from ndoo.upholding.delta.snapshot import Snapshot
from ndoo.upholding.people_asked import AskedDataset, people_about
from ndoo.upholding.request import Request
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.uphold import uphold as upheld_release
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.conftest import TODAY, Ndoo
from tests.engines.delta_worlds import commit, put_table
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(12, seed=77)
GONE, STAY = PEOPLE[:3], PEOPLE[3:]
LIST = cleaned_list(Polarity.OPTED_OUT, GONE, None)
LISTS = ("--opted-out", "gone.txt", "--checked-at", TODAY)


def rows(people: list[str], first: int = 0) -> pa.Table:
    return pa.table({"nhs_number": people, "visit": list(range(first, first + len(people)))})


def uphold(source: Path, output: Path, *, version: int | None = None, **more: Any) -> Any:
    """Without a command line."""
    request = Request(
        source,
        output,
        more.pop("cleaned", LIST),
        datetime.now(UTC),
        columns=ColumnChoice("nhs_number"),
        expected_share=(0, 100),
        reading=Reading(version=version),
        **more,
    )
    return {**upheld_release(request, load_sealer(data_folder())).manifest.document}


def refused(source: Path, **more: Any) -> NdooError:
    output = source.with_name("refused")
    with pytest.raises(NdooError) as said:
        uphold(source, output, **more)
    assert not output.exists()
    return said.value


def people_in(table: Path) -> list[str]:
    """As readers of Delta tables see it."""
    return sorted(pa.table(DeltaTable(str(table)).scan(["nhs_number"])).column(0).to_pylist())


def texts_in(folder: Path) -> str:
    """Everything that stands in its files: their bytes, and every value of Parquet unpacked."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.append(path.name + path.read_bytes().decode("latin-1"))
            if path.suffix == ".parquet":
                found.append(str(pq.read_table(path, partitioning=None).to_pylist()))
    return "\n".join(found)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A table whose past, statistics, rules, properties, partitions and description all name people who are to go."""
    table = tmp_path / "told"
    write_deltalake(
        table,
        rows(PEOPLE).append_column("site", pa.array(GONE[:1] * 6 + ["b"] * 6)),
        partition_by=["site"],
        description=f"Without {GONE[0]}",
        name=f"of {GONE[1]}",
        configuration={"delta.enableChangeDataFeed": "true"},
        commit_properties=CommitProperties(custom_metadata={"about": GONE[2]}),
    )
    delta = DeltaTable(table)
    delta.alter.add_constraint({"not_them": f"nhs_number <> '0{GONE[0]}'"})
    delta.update(predicate=f"nhs_number = '{GONE[1]}'", updates={"visit": "99"})
    delta.delete(predicate=f"nhs_number = '{GONE[2]}'")
    delta.update(predicate=f"site = '{GONE[0]}'", updates={"site": "'a'"})
    return table


def test_nobody_who_was_removed_is_anywhere_in_the_released_table(told: Path, tmp_path: Path) -> None:
    before = texts_in(told)
    assert all(number in before for number in GONE), "the table that is upheld does name them"
    manifest = uphold(told, tmp_path / "out")
    released = texts_in(tmp_path / "out")
    assert not [number for number in GONE if number in released]
    assert people_in(tmp_path / "out") == sorted(STAY)
    assert (manifest["rows"]["read"], manifest["rows"]["kept"], manifest["table_version"]) == (11, 9, 4)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == [
        "00000000000000000000.json",
        "_delta_log",
        "_manifest.json",
        "part-00000.parquet",
    ]
    assert DeltaTable(tmp_path / "out").version() == 0


def test_deleting_rows_in_the_table_itself_would_leave_them_there(told: Path) -> None:
    """The naive way: what `DELETE` takes out of the newest version stays in old files, in the log and its statistics."""
    DeltaTable(told).delete(predicate=f"nhs_number IN ({', '.join(map(repr, GONE))})")
    assert people_in(told) == sorted(STAY)
    assert all(number in texts_in(told) for number in GONE)


@pytest.mark.parametrize("mapped", [None, {"nhs_number": "col-1", "visit": "col-2"}], ids=["named", "mapped"])
def test_rows_that_a_deletion_vector_deletes_do_not_come_back(mapped: dict[str, str] | None, tmp_path: Path) -> None:
    table = put_table(tmp_path / "in", rows(PEOPLE), deleted=[4, 7], mapped=mapped)
    left = [number for number in STAY if number not in (PEOPLE[4], PEOPLE[7])]
    manifest = uphold(table, tmp_path / "out")
    assert (manifest["rows"]["read"], manifest["rows"]["removed"]) == (10, 3)
    assert people_in(tmp_path / "out") == sorted(left)
    assert not [number for number in (PEOPLE[4], PEOPLE[7], *GONE) if number in texts_in(tmp_path / "out")]
    assert len(pq.read_table(table / "part.parquet")) == 12, "read as plain Parquet, they would be there"


def test_a_column_that_was_dropped_is_not_released(tmp_path: Path) -> None:
    table = put_table(tmp_path / "in", rows(PEOPLE), mapped={"nhs_number": "col-1", "visit": "col-2"})
    more = pq.read_table(table / "part.parquet").append_column("col-3", pa.array(GONE[:1] * 12))
    pq.write_table(more, table / "part.parquet")
    log = table / "_delta_log" / f"{0:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    actions[2]["add"]["size"] = (table / "part.parquet").stat().st_size
    commit(table, 0, *actions)
    uphold(table, tmp_path / "out")
    assert GONE[0] not in texts_in(tmp_path / "out")
    assert pq.read_schema(tmp_path / "out" / "part-00000.parquet").names == ["nhs_number", "visit"]


@pytest.mark.parametrize("feature", ["typeWidening", "variantType", "vacuumProtocolCheck", "catalogManaged", "madeUp"])
def test_a_feature_that_is_not_read_here_is_refused_by_its_name(feature: str, tmp_path: Path) -> None:
    error = refused(put_table(tmp_path / "in", rows(PEOPLE), features=[feature]))
    assert (error.code, feature in error.sentence) == ("delta-feature", True)


def test_a_feature_is_not_named_by_somebodys_number(tmp_path: Path) -> None:
    for name in (PEOPLE[0], f"x {PEOPLE[0]}"):
        error = refused(put_table(tmp_path / name[:1], rows(PEOPLE), features=[name]))
        assert error.code in ("delta-feature", "delta-unreadable")
        assert PEOPLE[0] not in error.sentence


@pytest.mark.parametrize("where", ["whole", "above", "linked", "none"])
def test_rows_that_stand_outside_the_folder_are_refused(where: str, tmp_path: Path) -> None:
    other = put_table(tmp_path / "other", rows(PEOPLE))
    path = {"whole": f"file://{other}/part.parquet", "above": "../other/part.parquet"}.get(where, "part.parquet")
    table = put_table(tmp_path / "in", rows(PEOPLE), add={"path": path})
    (table / "part.parquet").unlink()
    if where == "linked":
        (table / "part.parquet").symlink_to(other / "part.parquet")
    assert refused(table).code == "delta-elsewhere"


def test_a_version_is_read_as_it_was(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    for people in (PEOPLE[:6], PEOPLE[6:]):
        write_deltalake(tmp_path / "in", rows(people), mode="append")
    for version, kept in ((0, PEOPLE[3:6]), (1, STAY)):
        said = ndoo("uphold", "in", "-o", f"v{version}", "--table-version", version, *LISTS, "--json")
        assert (said.status, said.json["table_version"]) == (0, version), said.told
        assert people_in(tmp_path / f"v{version}") == sorted(kept)
    assert people_about(AskedDataset(tmp_path / "in", ColumnChoice(), Reading(version=0)), lambda _: None)[1] == 6
    said = ndoo("uphold", "in", "-o", "v2", "--table-version", 2, *LISTS, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "delta-version")
    (tmp_path / "in" / OF_DELTA).unlink()
    said = ndoo("uphold", "in", "-o", "v2", *LISTS, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "delta-unreadable")


def test_a_version_that_was_cleaned_up_is_said_to_be_gone(tmp_path: Path) -> None:
    for people in (PEOPLE[:6], PEOPLE[6:]):
        write_deltalake(tmp_path / "in", rows(people), mode="append")
    DeltaTable(tmp_path / "in").create_checkpoint()
    (tmp_path / "in" / OF_DELTA).unlink()
    assert uphold(tmp_path / "in", tmp_path / "out")["table_version"] == 1
    error = refused(tmp_path / "in", version=0)
    assert (error.code, "cleaned up" in error.sentence) == ("delta-version", True)


def test_a_path_that_the_reader_takes_for_another_is_refused(tmp_path: Path) -> None:
    put_table(tmp_path / "a b", rows(PEOPLE[:1]))
    assert refused(put_table(tmp_path / "a%20b", rows(PEOPLE))).code == "delta-path"


def test_a_table_is_refused_whose_columns_cannot_be_told_apart(tmp_path: Path) -> None:
    table = put_table(tmp_path / "in", rows(PEOPLE).rename_columns(["nhs_number", "NHS_number"]))
    assert refused(table).code in ("columns-alike", "delta-unreadable")


def test_nothing_is_published_where_a_newer_version_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = put_table(tmp_path / "in", rows(PEOPLE))
    read = Snapshot.records

    def newer(self: Snapshot) -> dict[str, FileRecord]:
        write_deltalake(table, rows(PEOPLE[:1]), mode="append")
        return read(self)

    monkeypatch.setattr(Snapshot, "records", newer)
    assert refused(table).code == "input-changed"
    assert uphold(table, tmp_path / "out", version=0)["rows"]["read"] == 12, "the version that was named is as it was"


def test_nothing_is_published_where_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = put_table(tmp_path / "in", rows(PEOPLE))
    read = Snapshot.records

    def other(self: Snapshot) -> dict[str, FileRecord]:
        found = read(self)
        os.utime(table / "part.parquet", (1, 1))
        return found

    monkeypatch.setattr(Snapshot, "records", other)
    assert refused(table).code == "input-changed"


def test_without_the_extra_one_sentence_says_what_brings_it(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    uphold(put_table(tmp_path / "in", rows(PEOPLE)), tmp_path / "out")
    monkeypatch.setitem(sys.modules, "deltalake", None)
    said = ndoo("uphold", "in", "-o", "again", *LISTS)
    assert (said.status, said.told.count("\n")) == (2, 1)
    assert 'pip install "ndoo[delta]"' in said.told
    assert ndoo("verify", "out", *LISTS).status == 0, "whoever is given a release needs no extra to verify it"


def _with_line(log: Path, **action: Any) -> None:
    log.write_text(log.read_text() + json.dumps(action) + "\n")


def _replaced(log: Path, old: str, new: str) -> None:
    assert old in log.read_text()
    log.write_text(log.read_text().replace(old, new))


TAMPERED: dict[str, Callable[[Path], None]] = {
    "a file that was not released": lambda log: _with_line(
        log,
        add={"path": "../in/part.parquet", "partitionValues": {}, "size": 1, "modificationTime": 1, "dataChange": True},
    ),
    "what removes the rows": lambda log: _with_line(log, remove={"path": "part-00000.parquet", "dataChange": True}),
    "statistics": lambda log: _replaced(log, r"{\"numRecords\": 9}", r"{\"numRecords\": 9, \"minValues\": {}}"),
    "a description": lambda log: _replaced(log, '"configuration": {}', '"description": "of them", "configuration": {}'),
    "another column": lambda log: _replaced(log, r"\"visit\"", r"\"clinic\""),
    "another feature": lambda log: _replaced(log, '"minWriterVersion": 2', '"minWriterVersion": 3'),
    "no table": lambda log: log.write_text("{}\n"),
    "no JSON": lambda log: log.write_text("[" * 9),
    "nothing": lambda log: log.write_text(""),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_log_that_says_anything_else_is_not_believed_whoever_sealed_it(how: str, tmp_path: Path) -> None:
    uphold(put_table(tmp_path / "in", rows(PEOPLE)), tmp_path / "out")
    place, log = tmp_path / "out", tmp_path / "out" / OF_DELTA
    part = place / "part-00000.parquet"
    files = {part.name: FileRecord(part.name, "", part.stat().st_size, "parquet", 9)}
    schema = pq.read_schema(part)
    assert judge_log(place, schema, files).bytes == log.stat().st_size
    TAMPERED[how](log)
    with pytest.raises(UnfitData) as said:
        judge_log(place, schema, files)
    assert said.value.code == "delta-log-other"
    result = verify_release(release_at(place), ReleaseQuestion(LIST))
    assert "digest" in [promise.name for promise in result.promises if not promise.kept]


def test_a_log_too_large_for_what_was_released_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uphold(put_table(tmp_path / "in", rows(PEOPLE)), tmp_path / "out")
    monkeypatch.setattr("ndoo.upholding.delta.log._LARGEST", 10)
    result = verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST))
    assert "digest" in [promise.name for promise in result.promises if not promise.kept]


@pytest.mark.parametrize("gone", [OF_DELTA, "part-00000.parquet"])
def test_a_released_table_that_lacks_a_file_or_has_a_newer_version_is_not_whole(gone: str, tmp_path: Path) -> None:
    uphold(put_table(tmp_path / "in", rows(PEOPLE)), tmp_path / "out")
    content = (tmp_path / "out" / gone).read_bytes()
    (tmp_path / "out" / gone).unlink()
    assert not verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST)).verified
    (tmp_path / "out" / gone).write_bytes(content)
    assert verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST)).verified
    write_deltalake(tmp_path / "out", rows(GONE), mode="append")
    result = verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST))
    assert next(promise.name for promise in result.promises if not promise.kept) == "paths"


def test_held_rows_go_into_a_table_for_this_account_alone(ndoo: Ndoo, tmp_path: Path) -> None:
    put_table(tmp_path / "in", rows([*PEOPLE, "9990000000", ""]))
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    said = ndoo("uphold", "in", "-o", "out", "--held", "parked", *LISTS, "--json")
    assert (said.status, sum(said.json["rows"]["held"].values())) == (6, 2), said.told
    assert people_in(tmp_path / "parked") == ["", "9990000000"]
    assert (tmp_path / "parked").stat().st_mode & 0o077 == 0


def test_rows_that_mention_somebody_stop_the_run_or_are_held(ndoo: Ndoo, tmp_path: Path) -> None:
    notes = pa.array([None, None, None, f"sister of {GONE[0]}", *[None] * 8], pa.string())
    put_table(tmp_path / "in", rows(PEOPLE).append_column("note", notes))
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    said = ndoo("uphold", "in", "-o", "out", *LISTS, "--json")
    assert (said.status, said.json["error"]["code"], "'note'" in said.told) == (2, "column-mentions", True), said.told
    said = ndoo("uphold", "in", "-o", "out", "--mentions", "hold", *LISTS, "--json")
    assert (said.status, said.json["rows"]["held"]) == (6, {"mentions": 1}), said.told
    assert GONE[0] not in texts_in(tmp_path / "out")


def test_partitions_that_are_peoples_numbers_come_out_as_a_column(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "in", rows(PEOPLE), partition_by=["nhs_number"])
    uphold(tmp_path / "in", tmp_path / "out")
    assert people_in(tmp_path / "out") == sorted(STAY)
    assert not [number for number in PEOPLE if number in (tmp_path / "out" / OF_DELTA).read_text()]
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["_delta_log"]


def test_a_column_that_somebody_was_named_in_the_comment_of_is_refused(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("nhs_number", pa.string(), metadata={"comment": f"as of {GONE[0]}"})])
    write_deltalake(tmp_path / "in", pa.table([PEOPLE], schema=schema))
    assert refused(tmp_path / "in").code == "metadata-identifies"


VALUES: dict[str, pa.Array] = {
    "long": pa.array([1, -(1 << 62), None], pa.int64()),
    "integer": pa.array([1, -7, None], pa.int32()),
    "short": pa.array([1, -7, None], pa.int16()),
    "byte": pa.array([1, -7, None], pa.int8()),
    "float": pa.array([0.5, -0.0, None], pa.float32()),
    "double": pa.array([0.1, 1e300, None], pa.float64()),
    "boolean": pa.array([True, False, None]),
    "binary": pa.array([b"\xff\0", b"", None]),
    "text": pa.array(["é", "", None]),
    "day": pa.array([date(1500, 2, 28), date(9999, 12, 31), None]),
    "instant": pa.array(
        [datetime(2026, 1, 1, 0, 0, 0, 5, UTC), datetime(1900, 1, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")
    ),
    "time": pa.array([datetime(2026, 1, 1, 0, 0, 0, 5), datetime(1900, 1, 1), None], pa.timestamp("us")),
    "money": pa.array([Decimal("1.25"), Decimal("-0.05"), None], pa.decimal128(30, 2)),
    "list": pa.array([["a", None], [], None], pa.list_(pa.string())),
    "struct": pa.array(
        [{"a": 1, "b": "x"}, None, {"a": None, "b": None}], pa.struct([("a", pa.int64()), ("b", pa.string())])
    ),
    "map": pa.array([[("a", b"b")], [], None], pa.map_(pa.string(), pa.binary())),
    "deep": pa.array([[{"a": [1]}], [], None], pa.list_(pa.struct([("a", pa.list_(pa.int32()))]))),
}


def test_every_type_comes_out_as_it_went_in(tmp_path: Path) -> None:
    columns = {name: pa.concat_arrays([values] * 4) for name, values in VALUES.items()}
    sure = pa.field("sure", pa.int32(), nullable=False, metadata={"comment": "never missing"})
    fields = [pa.field("nhs_number", pa.string()), *(pa.field(name, one.type) for name, one in columns.items()), sure]
    table = pa.table([pa.array(PEOPLE), *columns.values(), pa.array(range(12), pa.int32())], schema=pa.schema(fields))
    write_deltalake(tmp_path / "in", table)
    uphold(tmp_path / "in", tmp_path / "out")
    before, after = DeltaTable(tmp_path / "in"), DeltaTable(tmp_path / "out")
    assert after.schema().to_json() == before.schema().to_json()
    kept = [row for row in pa.table(before.scan()).to_pylist() if row["nhs_number"] in STAY]
    assert sorted(pa.table(after.scan()).to_pylist(), key=str) == sorted(kept, key=str)


@pytest.mark.parametrize("kind", [pa.uint8(), pa.timestamp("ns"), pa.list_(pa.time64("us")), pa.date64()], ids=str)
def test_a_type_that_delta_tables_do_not_have_is_not_written_as_another(kind: Any) -> None:
    with pytest.raises(UnfitData) as said:
        schema_text(plain_schema(pa.schema([("one", kind)])))
    assert said.value.code == "type-refused"


def test_a_table_of_which_everybody_goes_has_its_columns_still(tmp_path: Path) -> None:
    uphold(put_table(tmp_path / "in", rows(GONE)), tmp_path / "out")
    assert people_in(tmp_path / "out") == []
    assert verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST)).verified


def test_many_rows_are_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndoo.upholding.delta.table._ROWS_A_FILE", 2)
    for at in range(3):
        write_deltalake(tmp_path / "in", rows(STAY[at * 3 : at * 3 + 3]), mode="append")
    uphold(tmp_path / "in", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 3
    assert people_in(tmp_path / "out") == sorted(STAY)
    assert verify_release(release_at(tmp_path / "out"), ReleaseQuestion(LIST)).verified


def test_a_table_of_another_shape_than_was_pinned_stops_the_run(tmp_path: Path) -> None:
    pinned = tmp_path / "shape.json"
    uphold(put_table(tmp_path / "in", rows(PEOPLE)), tmp_path / "out", shape=pinned)
    assert [column["type"] for column in json.loads(pinned.read_text())["columns"]] == ["string", "int64"]
    more = rows(PEOPLE).append_column("note", pa.nulls(12, pa.string()))
    assert refused(put_table(tmp_path / "more", more), shape=pinned).code == "shape-changed"


def test_a_run_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_table(tmp_path / "in", rows(PEOPLE))
    monkeypatch.setattr("ndoo.upholding.delta.table.ParquetSink.finish", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        uphold(tmp_path / "in", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "delete", "update", "overwrite"]), st.sets(st.sampled_from(PEOPLE), min_size=1)
    ),
    min_size=1,
    max_size=4,
)


@given(STEPS, st.sets(st.sampled_from(PEOPLE)), st.booleans())
@settings(max_examples=12)
def test_whatever_happened_to_a_table_the_release_is_its_rows_without_those_who_go(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, set[str]]], gone: set[str], partitioned: bool
) -> None:
    folder = tmp_path_factory.mktemp("history")
    expected = list(PEOPLE[:4])
    by = ["visit"] if partitioned else None
    write_deltalake(folder / "in", rows(expected), partition_by=by)
    for how, chosen in steps:
        people = sorted(chosen)
        if how == "append":
            write_deltalake(folder / "in", rows(people), mode="append")
            expected += people
        elif how == "overwrite":
            write_deltalake(folder / "in", rows(people), mode="overwrite")
            expected = people
        elif how == "delete":
            DeltaTable(folder / "in").delete(f"nhs_number IN ({', '.join(map(repr, people))})")
            expected = [one for one in expected if one not in chosen]
        else:
            DeltaTable(folder / "in").update({"nhs_number": repr(people[0])}, predicate=f"nhs_number = '{people[-1]}'")
            expected = [people[0] if one == people[-1] else one for one in expected]
    manifest = uphold(folder / "in", folder / "out", cleaned=cleaned_list(Polarity.OPTED_OUT, sorted(gone), None))
    assert people_in(folder / "out") == sorted(one for one in expected if one not in gone)
    assert manifest["rows"]["read"] == len(expected)
    assert not [number for number in gone if number in texts_in(folder / "out")]


def test_a_log_names_each_file_once_and_nothing_of_its_rows() -> None:
    written = TableIdentity.new(datetime(2026, 11, 29, tzinfo=UTC))
    files = {"part-00000.parquet": FileRecord("part-00000.parquet", "", 5, "parquet", 9)}
    actions = [json.loads(line) for line in log_of(written, pa.schema([("n", pa.int64())]), files).splitlines()]
    assert [next(iter(action)) for action in actions] == ["commitInfo", "protocol", "metaData", "add"]
    assert actions[3]["add"]["stats"] == '{"numRecords": 9}'
