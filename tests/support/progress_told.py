"""Writes down what a command tells of how far it is, beside showing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Self

import pytest

from ndoo.cli import output
from ndoo.cli.progress_line import Out, ProgressLine


@dataclass(slots=True)
class Stage:
    """One thing that a command does, how much there is of it, and what it told of how much was done."""

    label: str
    size: int
    unit: str
    done: list[int] = field(default_factory=list)


class _Listened(ProgressLine):
    def __init__(self, stages: list[Stage], label: str, size: int, unit: str, *, out: Out | None, drawn: bool) -> None:
        super().__init__(label, size, unit, out=out, drawn=drawn)
        self._stages = stages
        stages.append(Stage(label, size, unit))

    def __call__(self, done: int, size: int | None = None, /) -> None:
        super().__call__(done, size)
        self._stages[-1].done.append(done)
        self._stages[-1].size = size or self._stages[-1].size

    def turn_to(self, label: str, size: int, unit: str | None = None) -> Self:
        self._stages.append(Stage(label, size, unit or self._stages[-1].unit))
        return super().turn_to(label, size, unit)


def listened_to(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """What is told from here on, of every command."""
    stages: list[Stage] = []
    monkeypatch.setattr(output, "ProgressLine", partial(_Listened, stages))
    return stages


def is_whole(stage: Stage) -> bool:
    """From its share the rate and the time left follow: it grew, and came to all that there is."""
    return stage.size > 0 and stage.done == sorted(stage.done) and stage.done[-1] == stage.size
