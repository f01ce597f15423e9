"""The made-up organisation: 40 assets in 15 databases, 120 flows, what a scan finds, and what is planted there."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ndoo.assets.findings import FoundTable, read_findings
from ndoo.assets.record import Record
from ndoo.assets.register import Register, read_register
from ndoo.domain.answers import Polarity, Provenance
from ndoo.evidence.manifest import uphold_manifest
from ndoo.evidence.release_record import Columns, Counts, FileRecord, PeopleCounts, ReleaseRecord, UndecidedPolicy
from ndoo.evidence.seal import Sealer
from ndoo.policy import Decision

OWNER = "oscar.owner"
PLANTED = {
    "emergency": ("export_for_supplier", "nhs_number complaint_snomed"),
    "research": ("old_cohort_copy", "nhs_number cohort postcode"),
    "warehouse": ("tmp_linked_backup", "nhs_number stay_id"),
}
"""Tables that nobody declared, by the database in which they lie."""
HARMLESS = ("reference_codes", "code words")
"""A table without anything about people, in every database."""


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("ndoo.service.asset_register").joinpath("made_up.toml").read_text(encoding="utf-8"))


def place(database: str) -> str:
    """Where a scan finds a database."""
    return f"sqlite:///examples/organisation/{database}.sqlite3"


@cache
def organisation(today: date, keys: tuple[str, ...]) -> Register:
    """The register as of a day, sealed runs trusted under these keys."""
    assets = list(_assets())
    document = {
        "organisation": _document()["organisation"] | {"sealed_by": list(keys)},
        "asset": assets,
        "flow": list(_flows([asset["id"] for asset in assets], [asset["name"] for asset in assets], today)),
    }
    return read_register(document)


def _assets() -> Iterator[dict[str, Any]]:
    at = 0
    for slug, database in _document()["databases"].items():
        for told in database["assets"]:
            at += 1
            yield {
                "id": f"A-{at:03d}",
                "name": told["name"],
                "owner": OWNER if at % 2 else "Ines Iqbal",
                "administrator": "Data team",
                "system": database["title"],
                "contents": f"{told['name']}, as the {database['title'].lower()} records them",
                "subjects": "Patients",
                "identifiers": ["NHS number"],
                "patient_information": "yes",
                "volume": 1_000 * at,
                "retention": "8 years after the last entry",
                "hosting": "On site, England",
                "location": [place(slug)],
                "security": "Access by role; encrypted backups",
                "dpia": "done",
                "dpia_reference": f"DPIA-{at:03d}",
                "risk": ("low", "medium", "high")[at % 3],
                "tables": [{"name": name, "columns": said.split()} for name, said in told["tables"].items()],
            }


def _flows(ids: Sequence[str], names: Sequence[str], today: date) -> Iterator[dict[str, Any]]:
    """Three flows from each asset, the ways in turn."""
    ways = _document()["way"]
    for at in range(3 * len(ids)):
        way, asset = deepcopy(ways[at % len(ways)]), at % len(ids)
        number = f"{9000 + at}"
        facts = _merged(_document()["every"], way.pop("facts"))
        told = _filled({**way, "facts": facts}, {"{asset}": names[asset].lower(), "{number}": number})
        gateway = told["facts"]["gateway"]
        if gateway.get("reference"):
            gateway["valid_from"] = today - timedelta(days=400)
            gateway["valid_to"] = today + timedelta(days=60 if at == 0 else 500 + at)
        yield {
            "id": f"F-{at + 1:03d}",
            "assets": [ids[asset]],
            "status": "live",
            "last_run": today - timedelta(days=3 + at % 20),
            "transfer": "Secure file transfer",
            "retention": "Until the agreement ends",
            "agreement": f"DSA-{number}",
            "agreement_ends": today + timedelta(days=400 + at),
            **told,
        }


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """The second over the first, table by table."""
    both = dict(first)
    for name, value in second.items():
        both[name] = _merged(both.get(name, {}), value) if isinstance(value, Mapping) else value
    return both


def _filled(told: Any, words: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {name: _filled(value, words) for name, value in told.items()}
    if isinstance(told, str):
        for slot, word in words.items():
            told = told.replace(slot, word)
    return told


def scans(register: Register, *, planted: bool = True) -> Iterator[tuple[str, list[FoundTable]]]:
    """What scans of the 15 databases find, by place."""
    for slug in _document()["databases"]:
        where = place(slug)
        tables = [
            _found(table.name, table.columns, "yes")
            for asset in register.assets.values()
            if where in asset.texts("location")
            for table in asset.tables
        ]
        tables.append(_found(HARMLESS[0], HARMLESS[1].split(), "no"))
        if planted and slug in PLANTED:
            name, columns = PLANTED[slug]
            tables.append(_found(name, columns.split(), "yes"))
        yield where, read_findings({"tables": tables}, where)


def _found(name: str, columns: Sequence[str], answer: str) -> dict[str, Any]:
    because = {
        "yes": "It has NHS numbers, given in confidence, beside something about care.",
        "no": "It is about nobody.",
    }
    kinds = {"nhs_number": "nhs_number", "postcode": "postcode"}
    return {
        "name": name,
        "rows": 1_000,
        "sampled": 1_000,
        "confidential_patient_information": answer,
        "because": because[answer],
        "columns": [{"name": c, "kind": kinds.get(c, "none"), "share": 1.0, "confidence": 1.0} for c in columns],
    }


def manifest(flow: Record, decision: Decision, sealer: Sealer, today: date) -> dict[str, Any]:
    """The sealed record of one run of this flow, on the day of its last run."""
    ran = flow.day("last_run") or today
    at = datetime(ran.year, ran.month, ran.day, 9, tzinfo=UTC)
    people = 2_000 + int(flow.id.removeprefix("F-"))
    removed = people // 19
    listed = Provenance(Polarity.ALLOWED, "allowed.dat", "0" * 64, ran, 0, 21, people - removed)
    manifest = uphold_manifest(
        ReleaseRecord(
            created=at,
            input=FileRecord(f"{flow.id}.csv", "1" * 64, 100 * people, "csv", people),
            output=FileRecord(
                f"{flow.id}.released.csv",
                hashlib.sha256(flow.id.encode()).hexdigest(),
                100 * (people - removed),
                "csv",
                people - removed,
            ),
            columns=Columns("nhs_number", "named by the caller"),
            rows=Counts(people, people - removed, removed),
            people=PeopleCounts(people, people - removed, removed, 0),
            undecided=UndecidedPolicy("hold"),
            provenance=listed,
            decision=decision.to_dict(),
        )
    )
    return sealer.seal(manifest.document)
