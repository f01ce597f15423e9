"""An export that was cut off or is none is not taken for a short log."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.ledger.export import first_line, opened
from ndoo.evidence.ledger.verifier import judge
from tests.unit.evidence.ledger.logs import LOG, entries, head_of


def exported(path: Path, log: list[bytes]) -> Path:
    path.write_bytes(first_line(head_of(log).document) + b"".join(entry + b"\n" for entry in log))
    return path


def test_an_export_proves_itself_and_agrees_with_heads_elsewhere(tmp_path: Path) -> None:
    log = entries(9)
    with opened(exported(tmp_path / "x", log)) as export:
        assert export.head == head_of(log)
        assert judge(LOG, export.entries, [export.head, head_of(log[:4])]).sound


def test_an_export_that_was_cut_within_a_line_is_refused(tmp_path: Path) -> None:
    path = exported(tmp_path / "x", entries(3))
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(UnfitData) as refused, opened(path) as export:
        list(export.entries)
    assert refused.value.code == "ledger-export-cut"


@pytest.mark.parametrize("text", [b"", b"{}\n", b"[]\n", b'{"kind": "else", "head": {}}\n', b"\xff\n", b"[" * 9999])
def test_what_is_no_export_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x").write_bytes(text)
    with pytest.raises(UnfitData) as refused, opened(tmp_path / "x"):
        pass
    assert refused.value.code == "ledger-export"


def test_a_missing_export_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageFault), opened(tmp_path / "none"):
        pass
