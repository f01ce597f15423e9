"""A small town as a folder: patients, their homes, the streets and maps of these, and codes that hang on one another."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import TODAY
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import key, resource

PEOPLE = some(6, seed=77)
GO = PEOPLE[:2]
LIST = ("--opted-out", "go.txt", "--checked-at", TODAY)
BY = ("--nhs-number", "patients.nhs_number", *LIST, "--leads-to-nobody", "maps.home")
TABLES = {
    "patients": "id,nhs_number,home\n"
    + "".join(f"p{at},{number},h{home}\n" for at, (number, home) in enumerate(zip(PEOPLE, "011234", strict=True))),
    # h0 is one person's who goes, h1 two people's of whom one goes, h2 to h4 are others', h5 is nobody's
    "homes": "id,street,place\n" + "".join(f"h{at},s{street},c1\n" for at, street in enumerate("011223")),
    "streets": "id,name\ns0,Theirs\ns1,Shared\ns2,Other\ns3,Nobody's\n",
    "maps": "home,east\n" + "".join(f"h{at},5{at}\n" for at in range(6)),
    # theirs alone is c0; c1 is what all homes have; c2, of no use, hangs on c0's parent c9
    "codes": "id,parent\nc0,c9\nc1,\nc2,c9\nc9,\n",
    "visits": "patient,code\np0,c0\np2,c1\n",
}


def town(folder: Path, **changes: str) -> Path:
    folder.mkdir()
    (folder.parent / "go.txt").write_text("\n".join(GO))
    for name, text in {**TABLES, **changes}.items():
        (folder / f"{name}.csv").write_text(text)
    resources = [
        resource("maps", key("home", "homes", "id")),
        resource("homes", key("street", "streets", "id"), key("place", "codes", "id")),
        resource("patients", key("home", "homes", "id")),
        resource("streets"),
        resource("codes", key("parent", "", "id")),
        resource("visits", key("patient", "patients", "id"), key("code", "codes", "id")),
    ]
    (folder / "datapackage.json").write_text(json.dumps({"name": "town", "resources": resources}))
    return folder
