"""Which columns of a table of coded entries are which? By their names; two of one name, or one too few, are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ndoo.domain.errors import UnfitData

NEEDED = ("nhs_number", "code", "date")


@dataclass(frozen=True, slots=True)
class Places:
    """Where each column stands, counted from 0. `scheme` may be left out."""

    number: int
    code: int
    date: int
    scheme: int | None

    @property
    def every(self) -> tuple[int, ...]:
        """All of them, in the order of the fields."""
        return (self.number, self.code, self.date, *(() if self.scheme is None else (self.scheme,)))


def places(names: Sequence[str]) -> Places:
    """Find the columns, whatever the case of their names.

    Raises:
        UnfitData: a needed column is not there, or one of them is there twice.
    """
    plain = [name.strip().strip('"').strip().lower() for name in names]
    if missing := [name for name in NEEDED if name not in plain]:
        raise UnfitData(
            "codes-columns",
            f"Coded entries need the columns nhs_number, code and date; missing here: {', '.join(missing)}.",
        )
    if any(plain.count(name) > 1 for name in (*NEEDED, "scheme")):
        raise UnfitData("codes-columns", "A column of the coded entries is there twice: nobody can say which is meant.")
    number, code, date = (plain.index(name) for name in NEEDED)
    return Places(number, code, date, plain.index("scheme") if "scheme" in plain else None)
