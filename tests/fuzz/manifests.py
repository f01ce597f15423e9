"""Manifests and lists' records: whatever one says, a release with somebody in it who goes is never verified."""

from __future__ import annotations

import atexit
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError
from ndoo.evidence.document import parse_document
from ndoo.evidence.manifest import released_manifest, written
from ndoo.evidence.release import ReleaseKind, release_at
from ndoo.evidence.seal import check_seal
from ndoo.upholding.columns import WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.engines.worlds import cleaned_list
from tests.fuzz.fhir import SYSTEM
from tests.fuzz.world import GO, LISTS, PEOPLE, SEALER, STAY, Options, released
from tests.support.releases import parquet_manifest

_OTHER = PEOPLE[-1]
_THERE = [*STAY, GO[0]]
"""Who stands in every release that is looked at: by a list of somebody else they all stayed. One of them may not."""
_WHO = [*_THERE, _OTHER]
_REQUEST = Options(cleaned_list(Polarity.OPTED_OUT, [_OTHER], None), Undecidable.HOLD, WhenMentioned.STOP)


@dataclass(frozen=True)
class Place:
    """What was released, and where its manifest stands."""

    output: Path
    manifest: Path


def _upheld(engine: ReleaseKind, source: Path, output: Path) -> Place:
    assert released(engine, source, output, _REQUEST)
    return Place(output, released_manifest(output))


def _rows() -> str:
    return "nhs_number,visit\n" + "".join(f"{number},{at}\n" for at, number in enumerate(_WHO))


def _text(folder: Path) -> Place:
    (folder / "in.csv").write_text(_rows())
    return _upheld(ReleaseKind.FILE, folder / "in.csv", folder / "out.csv")


def _parquet(folder: Path) -> Place:
    pq.write_table(pa.table({"nhs_number": _WHO, "visit": range(len(_WHO))}), folder / "in.parquet")
    return _upheld(ReleaseKind.FILE, folder / "in.parquet", folder / "out.parquet")


def _fhir(folder: Path) -> Place:
    (folder / "in").mkdir()
    (folder / "in" / "Patient.ndjson").write_text(
        "".join(
            json.dumps({"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]})
            + "\n"
            for at, number in enumerate(_WHO)
        )
    )
    return _upheld(ReleaseKind.FHIR, folder / "in", folder / "fhir")


def _linked(folder: Path) -> Place:
    (folder / "in").mkdir()
    (folder / "in" / "visits.csv").write_text(_rows())
    resource = {"name": "visits", "path": "visits.csv"}
    (folder / "in" / "datapackage.json").write_text(json.dumps({"name": "small", "resources": [resource]}))
    return _upheld(ReleaseKind.LINKED_TABLES, folder / "in", folder / "linked")


def _parquet_folder(folder: Path) -> Place:
    part = folder / "spark" / "site=1"
    part.mkdir(parents=True)
    pq.write_table(pa.table({"nhs_number": _THERE, "visit": range(len(_THERE))}), part / "part-00000.parquet")
    (folder / "spark" / "_manifest.json").write_bytes(parquet_manifest(folder / "spark", SEALER, _THERE).written())
    return Place(folder / "spark", folder / "spark" / "_manifest.json")


_MAKERS: tuple[Callable[[Path], Place], ...] = (_text, _parquet, _fhir, _linked, _parquet_folder)


@cache
def places() -> tuple[Place, ...]:
    """One release of each kind, made once."""
    root = Path(mkdtemp(prefix="ndoo-fuzz-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    made = []
    for make in _MAKERS:
        folder = root / make.__name__.strip("_")
        folder.mkdir()
        made.append(make(folder))
    return tuple(made)


def check(data: bytes) -> bool:
    """Is this manifest, or record of a list, read? The first byte says beside what it stands, and whether we seal it anew."""
    said = (data[0] - ord("0")) % 12 if data else 0
    content, kind = data[1:], said % 6
    if said // 6 and (document := parse_document(content)):
        try:
            content = written(SEALER.seal(document))
        except (ValueError, RecursionError):
            return False
    return _record(content) if kind == len(_MAKERS) else _manifest(content, places()[kind])


def _manifest(content: bytes, place: Place) -> bool:
    place.manifest.write_bytes(content)
    try:
        found = verify_release(release_at(place.output), ReleaseQuestion(LISTS[0]))
    except NdooError as refusal:
        assert refusal.sentence.endswith("."), "a refusal is a sentence"
        return False
    assert not found.verified or found.met.ignored, "somebody who opted out is in it, and it was verified"
    return True


def _record(content: bytes) -> bool:
    listed = places()[0].output.with_name("list.dat")
    listed.write_text("".join(f"{number},\n" for number in STAY))
    listed.with_name("list.dat.manifest.json").write_bytes(content)
    try:
        cleaned = read_list(listed, Polarity.ALLOWED, checked_at=None, now=datetime.now(UTC))
    except NdooError as refusal:
        assert refusal.sentence.endswith("."), "a refusal is a sentence"
        return False
    document = json.loads(content)
    assert check_seal(document) == SEALER.public_key, "a record was believed that nobody here sealed"
    assert str(document["checked_at"])[:4] == str(cleaned.provenance.checked_at)[:4], "another day than the record says"
    return True
