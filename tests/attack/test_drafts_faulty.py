"""A fault of ours lets somebody who opted out into what is written: the verifier meets them before it has a name, in every engine."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NdooError
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.numbers.kernel import library
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.open_table import OpenTable
from ndoo.upholding.linked_tables import propagate
from ndoo.upholding.verify import verification
from tests.conftest import Ndoo
from tests.engines.databases import Place
from tests.support.releases import GONE, LIST, TABLES, release

Break = Callable[[pytest.MonkeyPatch], None]


def gathers_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of text are copied, whatever was decided on them."""
    gather = library.ndoo_gather

    def all_of_them(here: int, row_end: int, rows: int, verdict: int, *rest: int) -> int:
        nothing = (ctypes.c_uint8 * max(rows, 1))()
        return int(gather(here, row_end, rows, ctypes.addressof(nothing), *rest))

    monkeypatch.setattr(library, "ndoo_gather", all_of_them)


def masks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of a batch stay, whatever was decided on them."""

    def all_of_them(verdict: int, rows: int, held: int, bits: int) -> None:
        ctypes.memset(bits, 0xFF, -(-rows // 8))

    monkeypatch.setattr(library, "ndoo_mask", all_of_them)


def keeps_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """In linked tables, every level is one that stays."""
    monkeypatch.setattr(propagate, "VERDICTS", bytes(256))


def puts_somebody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a database, somebody's row gets into the result."""
    publish = OpenTable._published

    def with_one_more(self: OpenTable, deciding: Any, into: TableName, *rest: Any, **more: Any) -> Any:
        record = publish(self, deciding, into, *rest, **more)
        source = self._tables.source.quoted
        self._database.run(f"INSERT INTO {into.quoted} SELECT * FROM {source} WHERE nhs_number = '{GONE}'")  # noqa: S608
        return record

    monkeypatch.setattr(OpenTable, "_published", with_one_more)


def tables_of(kind: str, folder: Path) -> set[str]:
    """What stands in the only database of a folder."""
    (path,) = folder.glob(f"*.{kind}")
    place = Place(kind, f"{kind}:///{path}")
    system = "sqlite_master WHERE type = 'table'" if kind == "sqlite" else "duckdb_tables()"
    return {str(name) for (name,) in place.run(f"SELECT {'name' if kind == 'sqlite' else 'table_name'} FROM {system}")}  # noqa: S608


BROKEN: dict[str, Break] = {
    "csv": gathers_everything,
    "gzip": gathers_everything,
    "parquet": masks_nothing,
    "linked": keeps_every_row,
    "sqlite": puts_somebody_in,
    "duckdb": puts_somebody_in,
}


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_what_holds_somebody_who_opted_out_gets_no_name(
    kind: str, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    BROKEN[kind](monkeypatch)
    with pytest.raises(AssertionError, match="did not pass its own verification"):
        release(kind, tmp_path, ndoo)
    if kind in TABLES:
        assert tables_of(kind, tmp_path) == {"visits"}
    else:
        names = {path.name for path in tmp_path.rglob("*")}
        assert not any("manifest" in name or name.startswith("released") for name in names), names


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_without_the_verifier_it_would_be_published(
    kind: str, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faults above bite: what was decided and what was counted say nothing of what was written."""
    BROKEN[kind](monkeypatch)
    monkeypatch.setattr("ndoo.upholding.uphold.judge_draft", lambda found, manifest: None)
    made = release(kind, tmp_path, ndoo)
    assert ndoo("verify", made.path.name, *LIST).status == 3


def test_a_draft_that_cannot_be_read_as_its_manifest_says_gets_no_name(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = "ndoo.upholding.text.dialect.TextDialect.described"
    monkeypatch.setattr(
        described, lambda self, released=False: {"delimiter": ";", "encoding": "utf-8", "quotes": True, "header": True}
    )
    with pytest.raises(AssertionError, match="did not pass its own verification"):
        release("csv", tmp_path, ndoo)


def test_only_what_keeps_every_promise_passes() -> None:
    kept, broken = verification.Promise("seal", True, ""), verification.Promise("nobody", False, "")
    manifest = ReleaseManifest({})
    verification.judge_draft(verification.Verification((kept,), "key"), manifest)
    with pytest.raises(Fault) as met:
        verification.judge_draft(verification.Verification((kept, broken), "key"), manifest)
    assert isinstance(met.value, NdooError)
    assert met.value.code == "draft-not-verified"
