"""Generated folders in which keys are declared, forgotten, or misspelt, and written in two ways; and lists that lead to nobody."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.upholding.linked_tables.reference import ReferenceTable, World
from ndoo.upholding.linked_tables.reference_keys import KeyWorld
from ndoo.upholding.table_links.link import Link
from ndoo.upholding.table_links.undeclared import Nobodys
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(24, seed=77)

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "zeros": lambda key: re.sub("[0-9]+$", lambda digits: digits[0].rjust(max(6, len(digits[0]) + 2), "0"), key),
    "a fraction": lambda key: key + ".0" if key.isdigit() else key,
    "quotes": lambda key: f"'{key}'",
    "spaces": lambda key: f" {key} ",
    "hyphens": lambda key: f"{key[:2]}-{key[2:]}",
    "capitals": str.upper,
    "a formula": lambda key: f'="{key}"',
    "a prefix": lambda key: f"PT/{key}" if key.isdigit() else key,
}
"""How the same key may stand in another table. Every one of them is still the key."""

IDS: dict[str, Callable[[random.Random, int], str]] = {
    "from 1 on": lambda dice, at: str(at + 1),
    "of seven digits": lambda dice, at: str(dice.randrange(10**6, 10**7)),
    "of a letter and digits": lambda dice, at: f"p{at}",
    "of sixteen signs": lambda dice, at: f"{dice.randrange(16**16):016x}",
}

NAMES = ("patient_id", "PatientID", "patient", "subject", "pid", "x", "ref", "id_of_person", "code")


@dataclass(frozen=True)
class KeyFolder:
    """One folder: its tables, and what its descriptor says of them."""

    sheets: dict[str, ReferenceTable]
    said_keys: dict[str, tuple[tuple[str, ...], ...]]
    nobodys: Nobodys = field(default_factory=Nobodys)

    def world(self) -> KeyWorld:
        cleaned = cleaned_list(Polarity.OPTED_OUT, PEOPLE[:2], None)
        return KeyWorld(World(self.sheets, "patients", cleaned.answer), self.said_keys, self.nobodys)

    def write(self, folder: Path) -> Path:
        """The tables as text, and their descriptor."""
        folder.mkdir()
        resources = []
        for name, sheet in self.sheets.items():
            columns = list(sheet.rows[0])
            lines = [",".join(columns), *(",".join(_quoted(row[column]) for column in columns) for row in sheet.rows)]
            (folder / f"{name}.csv").write_text("".join(line + "\n" for line in lines))
            primary, *unique = self.said_keys.get(name, ()) or ((),)
            schema: dict[str, Any] = {
                "fields": [{"name": column} for column in columns],
                "primaryKey": list(primary),
                "foreignKeys": [
                    {
                        "fields": list(link.columns),
                        "reference": {"resource": link.target, "fields": list(link.target_columns)},
                    }
                    for link in sheet.links
                ],
            }
            if unique:
                schema["uniqueKeys"] = [list(key) for key in unique]
            resources.append({"name": name, "path": f"{name}.csv", "dialect": {"delimiter": ","}, "schema": schema})
        (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
        return folder

    def declared(self, table: str, link: Link) -> KeyFolder:
        """The same with one key more."""
        sheet = self.sheets[table]
        return replace(self, sheets={**self.sheets, table: replace(sheet, links=(*sheet.links, link))})


def made(seed: int) -> KeyFolder:
    """Patients, visits that nobody declared as theirs, results of visits, and wards."""
    dice = random.Random(seed)
    count = dice.choice([1, 3, 8, 20])
    make, way = dice.choice(list(IDS.values())), dice.choice(list(WAYS.values()))
    ids = list(dict.fromkeys(make(dice, at) for at in range(count)))
    wards = [str(at + 1) for at in range(dice.choice([1, 2, 4]))]
    some_of = dice.choice([1.0, 1.0, 0.6, 0.2])
    seen = [key for key in ids if dice.random() < some_of] or ids[:1]
    strangers = dice.choice([0, 0, 0, 5])
    name, ward = dice.choice(NAMES), dice.choice(["ward", "ward_id", "w"])
    sheets = {
        "patients": ReferenceTable(
            [
                {
                    "patient_id": key,
                    "nhs_number": PEOPLE[at % len(PEOPLE)],
                    "ward": dice.choice(wards),
                    "mother_id": dice.choice(["", "", *ids]),
                }
                for at, key in enumerate(ids)
            ],
            own="nhs_number",
            links=(Link(("ward",), "wards", (ward,)),) if dice.random() < 0.5 else (),
        ),
        "visits": ReferenceTable(
            [
                {"visit_id": f"v{at}", name: way(key), "note": dice.choice(["seen", "not seen", "17"])}
                for at, key in enumerate(
                    [*seen, *dice.choices(seen, k=dice.choice([0, 4])), *(f"z{at}" for at in range(strangers))]
                )
            ]
        ),
        "results": ReferenceTable(
            [
                {"result": str(at), "visit_id": f"v{dice.randrange(len(seen))}", "value": f"{dice.random() * 100:.1f}"}
                for at in range(dice.choice([1, 6]))
            ]
        ),
        "wards": ReferenceTable(
            [{ward: key, "beds": str(dice.randrange(1, 40)), "title": f"Ward {key}"} for key in wards]
        ),
    }
    said = {"patients": (("patient_id",),), "visits": (("visit_id",),), "wards": ((ward,),)}
    if dice.random() < 0.2:
        said = {}
    if dice.random() < 0.3:  # two columns that only together say whose a row is
        several = [(str(at % 3), str(at // 3) if dice.random() < 0.9 else "") for at in range(len(ids))]
        rows = zip(sheets["patients"].rows, several, strict=True)
        sheets["patients"] = replace(
            sheets["patients"], rows=[{**row, "site": site, "local": local} for row, (site, local) in rows]
        )
        sheets["letters"] = ReferenceTable([{"site": site, "Local": local, "text": "dear"} for site, local in several])
        if dice.random() < 0.5:
            said["patients"] = (("site", "local"),)
    nobodys = dice.choice(
        [Nobodys(), Nobodys(), Nobodys(frozenset({"wards"})), Nobodys(columns=frozenset({("wards", "beds")}))]
    )
    folder = KeyFolder(sheets, {key: value for key, value in said.items() if dice.random() < 0.8}, nobodys)
    if dice.random() < 0.3:  # visits are declared, and what hangs on them is not, or is
        folder = folder.declared("visits", Link((name,), "patients", ("patient_id",)))
        if dice.random() < 0.5:
            folder = folder.declared("results", Link(("visit_id",), "visits", ("visit_id",)))
    return folder


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\n') else text


key_folders = st.integers(0, 2**32).map(made)
