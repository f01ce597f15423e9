"""Generated FHIR exports: people, what is about them, things, documents; every way to refer; every way to pack. And who must go, slowly.

`World.fates` works on what was meant, not on what was written: it never sees JSON, and shares no line with the engine.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.support.numbers import some

SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
MRN = "https://hospital.test/mrn"
BASE = "https://a.test/fhir/"
NUMBERS = some(24, seed=77)
GO, STAY = NUMBERS[:8], NUMBERS[8:]
STAYS, HELD, REMOVED = range(3)

SOMEBODY = (
    "Observation",
    "Encounter",
    "DocumentReference",
    "Group",
    "List",
    "AuditEvent",
    "Composition",
    "ServiceRequest",
)
THINGS = (
    "Device",
    "Location",
    "Medication",
    "Organization",
    "Substance",
    "Practitioner",
    "DeviceMetric",
    "Questionnaire",
)
STYLES = (
    "reference",
    "version",
    "absolute",
    "identifier",
    "contained",
    "uri",
    "attachment",
    "text",
    "narrative",
    "document",
    "entry",
    "nested",
)
NEEDED = frozenset(("reference", "version", "contained", "uri", "attachment", "entry", "nested"))
"""What must lead to something, where this could be about somebody."""


@dataclass
class Edge:
    """One resource names another, or one that is not there."""

    target: int | None
    style: str
    kind: str = "Observation"
    """Of one that is not there."""


@dataclass
class Thing:
    """One resource as it is meant."""

    kind: str
    name: str
    number: str | None = None
    edges: list[Edge] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    """Patients whom it says to be its person."""
    home: bool = False
    file: int = 0

    @property
    def mark(self) -> str:
        """A text that stands in it alone."""
        return f"mark-of-{self.name}-"


@dataclass
class File:
    """How one file is written."""

    path: str
    form: str
    """`ndjson`, `bundle`, `bundles` (one for each resource, a line each)."""
    full: bool
    """Its entries have full addresses."""
    dressing: str
    link: Edge | None = None
    """What the bundle around the entries names."""


@dataclass
class World:
    things: list[Thing]
    files: list[File]

    def fates(self) -> list[int]:
        """What becomes of each, by going round until nothing changes."""
        things = self.things
        fates = [self._own(thing) for thing in things]
        leading = [thing.number is not None for thing in things]
        together = {
            (at, other) for at, thing in enumerate(things) for other in thing.same if things[other].kind == "Patient"
        }
        names = [{edge.target for edge in thing.edges if edge.target is not None} | set(thing.same) for thing in things]
        together |= {(at, other) for at in range(len(things)) for other in names[at] if things[other].kind == "Binary"}

        def go_round(levels: list[Any]) -> None:
            before = None
            while before != levels:
                before = list(levels)
                for at in range(len(things)):
                    levels[at] = max([levels[at], *(levels[other] for other in names[at])])
                for one, other in together:
                    levels[other] = max(levels[one], levels[other])

        go_round(leading)
        for at, thing in enumerate(things):
            if thing.kind not in THINGS and not leading[at]:
                fates[at] = max(fates[at], HELD)
        go_round(fates)
        alone = {at for at, thing in enumerate(things) if thing.kind in THINGS and fates[at] == STAYS}
        found = dict[int, int]()
        for fate in (STAYS, HELD, REMOVED):
            reached = [at for at in range(len(things)) if at not in alone and fates[at] == fate]
            if fate == STAYS:
                reached += [
                    -1 - at for at, file in enumerate(self.files) if file.link and self._is_sure(at, fates, alone)
                ]
            while reached:
                at = reached.pop()
                there = names[at] if at >= 0 else {self.files[-1 - at].link.target}  # type: ignore[union-attr]
                for other in there & alone - set(found):
                    found[other] = fate
                    reached.append(other)
        for at in alone:
            fates[at] = found.get(at, HELD if things[at].home else STAYS)
        go_round(fates)
        return fates

    def stops(self, fates: list[int]) -> bool:
        """Does a bundle that would be released name somebody around its entries who is not?"""
        return any(
            file.link is not None
            and file.link.target is not None
            and fates[file.link.target]
            and self._is_released(at, fates)
            for at, file in enumerate(self.files)
        )

    def kept_in(self, fates: list[int]) -> dict[str, list[str]]:
        """The names of what stays, by its file; one that lost all its people has another name, one of which nothing stays is not there."""
        kept: dict[str, list[str]] = {}
        rests = 0
        for at, file in sorted(enumerate(self.files), key=lambda one: one[1].path):
            path = file.path
            here = [(thing, fate) for thing, fate in zip(self.things, fates, strict=True) if thing.file == at]
            somebody = [fate for thing, fate in here if thing.kind not in THINGS]
            if self._is_released(at, fates):
                if somebody and STAYS not in somebody:
                    rests += 1
                    path = f"rest-{rests}" + path[path.index(".") :]
                kept[path] = [thing.name for thing, fate in here if not fate]
        return kept

    def written(self) -> dict[str, bytes]:
        """Every file, by its path."""
        return {file.path: self._file(at, file) for at, file in enumerate(self.files)}

    def _is_released(self, at: int, fates: list[int]) -> bool:
        """A file with nothing in it, or with something that stays."""
        here = [fate for thing, fate in zip(self.things, fates, strict=True) if thing.file == at]
        return not here or STAYS in here

    def _is_sure(self, at: int, fates: list[int], alone: set[int]) -> bool:
        """The same, whatever becomes of the resources about nobody."""
        here = [other for other, thing in enumerate(self.things) if thing.file == at]
        return not here or any(other not in alone and fates[other] == STAYS for other in here)

    def _own(self, thing: Thing) -> int:
        if thing.number in GO:
            return REMOVED
        lost = any(edge.target is None and edge.style in NEEDED and edge.kind not in THINGS for edge in thing.edges)
        return HELD if lost or (thing.kind == "Patient" and thing.number is None) else STAYS

    def _file(self, at: int, file: File) -> bytes:
        here = [thing for thing in self.things if thing.file == at]
        entries = [self._entry(thing, full=file.full) for thing in here]
        around = {"link": [{"relation": "self", "url": self._literal(file.link)}]} if file.link else {}
        if file.form == "ndjson":
            text = "".join(json.dumps(entry["resource"]) + "\n" for entry in entries)
        elif file.form == "bundle":
            text = json.dumps(
                {"resourceType": "Bundle", "type": "batch", **around, "entry": entries, "total": 9}, indent=1
            )
        else:
            text = "".join(
                json.dumps({"type": "batch", "entry": [entry], "resourceType": "Bundle"}) + "\n" for entry in entries
            )
        if "crlf" in file.dressing:
            text = text.replace("\n", "\r\n")
        if "blank" in file.dressing and file.form != "bundle":
            text = "\n" + text + "  \n"
        raw = (b"\xef\xbb\xbf" if "mark" in file.dressing else b"") + text.encode()
        return gzip.compress(raw) if file.path.endswith(".gz") else raw

    def _entry(self, thing: Thing, *, full: bool) -> dict[str, Any]:
        resource: dict[str, Any] = {"resourceType": thing.kind, "id": thing.name, "note": [{"text": thing.mark}]}
        resource["identifier"] = [{"system": MRN, "value": f"mrn-{thing.name}"}]
        if thing.number:
            resource["identifier"].append({"system": SYSTEM, "value": thing.number})
        if thing.home:
            resource["physicalType"] = {"coding": [{"code": "ho"}]}
        if thing.kind == "Binary":
            resource |= {"contentType": "text/plain", "data": base64.b64encode(b"Nobody is named in this.").decode()}
        if thing.same:
            links = [
                {("other" if thing.kind == "Patient" else "target"): {"reference": f"Patient/{self.things[at].name}"}}
                for at in thing.same
            ]
            resource["link"] = links
        entry: dict[str, Any] = {"resource": resource}
        for at, edge in enumerate(thing.edges):
            self._refer(resource, entry, edge, at)
        if full:
            entry["fullUrl"] = f"{BASE}{thing.kind}/{thing.name}"
        return entry

    def _refer(self, resource: dict[str, Any], entry: dict[str, Any], edge: Edge, at: int) -> None:
        literal = self._literal(edge)
        extensions = resource.setdefault("extension", [])
        match edge.style:
            case "reference":
                resource.setdefault("subject", []).append({"reference": literal})
            case "version":
                extensions.append(
                    {"url": "https://x.test/e", "valueReference": {"reference": f"{literal}/_history/{at}"}}
                )
            case "absolute":
                resource.setdefault("performer", []).append({"reference": BASE + literal})
            case "identifier":
                value = f"mrn-{self._name(edge)}"
                resource.setdefault("author", []).append({"identifier": {"system": MRN, "value": value}})
            case "contained":
                inner = {"resourceType": "RelatedPerson", "id": f"c{at}", "patient": {"reference": literal}}
                resource.setdefault("contained", []).append(inner)
                resource.setdefault("informant", []).append({"reference": f"#c{at}"})
            case "uri":
                extensions.append({"url": "https://x.test/e", "valueUri": literal})
            case "attachment":
                resource.setdefault("content", []).append({"attachment": {"url": literal}})
            case "text":
                resource["note"].append({"text": f"as {literal} says"})
            case "narrative":
                resource["text"] = {"div": resource.get("text", {}).get("div", "") + f'<a href="{BASE}{literal}">x</a>'}
            case "document":
                raw = base64.b64encode(f"Letter about {literal}".encode()).decode()
                resource.setdefault("presentedForm", []).append({"data": raw})
            case "entry":
                entry.setdefault("link", []).append({"relation": "related", "url": literal})
            case "nested":
                resource["item"] = [
                    {"item": [{"answer": [resource.get("item"), {"valueReference": {"reference": literal}}]}]}
                ]

    def _literal(self, edge: Edge) -> str:
        kind = edge.kind if edge.target is None else self.things[edge.target].kind
        return f"{kind}/{self._name(edge)}"

    def _name(self, edge: Edge) -> str:
        return "9none" if edge.target is None else self.things[edge.target].name


def made(seed: int) -> World:
    """Drawn evenly: what makes an interesting world is how much of it is whole."""
    dice = random.Random(seed)
    things = [
        Thing("Patient", f"p{at}", dice.choice([*GO[:4], *STAY, *STAY, *STAY, None]))
        for at in range(dice.randint(2, 5))
    ]
    used = set[str]()
    for thing in things:  # a number is one patient's
        thing.number = thing.number if thing.number not in used else None
        used |= {thing.number} if thing.number else set()
    things += [Thing(dice.choice(SOMEBODY), f"s{at}") for at in range(dice.randint(1, 8))]
    things += [Thing(dice.choice(THINGS), f"t{at}") for at in range(dice.randint(0, 6))]
    things += [Thing("Binary", f"b{at}") for at in range(dice.randint(0, 2))]
    things += [Thing("Person", f"x{at}") for at in range(dice.choice([0, 0, 1]))]
    files = [_file(dice, at) for at in range(dice.randint(1, 4))]
    people = [at for at, thing in enumerate(things) if thing.kind == "Patient"]
    lost = dice.choice([0, 0, 0.1])
    for at, thing in enumerate(things):
        thing.file = dice.randrange(len(files))
        thing.home = thing.kind == "Location" and dice.random() < 0.4
        if thing.kind == "Person" or (thing.kind == "Patient" and dice.random() < 0.1):
            thing.same = [other for other in dice.sample(people, min(2, len(people))) if other != at]
        if thing.kind in SOMEBODY:
            thing.edges.append(Edge(dice.choice(people), "reference"))
        for _ in range(dice.choice([0, 0, 1, 1, 2])):
            to_things = thing.kind in THINGS or dice.random() < 0.6
            targets = [other for other in range(len(things)) if to_things == (things[other].kind in THINGS)] or people
            if thing.kind in THINGS and dice.random() < 0.8 and things[targets[0]].kind not in THINGS:
                continue
            target = None if dice.random() < lost else dice.choice(targets)
            thing.edges.append(Edge(target, dice.choice(STYLES), dice.choice(("Observation", "Patient", "Device"))))
    for thing in things:
        thing.edges = [edge for edge in thing.edges if _possible(edge, thing, things, files)]
    for file in files:
        if file.form == "bundle" and dice.random() < 0.3:
            file.link = Edge(dice.randrange(len(things)), "uri")
    return World(things, files)


def _possible(edge: Edge, thing: Thing, things: list[Thing], files: list[File]) -> bool:
    """Can it be written so, and mean this? An absolute address takes a full one, an entry a bundle; a Binary need not be there."""
    if edge.style == "absolute":
        return edge.target is not None and files[things[edge.target].file].full
    if edge.style == "entry":
        return files[thing.file].form != "ndjson"
    return edge.style != "contained" or thing.kind not in THINGS


def _file(dice: random.Random, at: int) -> File:
    form = dice.choice(("ndjson", "ndjson", "bundle", "bundles"))
    suffix = ".json" if form == "bundle" else dice.choice((".ndjson", ".jsonl", ".ndjson.gz"))
    path = dice.choice(("", "", "deep/", "deep/er/")) + f"f{at}{suffix}"
    return File(
        path,
        form,
        form != "ndjson" and dice.random() < 0.5,
        dice.choice(("", "", "mark", "crlf", "blank", "mark crlf blank")),
    )


worlds = st.integers(0, 2**32).map(made)
