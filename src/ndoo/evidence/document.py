"""A JSON object as it is sealed and read back: each key once. Of two equal keys a person would read the first, and a seal cover the last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]
"""Any object of JSON, whatever stands in it: what is sealed, covered and written is the whole of it."""


def parse_document(raw: bytes | str) -> dict[str, Any] | None:
    """The object; None where this is no JSON, no object, or one with a key that stands there twice."""
    try:
        document = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands there twice")
    return document


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """An object in a document that anybody may have written: each value is asked for as what it must be.

    Raises:
        LookupError: it is not there. TypeError: it is something else.
    """

    members: JsonObject

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def said(self, name: str) -> JsonValue:
        """Whatever stands there, to be shown; None where nothing does."""
        return self.members.get(name)

    def text(self, name: str) -> str:
        value = self.members[name]
        if not isinstance(value, str):
            raise TypeError(name)
        return value

    def text_if_any(self, name: str) -> str | None:
        return None if self.members.get(name) is None else self.text(name)

    def text_or_null(self, name: str) -> str | None:
        """A text, or null, which stands there and says that there is none."""
        return None if self.members[name] is None else self.text(name)

    def count(self, name: str) -> int:
        """A whole number."""
        value = self.members[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(name)
        return value

    def count_if_any(self, name: str) -> int | None:
        return None if self.members.get(name) is None else self.count(name)

    def bounds(self, name: str) -> tuple[float, float]:
        """A list of two numbers."""
        values = self.members[name]
        match values:
            case [int() | float() as low, int() | float() as high]:
                return low, high
        raise TypeError(name)

    def is_true(self, name: str) -> bool:
        value = self.members[name]
        if not isinstance(value, bool):
            raise TypeError(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.members[name]
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise TypeError(name)
        found = tuple(value for value in values if isinstance(value, str))
        if len(found) != len(values):
            raise TypeError(name)
        return found

    def texts_if_any(self, name: str) -> tuple[str, ...]:
        """The same; an empty one where nothing stands there."""
        return self.texts(name) if name in self.members else ()

    def lists_of_texts_if_any(self, name: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts; an empty one where nothing stands there."""
        values = self.members.get(name, ())
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise TypeError(name)
        return tuple(DocumentPart({name: value}).texts(name) for value in values)

    def counts(self, name: str) -> dict[str, int]:
        """An object of whole numbers."""
        said = self.part(name)
        return {each: said.count(each) for each in said.members}

    def counts_if_any(self, name: str) -> dict[str, int]:
        """The same; an empty one where nothing stands there."""
        return self.counts(name) if name in self.members else {}

    def part(self, name: str) -> DocumentPart:
        value = self.members[name]
        if not isinstance(value, Mapping):
            raise TypeError(name)
        return DocumentPart(value)

    def part_if_any(self, name: str) -> DocumentPart | None:
        """None where no object stands there."""
        value = self.members.get(name)
        return DocumentPart(value) if isinstance(value, Mapping) else None

    def parts(self) -> dict[str, DocumentPart]:
        """Each of the objects that it is made of."""
        return {each: self.part(each) for each in self.members}

    def one_or_more(self, name: str) -> tuple[str, ...]:
        """A text, or a list of texts."""
        return (self.text(name),) if isinstance(self.members[name], str) else self.texts(name)

    def list_of_parts(self, name: str) -> Iterator[DocumentPart]:
        """A list of objects."""
        values = self.members[name]
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise TypeError(name)
        for value in values:
            if not isinstance(value, Mapping):
                raise TypeError(name)
            yield DocumentPart(value)

    def list_of_parts_if_any(self, name: str) -> Iterator[DocumentPart]:
        """The same; an empty one where nothing stands there."""
        return self.list_of_parts(name) if name in self.members else iter(())
