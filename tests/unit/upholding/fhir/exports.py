"""Exports for tests: a few people of whom some must go, resources in short, and what upholding them comes to."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.release import ReleaseKind, release_at
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import Outcome, uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.support.numbers import some

PEOPLE = some(8, seed=31)
GO = PEOPLE[0]
"""Patient p0, who must go; p1 and so on stay."""
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
MRN = "https://hospital.test/mrn"

Resource = dict[str, Any]


def patient(at: int, **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": PEOPLE[at]}], **more}


def of(kind: str, name: str, *to: str, **more: Any) -> Resource:
    """A resource whose subjects are these."""
    subject = {"subject": [{"reference": reference} for reference in to]} if to else {}
    return {"resourceType": kind, "id": name, **subject, **more}


def lines(*resources: Resource) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in resources)


def bundle(*entries: Resource, **more: Any) -> Resource:
    """A bundle of resources, or of entries."""
    whole = [entry if "resourceType" not in entry else {"resource": entry} for entry in entries]
    return {"resourceType": "Bundle", "type": "collection", "entry": whole, **more}


def packed(text: str | bytes) -> str:
    """As base64."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@dataclass(frozen=True)
class Upheld:
    """What was released."""

    outcome: Outcome
    request: Request

    @property
    def kept(self) -> list[str]:
        """The ids of all resources, those of entries without one left aside."""
        return [one.get("id", "") for text in self.texts.values() for one in _resources(text)]

    @property
    def texts(self) -> dict[str, str]:
        """What stands in each released file, by its path."""
        place = self.request.output
        if place.is_file():
            return {"": place.read_text(encoding="utf-8-sig")}
        files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != "manifest.json")
        return {path.relative_to(place).as_posix(): _unpacked(path) for path in files}

    @property
    def held(self) -> dict[str, int]:
        return self.outcome.rows.held

    def broken(self, *go: str) -> list[str]:
        """The promises that are broken by the list, or by another one."""
        cleaned = _list(self.request.output.parent, go, self.request.now) if go else self.request.cleaned
        result = verify_release(release_at(self.request.output), ReleaseQuestion(cleaned))
        return [promise.name for promise in result.promises if not promise.kept]


def upheld(
    folder: Path, source: str | bytes | Mapping[str, str | bytes], *, go: tuple[str, ...] = (GO,), **more: Any
) -> Upheld:
    """Uphold one file, or a folder of files by their paths, and verify what is released.

    Raises:
        As `uphold`.
    """
    place = folder / ("in" if isinstance(source, Mapping) else "in.json")
    for path, content in source.items() if isinstance(source, Mapping) else [("", source)]:
        file = place / path if path else place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    now = datetime.now(UTC)
    output = folder / ("out" if isinstance(source, Mapping) else "out.json")
    request = Request(
        **{
            "input": place,
            "output": output,
            "cleaned": _list(folder, go, now),
            "now": now,
            "engine": ReleaseKind.FHIR,
            **more,
        }
    )
    found = Upheld(uphold(request, load_sealer(folder / "keys")), request)
    assert found.broken() == []
    return found


def _list(folder: Path, go: tuple[str, ...], now: datetime) -> Any:
    (folder / "go.txt").write_text("".join(f"{number}\n" for number in go))
    return read_list(folder / "go.txt", Polarity.OPTED_OUT, checked_at=now, now=now)


def _unpacked(path: Path) -> str:
    unpack = {".gz": gzip.decompress, ".zst": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw)}
    return unpack.get(path.suffix, bytes)(path.read_bytes()).decode("utf-8-sig")


def _resources(text: str) -> list[Resource]:
    try:
        documents = [json.loads(text)] if text.strip() else []
    except ValueError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    found = []
    for document in documents:
        if document["resourceType"] == "Bundle":
            found += [entry.get("resource", {}) for entry in document.get("entry", [])]
        else:
            found.append(document)
    return found
