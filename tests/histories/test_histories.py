"""No acknowledged choice is lost and none is invented, whatever happens to the register and in whatever order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from ndoo.service.audit.entries import Entry
from ndoo.service.choices import choice_history
from ndoo.service.choices.history_import import Imported, take_in
from ndoo.service.choices.import_file import ImportedRows
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.choices.sorted_rows import RefusedRows
from tests.histories import machine
from tests.histories.machine import histories
from tests.support.registers import writers

BATCHES = range(10)
"""Each with a register of its own, on either database: 2,000 histories in all; in `make soak` 10,000, and 2,000 that are five times as long."""


def run(folder: Path, count: int, steps: int, *, batch: int = 0, phases: tuple[Phase, ...] = tuple(Phase)) -> int:
    with writers() as together:
        driven = histories(together, folder, batch)
        if settings().derandomize:
            seed(batch)(driven)  # else every batch would be the same one
        run_state_machine_as_test(
            driven,
            settings=settings(
                max_examples=count,
                stateful_step_count=steps,
                deadline=None,
                phases=phases,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
            ),
        )
        return driven.count


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.usefixtures("register")
def test_no_choice_is_lost_or_invented(batch: int, tmp_path: Path) -> None:
    assert run(tmp_path, 100, 8, batch=batch) >= 100


@pytest.mark.soak
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.usefixtures("register")
def test_no_choice_is_lost_or_invented_in_ten_thousand_histories(batch: int, tmp_path: Path) -> None:
    assert run(tmp_path, 500, 8, batch=200 + batch) >= 500


@pytest.mark.soak
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.usefixtures("register")
def test_no_choice_is_lost_or_invented_in_long_histories(batch: int, tmp_path: Path) -> None:
    assert run(tmp_path, 100, 40, batch=100 + batch) >= 100


def acknowledged_but_rolled_back(change: NewChoice, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    with transaction.atomic():
        event = record(change, audit, expected=expected)
        transaction.set_rollback(audit.details["history"][-1] in "02468")
    return event


def confirmations_dropped(change: NewChoice, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    last = choice_history.current(change.number)
    return last if last and last.choice == change.choice else record(change, audit, expected=expected)


def unseen_overwritten(change: NewChoice, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    return record(change, audit)


def recorded_twice(change: NewChoice, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    record(change, audit, expected=expected)
    return record(replace(change), audit)


def refused_taken_for_taken(rows: ImportedRows, *given: Any) -> Imported:
    done = take_in(rows, *given)
    return replace(done, taken=done.taken + len(done.refused), refused=RefusedRows())


@pytest.mark.parametrize(
    "naive",
    [acknowledged_but_rolled_back, confirmations_dropped, unseen_overwritten, recorded_twice, refused_taken_for_taken],
    ids=lambda naive: naive.__name__,
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("register")
def test_a_register_that_is_not_kept_well_is_found_out(
    naive: Any, database_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "take_in" if naive is refused_taken_for_taken else "record", naive)
    with pytest.raises((AssertionError, Flaky)):
        run(tmp_path, 200, 12, phases=(Phase.generate,))
