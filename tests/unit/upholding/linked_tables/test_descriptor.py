"""What a descriptor says and nobody knows is refused by its name; what the standard knows is followed, or refused too."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.domain.errors import UnfitData
from ndoo.upholding.linked_tables import properties
from ndoo.upholding.linked_tables.descriptor import read_package
from tests.unit.upholding.linked_tables.scene import GO, scene

STANDARD = {
    "package": "$schema profile name id title description homepage version created contributors keywords image licenses resources sources",
    "resource": "$schema profile name path data type title description homepage sources licenses format mediatype encoding bytes hash "
    "dialect schema",
    "schema": "$schema fields fieldsMatch primaryKey uniqueKeys foreignKeys missingValues",
    "field": "name title description example missingValues categories categoriesOrdered type format constraints rdfType bareNumber "
    "decimalChar groupChar trueValues falseValues delimiter itemType",
    "constraints": "required unique pattern enum minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum jsonSchema",
    "foreign key": "fields reference",
    "reference": "resource fields",
    "dialect": "$schema csvddfVersion caseSensitiveHeader header headerRows headerJoin commentRows commentChar delimiter lineTerminator "
    "quoteChar doubleQuote escapeChar nullSequence skipInitialSpace property itemType itemKeys sheetNumber sheetName table",
}
"""Every property of the Data Package standard, versions 1 and 2 (its profiles datapackage, dataresource, tableschema, tabledialect)."""

KNOWN = {
    "package": properties.PACKAGE,
    "resource": properties.RESOURCE,
    "schema": properties.SCHEMA,
    "field": properties.FIELD,
    "constraints": properties.CONSTRAINTS,
    "foreign key": properties.FOREIGN_KEY,
    "reference": properties.REFERENCE,
    "dialect": properties.DIALECT,
}


def test_every_property_of_the_standard_is_known_but_for_rows_that_stand_in_the_descriptor() -> None:
    for level, names in STANDARD.items():
        assert set(names.split()) - KNOWN[level] == ({"data"} if level == "resource" else set()), level


FULL: dict[str, Any] = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "profile": "tabular-data-package",
    "name": "x",
    "id": "1",
    "title": "T",
    "description": "D",
    "homepage": "h",
    "version": "1",
    "created": "c",
    "contributors": [{"title": "A", "any": 1}],
    "keywords": [],
    "image": "i",
    "licenses": [{"name": "OGL"}],
    "sources": [{"title": "S"}],
    "resources": [
        {
            "name": "patients",
            "path": "patients.csv",
            "type": "table",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "compression": "no",
            "dialect": {
                "delimiter": ",",
                "header": True,
                "quoteChar": '"',
                "lineTerminator": "\n",
                "csvddfVersion": 1.2,
            },
            "schema": {
                "primaryKey": "id",
                "missingValues": ["", {"value": "-", "label": "unknown"}],
                "uniqueKeys": [["id"]],
                "fieldsMatch": ["exact"],
                "fields": [
                    {"name": "id", "type": "string", "constraints": {"required": True, "unique": True}},
                    {"name": "nhs_number", "title": "N", "rdfType": "r", "example": "e", "missingValues": [""]},
                ],
            },
        },
        {
            "name": "visits",
            "path": "visits.csv",
            "schema": {
                "primaryKey": ["visit"],
                "foreignKeys": [
                    {"fields": ["patient"], "reference": {"resource": "patients", "fields": ["id"]}},
                    {"fields": "of", "reference": {"fields": "visit"}},
                ],
            },
        },
    ],
}
"""A descriptor in which every level stands once, with what the standard knows."""


def _written(folder: Path, document: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "patients.csv").write_text(f"id,nhs_number\np0,{GO}\n")
    (folder / "visits.csv").write_text("visit,patient,of\nv0,p0,\n")
    (folder / "datapackage.json").write_text(json.dumps(document))
    return folder


def _objects(document: Any, level: str = "package") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a descriptor that says something of the tables, and its level."""
    yield level, document
    below = {
        "package": [("resources", "resource")],
        "resource": [("schema", "schema"), ("dialect", "dialect")],
        "schema": [("fields", "field"), ("foreignKeys", "foreign key")],
        "field": [("constraints", "constraints")],
        "foreign key": [("reference", "reference")],
    }
    for name, level_below in below.get(level, []):
        found = document.get(name, [])
        for one in found if isinstance(found, list) else [found]:
            yield from _objects(one, level_below)


def test_what_the_standard_says_is_followed(tmp_path: Path) -> None:
    package = read_package(_written(tmp_path / "in", FULL))
    assert [link.target for link in package["visits"].links] == ["patients", "visits"]
    assert package["patients"].nulls == ("-",)


MISSPELT: list[Callable[[str], str]] = [
    str.lower,
    str.upper,
    str.title,
    lambda name: name + "s",
    lambda name: name.rstrip("s"),
    lambda name: name[:-1] or "x",
    lambda name: "".join("_" + c.lower() if c.isupper() else c for c in name),
    lambda name: "x-" + name,
    lambda name: name + " ",
    lambda name: name[1:] + name[:1],
    lambda name: "_" + name,
    lambda name: "ndoo:" + name,
    lambda name: name.replace("e", "\u0435"),
]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_misspelt_property_is_refused_at_every_level_and_named(tmp_path: Path, data: st.DataObject) -> None:
    document = copy.deepcopy(FULL)
    level, changed = data.draw(st.sampled_from(list(_objects(document))))
    name = data.draw(st.sampled_from(sorted(set(STANDARD[level].split()) - {"data"})))
    misspelt = data.draw(st.sampled_from(MISSPELT))(name)
    if misspelt in KNOWN[level] or misspelt == "data":
        return
    changed[misspelt] = changed.pop(name, "x")
    with pytest.raises(UnfitData) as refused:
        read_package(_written(tmp_path / "in", document))
    if name not in ("resources", "name", "path"):  # these are missed before
        assert refused.value.code in ("descriptor-property", "descriptor-unfit")
    if refused.value.code == "descriptor-property":
        assert repr(misspelt[:60]) in refused.value.sentence


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(FULL)
    change(document)
    return document


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("'foreignkeys'.*Did you mean 'foreignKeys'", lambda d: d["resources"][1]["schema"].update(foreignkeys=[])),
        ("'foreign_keys'.*Did you mean 'foreignKeys'", lambda d: d["resources"][1]["schema"].update(foreign_keys=[])),
        ("resource 'visits' has the property 'foreignKeys'", lambda d: d["resources"][1].update(foreignKeys=[])),
        ("'views'", lambda d: d.update(views=[])),
        ("'foreignKey'", lambda d: d["resources"][0]["schema"]["fields"][0].update(foreignKey="x")),
        ("'package'", lambda d: d["resources"][1]["schema"]["foreignKeys"][0]["reference"].update(package="other")),
        ("stand in it", lambda d: d["resources"][1].update(data=[])),
        ("is no table", lambda d: d["resources"][1].update(type="json")),
        ("a profile other than", lambda d: d.update(profile="https://example.org/mine.json")),
        ("a profile other than", lambda d: d["resources"][1]["schema"].update({"$schema": "mine"})),
        ("is no object", lambda d: d["resources"][1].update(schema=[])),
        ("is no object", lambda d: d["resources"][1]["schema"].update(foreignKeys=["patient"])),
        ("is no object", lambda d: d["resources"][1]["schema"].update(fields=["visit", "patient", "of"])),
        ("a list is something else", lambda d: d["resources"][1]["schema"].update(foreignKeys={})),
        ("what is no name", lambda d: d["resources"][1]["schema"]["foreignKeys"][0]["reference"].update(resource=5)),
        ("missingValues of its own", lambda d: d["resources"][0]["schema"]["fields"][0].update(missingValues=["0"])),
        ("one name", lambda d: d["resources"][0]["schema"]["fields"][1].update(name="id")),
        ("not packed as", lambda d: d["resources"][0].update(compression="gz")),
        ("not packed as", lambda d: d["resources"][0].update(compression="zip")),
        ("hidden", lambda d: d["resources"][0].update(path=".patients.csv")),
        ("no text", lambda d: d["resources"][0].update(path=None)),
        ("several files and one hash", lambda d: d["resources"][0].update(path=["patients.csv", "p.csv"], hash="0")),
        ("one path", lambda d: d["resources"][0].update(path=["patients.csv", "./patients.csv"])),
        ("leads out of the folder", lambda d: d["resources"][0].update(path=["patients.csv", "https://x/p.csv"])),
        ("leads out of the folder", lambda d: d["resources"][0].update(schema="https://x/schema.json")),
        ("not in the folder", lambda d: d["resources"][0].update(schema="schema.json")),
        ("not JSON", lambda d: d["resources"][0].update(schema="visits.csv")),
        ("none that the standard has", lambda d: d["resources"][0]["schema"].update(fieldsMatch="some")),
        (
            "without a heading",
            lambda d: [
                d["resources"][0].update(dialect={"header": False}),
                d["resources"][0]["schema"].update(fieldsMatch="equal"),
            ],
        ),
        ("lineTerminator", lambda d: d["resources"][0]["dialect"].update(lineTerminator=";")),
        ("itemType", lambda d: d["resources"][0]["dialect"].update(itemType="array")),
        ("of the wrong kind", lambda d: d["resources"][0]["dialect"].update(sheetName=1)),
    ],
)
def test_what_would_change_rows_or_keys_and_is_not_followed_is_refused(
    sentence: str, change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    with pytest.raises(UnfitData, match=sentence):
        read_package(_written(tmp_path / "in", _changed(change)))


def test_nothing_said_by_a_null_is_nothing_said(tmp_path: Path) -> None:
    document = _changed(lambda d: d["resources"][1].update(schema=None, dialect=None))
    assert read_package(_written(tmp_path / "in", document))["visits"].links == ()


def test_a_packed_table_is_what_its_compression_says(tmp_path: Path) -> None:
    import gzip

    folder = _written(tmp_path / "in", _changed(lambda d: d["resources"][0].update(compression="gz")))
    (folder / "patients.csv").write_bytes(gzip.compress((folder / "patients.csv").read_bytes()))
    assert read_package(folder)["patients"].paths == ("patients.csv",)


@pytest.mark.parametrize(
    ("match", "fits", "does_not"),
    [
        ("exact", ["id,nhs_number"], ["nhs_number,id", "id,nhs_number,more", "id"]),
        ("equal", ["id,nhs_number", "nhs_number,id"], ["id,nhs_number,more", "id"]),
        ("subset", ["nhs_number,more,id"], ["id,more"]),
        ("superset", ["nhs_number,id", "id"], ["id,nhs_number,more"]),
        ("partial", ["id,more", "more,nhs_number"], ["more,other"]),
    ],
)
def test_the_columns_of_a_file_are_those_of_its_schema_as_it_says(
    match: str, fits: list[str], does_not: list[str], tmp_path: Path
) -> None:
    document = _changed(lambda d: d["resources"][0]["schema"].update(fieldsMatch=match))
    table = read_package(_written(tmp_path / "in", document))["patients"]
    assert all(table.fits(tuple(names.split(","))) for names in fits)
    assert not any(table.fits(tuple(names.split(","))) for names in does_not)


def test_a_schema_in_a_file_is_read_as_one_in_its_place_and_leaves_by_nobodys_number(tmp_path: Path) -> None:
    document = _changed(lambda d: d["resources"][1].update(schema="more/s.json", dialect="more/d.json"))
    folder = _written(tmp_path / "in", document)
    (folder / "more").mkdir()
    (folder / "more" / "s.json").write_text(json.dumps(FULL["resources"][1]["schema"]))
    (folder / "more" / "d.json").write_text('{"delimiter": ","}')
    package = read_package(folder)
    assert [link.target for link in package["visits"].links] == ["patients", "visits"]
    assert list(package.files) == ["datapackage.json", "more/s.json", "more/d.json"]
    (folder / "more" / "d.json").write_text(json.dumps({"title": GO}))
    with pytest.raises(UnfitData, match=r"more/d\.json holds what is a valid NHS number"):
        read_package(folder)
    (folder / "more" / "d.json").unlink()
    (folder / "more" / "d.json").symlink_to(folder / "more" / "s.json")
    with pytest.raises(UnfitData, match="a link to somewhere else"):
        read_package(folder)


def test_two_tables_may_share_a_schema_in_a_file(tmp_path: Path) -> None:
    document = _changed(lambda d: [one.update(schema="s.json") for one in d["resources"]])
    folder = _written(tmp_path / "in", document)
    (folder / "s.json").write_text("{}")
    assert [table.columns for table in read_package(folder).tables] == [None, None]


def test_the_scene_itself_is_followed(tmp_path: Path) -> None:
    assert len(read_package(scene(tmp_path / "in")).tables) == 5
