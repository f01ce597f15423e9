"""Can a number leave in what describes the rows, where no row is looked at? Names and metadata of a columnar file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from ndoo.domain.errors import UnfitData
from ndoo.upholding.parquet_and_arrow.labels import refuse_identifying
from tests.attack.scene import GO, STAY, Scene

KINDS = ("parquet", "arrow")
NUMBER = GO[0]
SPACED = f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}"
TEXT = pa.string()


class Tagged(pa.ExtensionType):
    """A type of its own, such as files of other tools have."""

    def __init__(self, storage: pa.DataType) -> None:
        super().__init__(storage, "ndoo.tests.tagged")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""


def schema(*fields: pa.Field, **metadata: str) -> pa.Schema:
    return pa.schema([pa.field("nhs_number", TEXT), *fields], metadata=metadata or None)


def stored(kind: str, described: pa.Schema) -> bytes:
    """A small table of people who may stay, described so."""
    out = io.BytesIO()
    columns = [pa.array(STAY), *(pa.nulls(len(STAY), field.type) for field in list(described)[1:])]
    whole = pa.Table.from_arrays(columns, schema=described)
    if kind == "parquet":
        parquet.write_table(whole, out)
    else:
        with pa.ipc.new_file(out, described) as writer:
            writer.write_table(whole)
    return out.getvalue()


NAMES: dict[str, pa.Field] = {
    "a_column": pa.field(NUMBER, TEXT),
    "spaced": pa.field(SPACED, TEXT),
    "with_words": pa.field(f"result of {NUMBER}", TEXT),
    "a_field_of_a_struct": pa.field("results", pa.struct([pa.field("date", TEXT), pa.field(NUMBER, TEXT)])),
    "in_a_list": pa.field("results", pa.list_(pa.struct([pa.field(NUMBER, TEXT)]))),
    "in_a_map": pa.field("results", pa.map_(TEXT, pa.struct([pa.field(NUMBER, TEXT)]))),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_called_after_a_patient_is_not_published(kind: str, name: str, scene: Scene) -> None:
    """As a table turned on its side has it: a column for each person."""
    scene.put(stored(kind, schema(NAMES[name])))
    scene.refuses(3, "column-identifies", output=f"out.{kind}")


@pytest.mark.parametrize(
    "name", [f"result of {NUMBER}", f"{SPACED} result", f"a\t{NUMBER}", f'"two\nlines {NUMBER}"', f"ward_{NUMBER}_x"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("by", ["allowed", "opted_out"])
def test_a_heading_of_text_that_names_a_patient_is_not_published(
    by: str, encoding: str, name: str, scene: Scene
) -> None:
    scene.put(f"nhs_number,{name},site\n{STAY[0]},x,Düren\n".encode(encoding))
    scene.refuses(3, "column-identifies", by=by)


ENCODED = base64.b64encode(f"mother: {NUMBER}".encode()).decode()
METADATA: dict[str, Callable[[], pa.Schema]] = {
    "a_value": lambda: schema(patient=NUMBER),
    "in_a_document": lambda: schema(source=f'{{"mother": "{SPACED}"}}'),
    "a_key": lambda: schema(**{NUMBER: "yes"}),
    "of_a_column": lambda: schema(pa.field("x", TEXT, metadata={"example": NUMBER})),
    "of_a_field_of_a_struct": lambda: schema(
        pa.field("x", pa.struct([pa.field("y", TEXT, metadata={"example": NUMBER})]))
    ),
}


@pytest.mark.parametrize("where", METADATA)
@pytest.mark.parametrize("kind", KINDS)
def test_a_number_in_the_metadata_is_not_published(kind: str, where: str, scene: Scene) -> None:
    scene.put(stored(kind, METADATA[where]()))
    scene.refuses(3, "metadata-identifies", output=f"out.{kind}")


ENCODED_METADATA: dict[str, Callable[[], pa.Schema]] = {
    "in_base64": lambda: schema(source=ENCODED),
    "escaped": lambda: schema(source=f"{NUMBER[:3]}&nbsp;{NUMBER[3:6]}&nbsp;{NUMBER[6:]}"),
    "in_base64_of_a_column": lambda: schema(pa.field("x", TEXT, metadata={"example": ENCODED})),
    "in_a_name_in_base64": lambda: schema(pa.field(ENCODED, TEXT)),
}


@pytest.mark.parametrize("where", ENCODED_METADATA)
@pytest.mark.parametrize("kind", KINDS)
def test_a_withheld_number_is_not_published_in_the_metadata_in_a_code(kind: str, where: str, scene: Scene) -> None:
    """The list says whose numbers are looked for; text that only could hold one is no reason to refuse a file."""
    scene.put(stored(kind, ENCODED_METADATA[where]()))
    scene.refuses(3, "metadata-identifies", output=f"out.{kind}", by="opted_out")


def test_a_type_of_its_own_hides_no_name() -> None:
    hidden = pa.field("x", Tagged(pa.struct([pa.field(NUMBER, TEXT)])))
    with pytest.raises(UnfitData) as refused:
        refuse_identifying(schema(hidden))
    assert refused.value.code == "column-identifies"
    assert NUMBER not in refused.value.sentence


HARMLESS: list[Any] = [
    NUMBER[:9],
    NUMBER + "0",
    NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10),
    "1111111111",
    "week 2026-11-20",
    "",
]


@pytest.mark.parametrize("word", HARMLESS, ids=["nine", "eleven", "check_digit", "placeholder", "a_day", "nothing"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_names_and_metadata_are_kept(kind: str, word: str, scene: Scene) -> None:
    described = schema(pa.field(word, TEXT, metadata={"unit": word}), note=word)
    scene.put(stored(kind, described))
    scene.upholds(0, output=f"out.{kind}")
    out = scene.folder / f"out.{kind}"
    kept = parquet.read_schema(out) if kind == "parquet" else pa.ipc.open_file(out).schema
    assert kept.equals(described, check_metadata=True)
