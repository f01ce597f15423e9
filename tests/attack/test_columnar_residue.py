"""Does anything of those who opted out stay behind inside a columnar file: dictionaries, views, statistics, children?"""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from ndoo.evidence.manifest import written
from tests.attack.scene import GO, MUST_GO, STAY, Scene
from tests.attack.tampering import STRANGER

KINDS = ("parquet", "arrow")


def spelt(number: str) -> str:
    """A word that only this person has, and that is no number."""
    return "".join("abcdefghij"[int(digit)] for digit in number)


STAYING, GOING = STAY * 40, GO * 10
ROWS = [*((n, f"maystay-{spelt(n)}") for n in STAYING), *((n, f"{MUST_GO}-{spelt(n)}") for n in GOING)]
MIXED = [*ROWS[:100], *ROWS[-20:], *ROWS[100:-20]]


def stored(kind: str, table: pa.Table, *, rows_a_group: int = 120) -> bytes:
    """The table as a file, uncompressed so that whatever is in it can be seen."""
    out = io.BytesIO()
    if kind == "parquet":
        parquet.write_table(table, out, row_group_size=rows_a_group, compression="none")
    else:
        with pa.ipc.new_file(out, table.schema, options=pa.ipc.IpcWriteOptions(unify_dictionaries=True)) as writer:
            writer.write_table(table, max_chunksize=rows_a_group)
    return out.getvalue()


def read_back(kind: str, content: bytes) -> pa.Table:
    return parquet.read_table(io.BytesIO(content)) if kind == "parquet" else feather.read_table(io.BytesIO(content))


def texts(values: list[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(type_):
        return pa.array(values, pa.string()).dictionary_encode().cast(type_)
    return pa.array(values, pa.string()).cast(type_)


TYPES = {
    "text": pa.string(),
    "large_text": pa.large_string(),
    "text_view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
    "small_dictionary": pa.dictionary(pa.int16(), pa.string()),
    "bytes": pa.binary(),
    "bytes_view": pa.binary_view(),
}


@pytest.mark.parametrize("order", ["last", "in_the_middle"])
@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_those_who_opted_out_stays_in_the_file(kind: str, type_: str, order: str, scene: Scene) -> None:
    """A dictionary or a view may hold the words of rows that are no longer there."""
    rows = ROWS if order == "last" else MIXED
    try:
        column = texts([word for _, word in rows], TYPES[type_])
        scene.put(stored(kind, pa.table({"nhs_number": [n for n, _ in rows], "word": column})))
    except pa.ArrowNotImplementedError:
        pytest.skip("this version of the library does not store that type")
    said = scene.uphold("--expect-removed", "0-100", output=f"out.{kind}")
    if said.status == 3:
        assert said.json["error"]["code"] == "type-refused"
        return
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    for number in GO:
        assert number.encode() not in outcome.output
        assert spelt(number).encode() not in outcome.output
    assert read_back(kind, outcome.output).num_rows == len(STAYING)


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_of_those_who_opted_out_stays_in_a_dictionary(kind: str, scene: Scene) -> None:
    numbers = pa.array([n for n, _ in MIXED]).dictionary_encode()
    scene.put(stored(kind, pa.table({"nhs_number": numbers, "at": list(range(len(MIXED)))})))
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    assert outcome.manifest["rows"]["removed"] == len(GOING)
    assert not [n for n in GO if n.encode() in outcome.output]


@pytest.mark.parametrize("nested", ["list", "struct", "map", "list_of_structs"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_those_who_opted_out_stays_in_nested_columns(kind: str, nested: str, scene: Scene) -> None:
    words = [word for _, word in MIXED]
    columns = {
        "list": lambda: pa.array([[w, w] for w in words]),
        "struct": lambda: pa.array([{"word": w} for w in words]),
        "map": lambda: pa.array([[("word", w)] for w in words], pa.map_(pa.string(), pa.string())),
        "list_of_structs": lambda: pa.array([[{"word": w}] for w in words]),
    }
    scene.put(stored(kind, pa.table({"nhs_number": [n for n, _ in MIXED], "nested": columns[nested]()})))
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    assert not [n for n in GO if n.encode() in outcome.output or spelt(n).encode() in outcome.output]
    assert read_back(kind, outcome.output).num_rows == len(STAYING)


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_stays_in_a_dictionary_inside_a_struct(kind: str, scene: Scene) -> None:
    words = pa.array([word for _, word in MIXED]).dictionary_encode()
    nested = pa.StructArray.from_arrays([words], names=["word"])
    scene.put(stored(kind, pa.table({"nhs_number": [n for n, _ in MIXED], "nested": nested})))
    said = scene.uphold("--expect-removed", "0-100", output=f"out.{kind}")
    if said.status == 3:
        assert said.json["error"]["code"] == "type-refused"
        return
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    assert not [n for n in GO if spelt(n).encode() in outcome.output]


@pytest.mark.parametrize("share", ["all", "none"])
@pytest.mark.parametrize("kind", KINDS)
def test_statistics_of_the_output_are_of_the_rows_in_it(kind: str, share: str, scene: Scene) -> None:
    """The least and the greatest value of a column are somebody's."""
    rows = [(GO[0], "9999-12-31")] * 5 + [(n, "2000-01-01") for n in STAYING]
    scene.put(
        stored(kind, pa.table({"nhs_number": [n for n, _ in rows], "born": [d for _, d in rows]}), rows_a_group=1000)
    )
    if share == "none":
        scene.put_lists(stay=GO[1:], go=[GO[0], *STAY])
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    assert b"9999-12-31" not in outcome.output


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_column_of_numbers_that_became_floats_is_not_overlooked(kind: str, scene: Scene) -> None:
    """One missing mother is enough for pandas to write all of them as 9434765919.0."""
    mothers = pa.array([*(float(n) for n in STAY), None])
    scene.put(stored(kind, pa.table({"nhs_number": [*STAY, STAY[0]], "mother": mothers})))
    scene.refuses(2, "column-unclassified", "--nhs-number", "nhs_number", output=f"out.{kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_dictionary_without_the_words_of_others_still_says_the_same(kind: str, scene: Scene) -> None:
    """Values, nulls and type stay, over many groups of rows."""
    words = pa.array([word if at % 7 else None for at, (_, word) in enumerate(MIXED)]).dictionary_encode()
    whole = pa.table({"nhs_number": [n for n, _ in MIXED], "word": words}, metadata={"origin": "ward"})
    scene.put(stored(kind, whole))
    outcome = scene.upholds(0, "--expect-removed", "0-100", output=f"out.{kind}")
    expected = whole.filter(pa.array([n not in GO for n, _ in MIXED]))
    written = read_back(kind, outcome.output)
    assert written.schema.types == whole.schema.types
    assert written.schema.metadata[b"origin"] == b"ward"
    assert written.to_pylist() == expected.to_pylist()


SEVERITY = pa.array(["mild", "moderate", MUST_GO, "severe"])


def graded(grades: list[int]) -> pa.Table:
    """One patient a grade, in an ordered dictionary; grade 2 is of somebody who goes."""
    numbers = [GO[0] if grade == 2 else STAY[at % 8] for at, grade in enumerate(grades)]
    column = pa.DictionaryArray.from_arrays(pa.array(grades, pa.int8()), SEVERITY, ordered=True)
    return pa.table({"nhs_number": numbers, "severity": column})


@pytest.mark.parametrize("kind", KINDS)
def test_an_ordered_dictionary_keeps_its_order(kind: str, scene: Scene) -> None:
    scene.put(stored(kind, graded([3, 2, 0, 1, 3])))
    written = read_back(kind, scene.upholds(0, output=f"out.{kind}").output)
    column = written.column("severity").combine_chunks()
    assert column.dictionary.to_pylist() == ["mild", "moderate", "severe"]
    assert column.to_pylist() == ["severe", "mild", "moderate", "severe"]
    assert column.type.ordered


def test_an_ordered_dictionary_that_would_change_its_order_is_refused(scene: Scene) -> None:
    """The second batch brings a grade that belongs before those that were written already."""
    scene.put(stored("arrow", graded([3, 2, 3, 3, 0, 0, 1, 1]), rows_a_group=4))
    scene.refuses(3, "type-refused", output="out.arrow")


SHARED = [(STAY[at % 8], ("mild", "severe", "moderate1x", None)[at % 4]) for at in range(4000)]
"""Words of few letters that rows share: they stand in dictionaries, and pass through as these."""
ONLY_THEIRS = [SHARED[0], *SHARED[1:1500], *[(GO[0], "mustgo"), (GO[1], "severe")] * 300, *SHARED[1500:]]


@pytest.mark.parametrize("nulls", [False, True], ids=["some", "no word stays"])
@pytest.mark.parametrize("rows_a_group", [100_000, 1000, 700])
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "brotli", "lz4", "zstd"])
def test_no_word_that_only_they_had_stays_among_shared_words(
    codec: str, rows_a_group: int, nulls: bool, scene: Scene
) -> None:
    """Whichever codec hides it: every page of a dictionary is unpacked, and the values of statistics with it."""
    rows = [(n, None if nulls and n in STAY else word) for n, word in ONLY_THEIRS]
    table = pa.table({"nhs_number": [n for n, _ in rows], "word": pa.array([word for _, word in rows], pa.string())})
    parquet.write_table(table, scene.folder / "in.parquet", compression=codec, row_group_size=rows_a_group)
    naive = pa.array([word for _, word in rows]).dictionary_encode().filter(pa.array([n in STAY for n, _ in rows]))
    assert "mustgo" in naive.dictionary.to_pylist(), "the attack does not bite"
    outcome = scene.upholds(0, "--expect-removed", "0-100", source="in.parquet", output="out.parquet")
    scene.put(outcome.output, "again.parquet")
    unpacked = scene.folder / "unpacked.parquet"
    file = parquet.ParquetFile(scene.folder / "again.parquet", read_dictionary=["word"])
    with parquet.ParquetWriter(unpacked, file.schema_arrow, compression="none") as writer:
        for at in range(file.num_row_groups):
            writer.write_table(file.read_row_group(at))
    assert b"mustgo" not in unpacked.read_bytes()
    assert b"mustgo" not in outcome.output
    assert (
        read_back("parquet", outcome.output).to_pylist()
        == table.filter(pa.array([n in STAY for n, _ in rows])).to_pylist()
    )
    assert scene.verify(output="out.parquet").json["verified"]


@pytest.mark.parametrize("forged", [False, True], ids=["plain", "with its digest"])
def test_a_dictionary_that_was_changed_in_a_release_is_found(forged: bool, scene: Scene) -> None:
    """Ten letters of one word become somebody's number: in every row that has it, and in the file once."""
    table = pa.table({"nhs_number": [n for n, _ in SHARED], "word": [word for _, word in SHARED]})
    parquet.write_table(table, scene.folder / "in.parquet", compression="none", write_statistics=False)
    outcome = scene.upholds(0, source="in.parquet", output="out.parquet")
    assert outcome.output.count(b"moderate1x") == 1
    assert scene.verify(output="out.parquet").json["verified"]
    changed = outcome.output.replace(b"moderate1x", GO[0].encode())
    scene.put(changed, "out.parquet")
    if forged:
        document = json.loads(json.dumps(outcome.manifest))
        document["output"]["sha256"] = hashlib.sha256(changed).hexdigest()
        scene.put(written(STRANGER.seal(document)), "out.parquet.manifest.json")
    said = scene.verify(output="out.parquet")
    assert said.status == 3
    (digest,) = (one for one in said.json["promises"] if not one["kept"])
    assert digest["name"] == "digest"
    assert "'word'" in digest["because"], "it is found by what stands there too"
