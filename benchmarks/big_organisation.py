"""An organisation of thousands of flows for the benches: the made-up one again and again, each in databases of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ndoo.assets.findings import FoundTable
from ndoo.assets.record import Record
from ndoo.assets.register import Register, read_register
from ndoo.evidence.seal import Sealer
from ndoo.policy import decide, load_pack
from ndoo.policy.pack import APPLIES

ASSETS, FLOWS = 40, 120
"""Of one copy."""


def organisation(flows: int, today: date, key: str) -> Register:
    """At least so many flows, and an asset for every three of them."""
    from ndoo.service.asset_register import made_up

    one = made_up.organisation(today, (key,))
    told: dict[str, Any] = {"organisation": one.organisation and one.organisation.document(), "asset": [], "flow": []}
    for copy in range(-(-flows // FLOWS)):
        for kind, records in (("asset", one.assets), ("flow", one.flows)):
            told[kind] += [_copied(record, copy) for record in records.values()]
    return read_register(told)


def _copied(record: Record, copy: int) -> dict[str, Any]:
    told = record.document()
    of_kind = ASSETS if record.kind == "asset" else FLOWS
    prefix, _, number = record.id.partition("-")
    told["id"] = f"{prefix}-{copy * of_kind + int(number):05d}"
    told["name"] = f"{told['name']} {copy + 1}"
    if record.kind == "asset":
        told["location"] = [place(one, copy) for one in told["location"]]
    else:
        told["assets"] = [f"A-{copy * ASSETS + int(one.partition('-')[2]):05d}" for one in told["assets"]]
    return told


def place(of_one: str, copy: int) -> str:
    """Where the same database of another copy lies."""
    return of_one.replace("examples/organisation/", f"examples/organisation-{copy + 1}/")


def scans(register: Register, copies: int) -> Iterator[tuple[str, list[FoundTable]]]:
    """What scans of all the databases find: three tables of each copy that nobody declared among them."""
    from ndoo.service.asset_register import made_up

    of_place: dict[str, dict[str, Record]] = {}
    for asset in register.assets.values():
        of_place.setdefault(asset.texts("location")[0], {})[asset.id] = asset
    for copy in range(copies):
        mine = {}
        for where, assets in of_place.items():
            if f"/organisation-{copy + 1}/" in where:
                for asset in assets.values():
                    home = where.replace(f"organisation-{copy + 1}/", "organisation/")
                    mine[asset.id] = Record(asset.kind, {**asset.said, "location": (home,)})
        for where, tables in made_up.scans(Register(None, mine, {})):
            yield place(where, copy), [replace(table, target=place(where, copy)) for table in tables]


def manifests(
    register: Register, sealer: Sealer, now: datetime, *, without_every: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """A sealed run of each flow to which the opt-out applies; `without_every` leaves out every so manieth, 0 none."""
    from ndoo.domain.london import london_date
    from ndoo.service.asset_register import made_up

    pack, today = load_pack(), london_date(now)
    for at, flow in enumerate(register.live):
        decision = decide(flow.facts, pack, today)
        if decision.outcome == APPLIES and not (without_every and at % without_every == 0):
            yield f"{flow.id}.released.csv.manifest.json", made_up.manifest(flow, decision, sealer, today)
