"""What the register takes in is what it says it is: no foreign field, no value outside its list, and no patient."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION
from ndoo.assets.files import register_from
from ndoo.assets.record import Record, changed, material, read_record
from ndoo.assets.register import read_register
from ndoo.domain.errors import NdooError, UnfitData
from tests.support.numbers import some
from tests.support.registers_of_assets import asset, document, facts, flow, register

NUMBER = some(1)[0]


def refused(told: Any) -> str:
    with pytest.raises(UnfitData) as stop:
        read_register(told)
    assert NUMBER[:6] not in stop.value.sentence
    return stop.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonsense": 1}, "register-field"),
        ({f"x{NUMBER}": 1}, "register-field"),
        ({"owners": "x"}, "register-field"),
        ({"risk": "enormous"}, "register-value"),
        ({"risk": True}, "register-value"),
        ({"volume": "many"}, "register-number"),
        ({"volume": -1}, "register-number"),
        ({"volume": True}, "register-number"),
        ({"location": "here"}, "register-list"),
        ({"location": [""]}, "register-list"),
        ({"location": ["a\nb"]}, "register-list"),
        ({"location": ["postgresql://ann:secret@db/x"]}, "register-password"),
        ({"notes": 5}, "register-text"),
        ({"notes": "x" * 4001}, "register-text"),
        ({"notes": "bell \x07"}, "register-text"),
        ({"notes": "_x000D_"}, "register-text"),
        ({"notes": f"about {NUMBER}"}, "register-identifier"),
        ({"id": ""}, "register-missing"),
        ({"name": "   "}, "register-missing"),
        ({"id": "two words"}, "register-id"),
        ({"id": NUMBER}, "register-identifier"),
        ({"tables": {}}, "register-tables"),
        ({"tables": ["visits"]}, "register-tables"),
        ({"tables": [{"name": "a", "rows": 5}]}, "register-tables"),
        ({"tables": [{"name": ""}]}, "register-tables"),
        ({"tables": [{"name": "a"}, {"name": "a"}]}, "register-tables"),
        ({"tables": [{"columns": ["a"]}]}, "register-text"),
        ({"tables": [{"name": "a", "columns": [5]}]}, "register-text"),
    ],
)
def test_an_asset_that_is_not_one_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused({"asset": [asset() | changes]}) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"last_run": "yesterday"}, "register-date"),
        ({"last_run": datetime(2026, 1, 1)}, "register-date"),
        ({"last_run": 5}, "register-date"),
        ({"status": None}, "register-missing"),
        ({"facts": []}, "register-facts"),
        ({"facts": {"as_of": "2026-01-01"}}, "register-facts"),
        ({"facts": {"id": "x"}}, "register-facts"),
        ({"facts": {"purpose": "fun"}}, "register-facts"),
        ({"facts": {"purpose_detail": f"about {NUMBER}"}}, "register-facts"),
        ({"facts": {"purpose_detail": "x0041_"}}, "register-text"),
        ({"tables": []}, "register-field"),
        ({"assets": ["A-9"]}, "register-reference"),
    ],
)
def test_a_flow_that_is_not_one_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(document(flow=[flow() | changes])) == code


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([], "register-shape"),
        ({"assets": []}, "register-shape"),
        ({"asset": {}}, "register-shape"),
        ({"asset": ["x"]}, "register-shape"),
        ({"organisation": []}, "register-shape"),
        ({"organisation": {"name": "A", "facts": {}}}, "register-field"),
        ({"asset": [asset(), asset()]}, "register-twice"),
    ],
)
def test_a_register_that_is_not_one_is_refused(told: Any, code: str) -> None:
    assert refused(told) == code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.toml", "= 1", "register-toml"),
        ("a.toml", 'x = "', "register-toml"),
        ("a.json", "{", "flow-json"),
        ("a.json", "[]", "register-shape"),
        ("none.toml", None, "flow-missing"),
    ],
)
def test_a_file_that_is_none_is_refused(name: str, content: str | None, code: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(NdooError) as stop:
        register_from(path)
    assert stop.value.code == code


def test_what_is_left_out_reads_as_nothing() -> None:
    empty = Record(FLOW, {"id": "F", "name": "N", "status": "planned"})
    assert (empty.text("transfer"), empty.texts("assets"), empty.tables, empty.day("last_run")) == ("", (), (), None)
    assert empty.facts.document() == {"id": "F", "title": "N"}
    assert Record(ASSET, {"tables": "odd", "location": "odd"}).tables == ()
    assert Record(ORGANISATION, {"name": "N"}).document() == {"name": "N"}
    assert next(register().records()).kind == ORGANISATION
    assert [record.kind for record in read_register({"asset": [asset()]}).records()] == [ASSET]


def test_a_change_is_named_and_its_weight_known() -> None:
    before = read_record(FLOW, flow(), "it")
    after = read_record(FLOW, flow(transfer="MESH", facts=facts(gateway__reference="26/CAG/1")), "it")
    assert set(changed(before, after)) == {"transfer", "facts.gateway.reference"}
    assert material(FLOW, changed(before, after)) == ("facts.gateway.reference",)
    assert changed(before, before) == () and "id" in changed(None, before) and "id" in changed(before, None)
    tabled = read_record(ASSET, asset(tables=[{"name": "other"}]), "it")
    assert material(ASSET, changed(read_record(ASSET, asset(), "it"), tabled)) == ("tables",)
    assert after.plain()["last_run"] == "2026-11-20" and after.document()["last_run"] == date(2026, 11, 20)
