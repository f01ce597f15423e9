"""A receipt that was altered, or that is another leaf's, shows nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import NdooError
from ndoo.evidence.ledger.commitment import commit, written
from ndoo.evidence.ledger.receipt import LedgerReceipt, receipt_document, receipt_in
from ndoo.evidence.ledger.tree import inclusion_proof, leaf_hash
from tests.unit.evidence.ledger.logs import entries, head_of

SALT = bytes(16)
LEAF = written({"key": "7", "kind": "review", "payload": {}, "personal": {"people": commit(SALT, ["A. Name"]).hex()}})
AT = 5


def document() -> dict[str, Any]:
    log = entries(12)
    log[AT] = LEAF
    proof = inclusion_proof(list(map(leaf_hash, log)), AT)
    opened = {"people": {"salt": SALT.hex(), "value": ["A. Name"]}}
    return receipt_document(head_of(log).document, AT, proof, LEAF, opened)


def read(tmp_path: Path, told: Any) -> LedgerReceipt | None:
    (tmp_path / "r.json").write_text(told if isinstance(told, str) else json.dumps(told))
    return receipt_in(tmp_path / "r.json")


def test_a_receipt_shows_the_leaf_and_what_it_speaks_for(tmp_path: Path) -> None:
    receipt = read(tmp_path, document())
    assert receipt is not None
    assert receipt.included
    assert receipt.not_opened == []


@pytest.mark.parametrize(
    "change",
    [{"index": 4}, {"proof": []}, {"entry": LEAF.decode().replace("review", "audit")}],
    ids=["place", "path", "leaf"],
)
def test_another_leaf_place_or_path_is_not_included(tmp_path: Path, change: dict[str, Any]) -> None:
    receipt = read(tmp_path, document() | change)
    assert receipt is not None
    assert not receipt.included


@pytest.mark.parametrize(
    "opened",
    [
        {"people": {"salt": SALT.hex(), "value": ["B. Name"]}},
        {"people": {"salt": "01" * 16, "value": ["A. Name"]}},
        {"other": {"salt": SALT.hex(), "value": ["A. Name"]}},
    ],
    ids=["value", "salt", "name"],
)
def test_another_value_does_not_open_it(tmp_path: Path, opened: dict[str, Any]) -> None:
    receipt = read(tmp_path, document() | {"opened": opened})
    assert receipt is not None
    assert len(receipt.not_opened) == 1


@pytest.mark.parametrize("told", ["no json", "[]", '{"kind": "ledger-export"}', "[" * 200_000], ids=len)
def test_what_is_something_else_is_no_receipt(tmp_path: Path, told: str) -> None:
    assert read(tmp_path, told) is None


@pytest.mark.parametrize(
    "change",
    [
        {"head": None},
        {"index": "5"},
        {"proof": ["xy"]},
        {"entry": "é"},
        {"entry": 7},
        {"entry": "[]"},
        {"opened": {"a": {}}},
        {"entry": '{"kind": 7, "personal": {}}'},
        {"entry": '{"kind": "a", "personal": {"a": "xy"}}'},
    ],
    ids=str,
)
def test_a_receipt_that_cannot_be_read_is_told(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(NdooError) as told:
        read(tmp_path, document() | change)
    assert told.value.exit_status == 3


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NdooError) as told:
        receipt_in(tmp_path / "none")
    assert told.value.exit_status == 2
