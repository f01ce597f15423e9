"""A refusal always carries a code for scripts, a sentence for people, and the exit status of the contract."""

from __future__ import annotations

import pytest

from ndoo.domain import errors
from ndoo.domain.answers import Answer, Polarity

STATUSES = {"NdooError": 1, "Fault": 1, "UsageFault": 2, "UnfitData": 3, "NoUsableList": 4, "NotPermitted": 5}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_script_is_told_the_contract_s_status(name: str, status: int) -> None:
    kind = getattr(errors, name)
    error = kind("some-code", "A sentence.")
    assert isinstance(error, errors.NdooError)
    assert (error.exit_status, error.code, error.sentence, str(error)) == (
        status,
        "some-code",
        "A sentence.",
        "A sentence.",
    )


def test_no_error_class_is_without_a_status_in_the_contract() -> None:
    assert {kind.__name__ for kind in (errors.NdooError, *errors.NdooError.__subclasses__())} == set(STATUSES)


def test_there_are_three_answers_and_no_boolean() -> None:
    assert [str(answer) for answer in Answer] == ["allowed", "withheld", "unknown"]
    assert [str(polarity) for polarity in Polarity] == ["allowed", "opted_out"]
    assert all(bool(answer) for answer in Answer), "an answer used as a boolean says nothing about who may stay"
