"""What the ledger commits to of a choice: the person by itself, so that it can be erased alone, and the choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import islice
from typing import Any

from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.ledger.append import CommittedValues, NewLeaf
from ndoo.service.ledger.sources import SOURCES, Found, ValueSource

ONE, MANY = "choice", "choices"
"""The ledger's names for what this room has: a choice by its id, and those of an import by person and sequence."""

Told = list[Any]
"""The person's number, and then what follows in `_COLUMNS`."""

_COLUMNS = (
    "nhs_number",
    "sequence",
    "choice",
    "previous",
    "recorded_at",
    "channel",
    "by",
    "proxy_role",
    "evidence",
    "actor",
    "policy_version",
)
_TIME = _COLUMNS.index("recorded_at")
_AT_ONCE = 400
"""People that one query asks for."""
_PIECE = 5_000


def leaf(event: ChoiceEvent) -> NewLeaf:
    """Of a choice that has just been added."""
    return NewLeaf(ONE, {}, _parted(told([getattr(event, name) for name in _COLUMNS])), ONE, event.pk)


def leaf_of_many(all_told: Sequence[Told]) -> NewLeaf:
    """Of the choices that one piece of an import has added."""
    return NewLeaf(
        MANY, {"choices": len(all_told)}, {"choices": CommittedValues(all_told)}, MANY, [one[:2] for one in all_told]
    )


def told(values: Iterable[Any]) -> Told:
    """The values of `_COLUMNS`, as they are committed to: words and numbers, and the time in UTC."""
    row = list(values)
    row[_TIME] = row[_TIME].astimezone(UTC).isoformat()
    return row


def register() -> None:
    """Tell the ledger where choices stand; to be called when the service starts."""
    SOURCES[ONE] = ValueSource("choices", _values_of_one, ChoiceEvent.objects.count, older=_older)
    SOURCES[MANY] = ValueSource("choices", _values_of_many, ChoiceEvent.objects.count, len)


def _older() -> Iterator[NewLeaf]:
    rows = ChoiceEvent.objects.order_by("pk").values_list(*_COLUMNS).iterator(chunk_size=_PIECE)
    while piece := list(islice(rows, _PIECE)):
        yield leaf_of_many([told(row) for row in piece])


def _values_of_one(ids: Sequence[int]) -> list[Found]:
    rows = {pk: _parted(told(row)) for pk, *row in ChoiceEvent.objects.filter(pk__in=ids).values_list("pk", *_COLUMNS)}
    return [rows.get(pk) for pk in ids]


def _values_of_many(places: Sequence[Sequence[Sequence[Any]]]) -> list[Found]:
    return [{"choices": CommittedValues(_choices(place))} for place in places]


def _choices(keys: Sequence[Sequence[Any]]) -> list[Told | None]:
    """What stands in the register for these pairs of person and sequence; None where nothing does."""
    held: dict[tuple[str, int], Told] = {}
    numbers = sorted({number for number, _ in keys})
    for at in range(0, len(numbers), _AT_ONCE):
        piece = ChoiceEvent.objects.filter(nhs_number__in=numbers[at : at + _AT_ONCE]).values_list(*_COLUMNS)
        held |= {(row[0], row[1]): told(row) for row in piece}
    return [held.get((number, sequence)) for number, sequence in keys]


def _parted(row: Told) -> dict[str, Any]:
    return {"nhs_number": row[0], "choice": row[1:]}
