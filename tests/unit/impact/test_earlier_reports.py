"""What earlier reports showed is kept, whole or refused, and names nobody."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.evidence.known_keys import rotate_key
from ndoo.evidence.seal import load_sealer
from ndoo.impact.earlier_reports import FOLDER, EarlierReports, ShownColumn
from ndoo.impact.groups import Grouping

SEX = ShownColumn(Grouping("sex", "as it is", date(2026, 1, 1)), frozenset({"F", "M"}))
AGE = ShownColumn(Grouping("birth", "birth", date(2026, 1, 1)), frozenset({"0-9"}))


def reports(folder: Path, after: str = "b") -> EarlierReports:
    for name, text in (("before.csv", "a"), ("after.csv", after)):
        (folder / name).write_text(text)
    return EarlierReports(folder / "data", folder / "before.csv", folder / "after.csv")


def test_of_each_cohort_every_column_that_was_shown_is_known(tmp_path: Path) -> None:
    first = reports(tmp_path)
    assert first.columns == []
    first.keep([SEX])
    again = reports(tmp_path)
    assert again.columns == [SEX]
    again.keep([AGE, SEX])
    assert reports(tmp_path).columns == [AGE, SEX]
    assert reports(tmp_path, "other").columns == []


def test_what_was_shown_before_the_key_was_changed_was_shown(tmp_path: Path) -> None:
    reports(tmp_path).keep([SEX])
    for minute in range(2):
        rotate_key(tmp_path / "data", datetime(2026, 11, 29, 12, minute, tzinfo=UTC))
        assert reports(tmp_path).columns == [SEX]
    reports(tmp_path).keep([AGE])
    assert {one.grouping.column for one in reports(tmp_path).columns} == {"birth", "sex"}


def test_a_record_that_was_changed_stops_the_next_report(tmp_path: Path) -> None:
    """Somebody took a column out, or wrote one of their own."""
    reports(tmp_path).keep([SEX])
    (record,) = (tmp_path / "data" / FOLDER).iterdir()
    whole = record.read_text()
    sealed = load_sealer(tmp_path / "data").seal(
        {"kind": "impact-shown", "columns": [{"column": "x", "grouping": "other", "on": "2026-01-01", "shown": []}]}
    )
    other = load_sealer(tmp_path / "data").seal({"kind": "other"})
    for changed in (json.dumps(other), whole.replace("sex", "age"), "", "[]", json.dumps(sealed)):
        record.write_text(changed)
        with pytest.raises(NotPermitted) as refused:
            reports(tmp_path)
        assert refused.value.code == "impact-records"


def test_a_folder_that_may_not_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = reports(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "no", "x")

    monkeypatch.setattr("ndoo.impact.earlier_reports.put_anew", refuse)
    with pytest.raises(NotPermitted):
        kept.keep([SEX])
    monkeypatch.setattr("ndoo.impact.earlier_reports._digest", refuse)
    with pytest.raises(NotPermitted):
        reports(tmp_path)
