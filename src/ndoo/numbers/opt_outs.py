"""The opt-outs that are upheld together: the national list, and Type 1."""

from __future__ import annotations

from dataclasses import dataclass

from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections


@dataclass(frozen=True, slots=True)
class OptOuts:
    """Both, each None where it is not upheld."""

    national: CleanedList | None = None
    type1: Objections | None = None

    def __bool__(self) -> bool:
        """Is anything upheld at all?"""
        return self.national is not None or self.type1 is not None
