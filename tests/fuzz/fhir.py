"""FHIR, a file or a folder of files: no resource of somebody who goes, none that refers to them, and none that was not there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ndoo.evidence.release import ReleaseKind
from tests.fuzz.world import GO, Options, folder, refuse_people_who_go, refuse_unverified, released, taken_apart

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
BETWEEN = b"\x1e"
"""Parts the files of a folder."""


def check(data: bytes) -> bool:
    """Is this export released? What is released is right."""
    options, content = taken_apart(data)
    with folder() as place:
        source, output = place / "in", place / "out"
        if BETWEEN in content:
            source.mkdir()
            for at, part in enumerate(content.split(BETWEEN)):
                (source / f"file{at}.ndjson").write_bytes(part)
        else:
            source, output = place / "in.ndjson", place / "out.ndjson"
            source.write_bytes(content)
        if released(ReleaseKind.FHIR, source, output, options) is None:
            return False
        for path in _files(output):
            if path.name != "_manifest.json":
                refuse_people_who_go(path.read_bytes(), options)
        _compare(_resources(source), _resources(output), options)
        refuse_unverified(output, options)
    return True


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def _resources(place: Path) -> list[dict[str, Any]]:
    """Every resource, those in bundles too; nothing of a file that is packed."""
    return [one for path in _files(place) for one in _in_text(path.read_bytes()) if "resourceType" in one]


def _in_text(raw: bytes) -> Iterator[dict[str, Any]]:
    if raw.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")) or b"resourceType" not in raw:
        return  # packed, or JSON that stands beside an export and is left out of it
    text = raw.decode("utf-8-sig")
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [json.loads(line) for line in text.split("\n") if line.strip(" \t\r\n\ufeff")]
    for document in documents:
        if document.get("resourceType") == "Bundle":
            yield from (entry.get("resource") or {} for entry in document.get("entry") or ())
        else:
            yield document


def _compare(source: list[dict[str, Any]], output: list[dict[str, Any]], options: Options) -> None:
    before, after = _counted(source), _counted(output)
    assert after <= before, "a resource was released that was not there"
    if not options.names_who_goes:
        return
    ids = Counter(one.get("id") for one in source if one["resourceType"] == "Patient")
    gone = {one.get("id") for one in source if one["resourceType"] == "Patient" and _goes(one)}
    for one in output:
        assert not _goes(one), "a person who goes was released"
        for reference in _references(one):
            kind, _, name = reference.partition("/")
            assert not (kind == "Patient" and name in gone and ids[name] == 1), (
                "a reference to somebody who goes was released"
            )


def _counted(resources: list[dict[str, Any]]) -> Counter[str]:
    return Counter(json.dumps(one, sort_keys=True) for one in resources)


def _goes(patient: dict[str, Any]) -> bool:
    said = patient.get("identifier")
    return any(
        isinstance(one, dict) and one.get("system") == SYSTEM and str(one.get("value")).strip() in GO
        for one in (said if isinstance(said, list) else [said])
    )


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
