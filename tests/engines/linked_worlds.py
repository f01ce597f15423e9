"""Generated folders of linked tables: hops, cycles, orphans, two people in a row, numbers in child tables, damaged cells."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.linked_tables.reference import ReferenceTable, World
from ndoo.upholding.table_links.link import Link
from tests.engines.worlds import ABROAD, PEOPLE, cleaned_list

TABLES = ("a", "b", "c", "d")
DAMAGED_KEYS = ("", "9", " 1", "x y", "-", "1 ", '"', "0,1")
DAMAGED = ("", "-", "9990000000", "NULL", "1111111111", ABROAD[0])


@dataclass(frozen=True)
class Folder:
    """One world, and the list as the fast engine takes it."""

    sheets: dict[str, ReferenceTable]
    person_table: str
    cleaned: CleanedList
    keep_missing: bool
    whole: frozenset[str] = frozenset()
    """Tables of which the caller says that they lead to nobody."""

    def world(self) -> World:
        return World(self.sheets, self.person_table, self.cleaned.answer, self.keep_missing, self.whole)

    @property
    def also(self) -> tuple[str, ...]:
        return tuple(f"{name}.{column}" for name, sheet in self.sheets.items() for column in sheet.also)

    def write(self, folder: Path) -> None:
        """The tables as text, and their descriptor."""
        folder.mkdir()
        resources = []
        for name, sheet in self.sheets.items():
            columns = list(COLUMNS)
            lines = [",".join(columns), *(",".join(quoted(row[column]) for column in columns) for row in sheet.rows)]
            (folder / f"{name}.csv").write_bytes("".join(line + "\n" for line in lines).encode())
            resources.append(
                {
                    "name": name,
                    "path": f"{name}.csv",
                    "dialect": {"delimiter": ","},
                    "schema": {
                        "fields": [{"name": column} for column in columns],
                        "missingValues": ["", *sheet.nulls],
                        "foreignKeys": [
                            {
                                "fields": list(link.columns),
                                "reference": {"resource": link.target, "fields": list(link.target_columns)},
                            }
                            for link in sheet.links
                        ],
                    },
                }
            )
        (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))


COLUMNS = ("id", "part", "up", "up2", "nhs", "mother")


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\n') else text


def with_nobodys(seed: int) -> Folder:
    """Two tables of people and up to four of nobody's, such as addresses, streets, map references, a tree of codes: keys lead
    anywhere among these, and from people to them; most people must go, so that there is much that goes with them."""
    dice = random.Random(seed)
    people, others = ("a", "b"), ("w", "x", "y", "z")[: dice.randint(1, 4)]
    broken = dice.choice([0, 0, 0.2])

    def cell() -> str:
        return dice.choice(DAMAGED_KEYS) if dice.random() < broken else dice.choice("012345")

    sheets = {}
    for name in dice.sample([*people, *others], len(people) + len(others)):
        targets = [*others, "a"] if name == "b" else others
        links = [
            Link(columns, dice.choice(targets), ("id", "part")[: len(columns)])
            for columns in (("up",), ("up2",), ("up", "part"))
            if dice.random() < (0.8 if name in people else 0.4)
        ]
        rows = [
            {
                "id": dice.choice("0123") if dice.random() < broken else str(at),
                "part": dice.choice("1112"),
                "up": cell(),
                "up2": dice.choice(["", "", cell(), cell()]),
                "nhs": PEOPLE[dice.randrange(6)] if name in people else "n",
                "mother": "",
            }
            for at in range(dice.randint(2, 7))
        ]
        own = "nhs" if name == "a" or (dice.random() < 0.5 and name == "b") else None
        links += [Link(("part",), "a", ("id",))] if name == "b" and own is None else []
        sheets[name] = ReferenceTable(rows, own, links=tuple(links), nulls=dice.choice([(), ("-",)]))
    go = [number for number in PEOPLE[:6] if dice.random() < 0.6]
    listed = dice.choice([go, go[1:]])
    polarity = dice.choice(list(Polarity))
    cleaned = (
        cleaned_list(polarity, listed, None)
        if polarity is Polarity.OPTED_OUT
        else cleaned_list(polarity, [number for number in PEOPLE if number not in go], PEOPLE[: dice.randint(4, 7)])
    )
    whole = frozenset(name for name in others if dice.random() < 0.15)
    return Folder(sheets, "a", cleaned, dice.random() < 0.3, whole)


def made(seed: int) -> Folder:
    """Up to four tables of up to nine rows; each column may lead anywhere, and `nhs` may say whose a row is. Drawn evenly: what
    makes an interesting world is how much of it is whole."""
    dice = random.Random(seed)
    names = TABLES[: dice.randint(1, 4)]
    person = dice.choice(names)
    has_own = {name: name == person or dice.random() < 0.3 for name in names}
    broken = dice.choice([0, 0, 0.05, 0.3])
    sheets = {}
    for name in names:
        links = [
            Link(columns, dice.choice(names), ("id", "part")[: len(columns)])
            for columns in (("up",), ("up2",), ("up", "part"))
            if dice.random() < 0.4
        ]
        target = dice.choice(names)
        if has_own[name] and has_own[target] and target != name and dice.random() < 0.5:
            links.append(Link(("nhs",), target, ("nhs",)))
        rows = [
            {
                "id": dice.choice(DAMAGED_KEYS) if dice.random() < broken else str(at),
                "part": dice.choice("112"),
                "up": dice.choice(DAMAGED_KEYS) if dice.random() < broken else dice.choice("01234"),
                "up2": dice.choice(DAMAGED_KEYS)
                if dice.random() < broken
                else dice.choice(["", "", "0", "1", "2", "3"]),
                "nhs": (dice.choice(DAMAGED) if dice.random() < broken else PEOPLE[at % 4 + 3 * (dice.random() < 0.2)])
                if has_own[name]
                else "n",
                "mother": dice.choice([*PEOPLE[:6], "", "", *DAMAGED[:2]]),
            }
            for at in range(dice.randint(3, 9))
        ]
        sheets[name] = ReferenceTable(
            rows=rows,
            own="nhs" if has_own[name] else None,
            also=("mother",) if dice.random() < 0.15 else (),
            links=tuple(links),
            nulls=dice.choice([(), ("-",)]),
        )
    go = [number for number in PEOPLE[:7] if dice.random() < 0.12]
    polarity = dice.choice(list(Polarity))
    listed = go if polarity is Polarity.OPTED_OUT else [number for number in PEOPLE if number not in go]
    disputed = listed[:2] if polarity is Polarity.ALLOWED and dice.random() < 0.2 else []
    cleaned = cleaned_list(polarity, [number for number in listed if number not in disputed], None, disputed)
    return Folder(sheets, person, cleaned, dice.random() < 0.3)


folders = st.one_of(st.integers(0, 2**32).map(made), st.integers(0, 2**32).map(with_nobodys))
