"""Strict JSON: every property once, every number as it is written, and nothing that the standard does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | JsonNumber | bool | None"
DEEPEST = 100
"""So many objects and lists may stand in each other; FHIR has some ten."""
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonNumber:
    """A number as it is written, so that none of its digits is lost."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class NotFHIR(Exception):
    """Why a text is not what it should be, in a few words without anything from the text."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parsed(text: str) -> Json:
    """The one value that the text is.

    Raises:
        NotFHIR: it is no JSON, or says a property twice, or a number that is none.
    """
    cursor = Cursor(text)
    value = cursor.value()
    cursor.end()
    return value


class Cursor:
    """Reads a JSON text from left to right, and knows where each value begins and ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        """Where the next sign stands that is no space."""
        self.ended = 0
        """Where the last value ended."""
        self._pass_space()

    def value(self) -> Json:
        """The value that begins here."""
        try:
            value: Json
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except RecursionError:
            raise NotFHIR("it is nested too deeply") from None
        except ValueError:
            raise NotFHIR("it is not JSON, or it is cut off") from None
        self.ended = self.at
        self._pass_space()
        return value

    def members(self) -> Iterator[str]:
        """The names in the object that begins here. Whoever is given one reads its value before the next is asked for."""
        seen = set[str]()
        for _ in self._each("{", "}"):
            name = self.value()
            if not isinstance(name, str):
                raise NotFHIR("it is no whole JSON object")
            if name in seen:
                raise _twice()
            seen.add(name)
            self._take(":")
            yield name

    def elements(self) -> Iterator[int]:
        """Where each value begins in the list that begins here. Whoever is given one reads it before the next is asked for."""
        return self._each("[", "]")

    def sees_list(self) -> bool:
        """Does a list begin here?"""
        return self.text.startswith("[", self.at)

    def end(self) -> None:
        """Raises NotFHIR where anything follows."""
        if self.at != len(self.text):
            raise NotFHIR("more follows what should be all")

    def _each(self, opening: str, closing: str) -> Iterator[int]:
        self._take(opening)
        if self._sees(closing):
            return
        while True:
            yield self.at
            if self._sees(closing):
                return
            self._take(",")

    def _sees(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        if found:
            self.at += 1
            self._pass_space()
        return found

    def _take(self, sign: str) -> None:
        if not self._sees(sign):
            raise NotFHIR("it is no whole JSON object")

    def _pass_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at


def _twice() -> NotFHIR:
    return NotFHIR("an object says one property twice, and readers differ in which they take")


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _twice()
    return document


def _no_number(_: str) -> NoReturn:
    raise NotFHIR("it holds NaN or Infinity, which JSON does not know")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_number
)
