"""A value that was erased cannot be found again by trying all of them, and nobody can pass another one off as it."""

from __future__ import annotations

import pytest

from ndoo.evidence.ledger.commitment import commit, commit_all, holds, new_salt, salts_from, written
from tests.support.numbers import some


def test_a_value_is_shown_with_its_salt_and_no_other_value_is() -> None:
    salt, (one, other) = new_salt(), some(2)
    assert holds(commit(salt, one), salt, one)
    assert not holds(commit(salt, one), salt, other)
    assert not holds(commit(salt, one), new_salt(), one)


def test_without_the_salt_all_values_look_alike() -> None:
    one = some(1)[0]
    assert len({commit(new_salt(), one) for _ in range(100)}) == 100


def test_the_same_value_is_written_in_one_way() -> None:
    assert written({"b": 1, "a": [None, "é"]}) == b'{"a":[null,"\\u00e9"],"b":1}'
    with pytest.raises(ValueError, match="JSON compliant"):
        written(float("nan"))


def test_many_values_stand_under_one_commitment_and_each_opens_by_itself() -> None:
    salts = salts_from(b"s" * 16, 3)
    assert len(set(salts)) == 3
    assert salts_from(b"s" * 16, 5)[:3] == salts
    each = [commit(salt, value) for salt, value in zip(salts, some(3), strict=True)]
    assert commit_all(each) != commit_all(each[::-1])
    assert commit_all(each) != commit_all(each[:2])
