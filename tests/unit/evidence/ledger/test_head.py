"""A head that was changed, or that is none, vouches for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.evidence.ledger.head import read_head
from tests.unit.evidence.ledger.logs import LOG, SEALER, WHEN, entries, head_of


def test_a_head_says_what_was_sealed() -> None:
    head = head_of(entries(3), at=WHEN)
    assert (head.log, head.size, head.at, head.sealed_by) == (LOG, 3, WHEN, SEALER.public_key)
    assert read_head(head.document) == head


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"size": 4}, "ledger-head-seal"),
        ({"root": "0" * 64}, "ledger-head-seal"),
        ({"log": "0" * 32}, "ledger-head-seal"),
        ({"seal": None}, "ledger-head-seal"),
        ({"size": -1}, "ledger-head"),
        ({"size": True}, "ledger-head"),
        ({"size": "3"}, "ledger-head"),
        ({"root": "0" * 63}, "ledger-head"),
        ({"root": None}, "ledger-head"),
        ({"log": "../../elsewhere"}, "ledger-head"),
        ({"kind": "uphold"}, "ledger-head"),
        ({"at": "2026-11-22"}, "ledger-head"),
        ({"at": "yesterday"}, "ledger-head"),
    ],
    ids=str,
)
def test_a_head_that_was_changed_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(UnfitData) as refused:
        read_head(head_of(entries(3)).document | changed)
    assert refused.value.code == code


@pytest.mark.parametrize("document", [None, [], {}, {"kind": "ledger-head"}], ids=str)
def test_what_is_no_head_is_refused(document: Any) -> None:
    with pytest.raises(UnfitData) as refused:
        read_head(document)
    assert refused.value.code == "ledger-head"
