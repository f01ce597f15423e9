"""A small hospital as a folder: patients, their episodes, the results of these, notes with a number, and a list of wards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.numbers import some

PEOPLE = some(8, seed=31)
GO = PEOPLE[0]


def key(columns: str | list[str], table: str, there: str | list[str]) -> dict[str, Any]:
    return {"fields": columns, "reference": {"resource": table, "fields": there}}


def scene(folder: Path, **changes: Any) -> Path:
    """Write the folder; `changes` replace a table's text, or (`descriptor`) take the descriptor before it is written.

    p0 opted out. e0 is theirs, e9 an orphan; r0 hangs on e0, r3 on r0; n0 is a note with their number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "patients": "id,nhs_number\n" + "".join(f"p{at},{number}\n" for at, number in enumerate(PEOPLE)),
        "episodes": "id,patient,ward\n" + "".join(f"e{at},p{at},w{at % 2}\n" for at in range(8)),
        "results": "id,episode,of\nr0,e0,\nr1,e1,\nr2,,r1\nr3,,r0\n",
        "notes": "note,nhs_number\n" + f"a,{GO}\nb,{PEOPLE[1]}\n",
        "wards": "ward,name\nw0,North\nw1,South\n",
    }
    tables |= {name: text for name, text in changes.items() if name != "descriptor"}
    for name, text in tables.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    document = {
        "name": "hospital",
        "resources": [
            resource("results", key("episode", "episodes", "id"), key("of", "", "id")),
            resource("patients"),
            resource("episodes", key("patient", "patients", "id"), key("ward", "wards", "ward")),
            resource("notes", key(["nhs_number"], "patients", ["nhs_number"])),
            resource("wards"),
        ],
    }
    change = changes.get("descriptor")
    if change:
        change(document)
    (folder / "datapackage.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def resource(name: str, *links: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "path": f"{name}.csv", "schema": {"foreignKeys": list(links)}}
