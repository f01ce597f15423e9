"""Keys are left out, misspelt, put in the wrong place or renamed: nobody who opted out is released in a table that seems to be nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attack.naive import people_by_declared_keys
from tests.attack.scene import GO, MAY, MUST_GO, PEOPLE
from tests.conftest import TODAY, Ndoo

KEY = {"fields": "patient_id", "reference": {"resource": "patients", "fields": "patient_id"}}


def _schema(resource: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = resource["schema"]
    return said


ATTACKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no key": lambda visits: _schema(visits).pop("foreignKeys"),
    "no schema": lambda visits: visits.pop("schema"),
    "no keys": lambda visits: _schema(visits).update(foreignKeys=[]),
    "small letters": lambda visits: _schema(visits).update(foreignkeys=_schema(visits).pop("foreignKeys")),
    "one key": lambda visits: _schema(visits).update(foreignKey=_schema(visits).pop("foreignKeys")[0]),
    "underscores": lambda visits: _schema(visits).update(foreign_keys=_schema(visits).pop("foreignKeys")),
    "another alphabet": lambda visits: _schema(visits).update({"f\u043ereignKeys": _schema(visits).pop("foreignKeys")}),
    "beside the schema": lambda visits: visits.update(foreignKeys=_schema(visits).pop("foreignKeys")),
    "in a field": lambda visits: _schema(visits).update(
        fields=[
            {"name": "visit"},
            {"name": "patient_id", "foreignKey": _schema(visits).pop("foreignKeys")[0]},
            {"name": "marker"},
        ]
    ),
    "schema misspelt": lambda visits: visits.update(Schema=visits.pop("schema")),
    "nothing": lambda visits: _schema(visits).update(foreignKeys=None),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("heading", ["patient_id", "subject"])
def test_a_table_that_seems_to_be_nobodys_is_not_released(
    attack: str, heading: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "patients.csv").write_text(
        "patient_id,nhs_number\n" + "".join(f"{at},{n}\n" for at, n in enumerate(PEOPLE))
    )
    rows = [f"v{at}x,{at},{MUST_GO if number in GO else MAY}\n" for at, number in enumerate(PEOPLE)]
    (folder / "visits.csv").write_text(f"visit,{heading},marker\n" + "".join(rows))
    visits: dict[str, Any] = {
        "name": "visits",
        "path": "visits.csv",
        "schema": {"foreignKeys": [{**KEY, "fields": heading}]},
    }
    document = {
        "resources": [{"name": "patients", "path": "patients.csv", "schema": {"primaryKey": "patient_id"}}, visits]
    }
    (tmp_path / "go.txt").write_text("\n".join(GO))
    (folder / "datapackage.json").write_text(json.dumps(document))
    call = (
        "uphold",
        "in",
        "-o",
        "out",
        "--nhs-number",
        "patients.nhs_number",
        "--opted-out",
        "go.txt",
        "--checked-at",
        TODAY,
    )
    assert ndoo(*call).status == 0, "with its key it is upheld"
    assert MUST_GO not in (tmp_path / "out" / "visits.csv").read_text()
    ATTACKS[attack](visits)
    assert "visits" not in people_by_declared_keys(document), "the attack does not bite"
    (folder / "datapackage.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    said = ndoo(*(word if word != "out" else "other" for word in call), "--json")
    assert said.status in (2, 3)
    assert said.json["error"]["code"] in ("key-undeclared", "descriptor-property")
    assert not (tmp_path / "other").exists()
