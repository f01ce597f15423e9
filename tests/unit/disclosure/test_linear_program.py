"""The bounds of what adds up are those that one works out by hand; without the solver nothing is published."""

from __future__ import annotations

import sys

import pytest

from ndoo.disclosure.linear_program import LinearProgram, _solver
from ndoo.domain.errors import UsageFault


def test_bounds_are_those_of_hand() -> None:
    program = LinearProgram("Trials")
    whole, one, other = program.add(20, 24), program.add(8, 12), program.add(0, 100)
    program.add_up(whole, [one, other])
    program.watch([other])
    assert program.met(other) == (0, -1), "nothing was asked yet"
    assert program.possible()
    assert program.bounds(other) == (8, 16)
    assert program.bounds(whole) == (20, 24)
    assert program.met(other) == (8, 16)
    program.add_up(one, [other], complete=False)
    assert program.bounds(other) == (8, 12), "it is no more than the one"
    program.add_up(one, [whole])
    assert not program.possible()


def test_without_the_solver_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    _solver.cache_clear()
    with pytest.raises(UsageFault, match="Reports need an extra that is not installed"):
        LinearProgram("Reports")
    monkeypatch.undo()
    _solver.cache_clear()
    assert LinearProgram("Reports").add(0, 1) == 0
