"""What is remembered of a scan: verdicts and fingerprints, no value, no digest of one; and a broken store is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import NdooError
from ndoo.scanning import store as stored
from ndoo.scanning.scan import scan
from ndoo.scanning.store import Store
from tests.support.worlds_of_data import columns, put
from tests.unit.scanning.seeing import NOW


def test_better_rules_read_a_table_again_and_every_verdict_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "extract.csv", columns())
    with Store(tmp_path / "data") as store:
        (first,) = scan(str(path), now=NOW, store=store).tables
        (second,) = scan(str(path), now=NOW, store=store).tables
        assert (first.unchanged_since, second.unchanged_since) == (None, "2026-11-22T12:00:00+00:00")
        monkeypatch.setattr(stored, "edition", lambda: "better")
        (third,) = scan(str(path), now=NOW, store=store).tables
        assert third.unchanged_since is None
        assert [finding.columns for _, finding in store.history(str(path.resolve()))] == [second.columns] * 2


def test_a_store_that_is_broken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scans.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(NdooError, match="damaged"):
        Store(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NdooError):
        Store(tmp_path / "file")
    path = put(tmp_path / "extract.csv", columns())
    with Store(tmp_path / "data") as store:
        (finding,) = scan(str(path), now=NOW).tables
        store._database.execute("drop table verdict")
        with pytest.raises(NdooError, match="damaged"):
            store.known("a", "b")
        with pytest.raises(NdooError, match="damaged"):
            store.keep("a", "b", finding, NOW)
