"""What does every attack start from? An extract, the two lists, the people in them, and what must never happen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import TODAY, Ndoo, Said
from tests.support.numbers import some, synthetic

PEOPLE = some(12, seed=7)
STAY, GO = PEOPLE[:8], PEOPLE[8:]
LOW = next(synthetic(seed=7, start=1_000_000))
"""A valid number that begins with 00: in nobody's range, and the one that spreadsheets shorten."""
HEADING = "nhs_number,marker,surname,diagnosis"
SURNAME, DIAGNOSIS = "Quillfeather", "zyzzogetonitis"
MAY, MUST_GO = "maystay", "mustgo"
CANARIES = (SURNAME, DIAGNOSIS, MUST_GO, MAY)
"""Values from the data: an error that shows one has shown a patient's record."""


def row(number: str, marker: str = MAY) -> str:
    """One patient's row, without its line end."""
    return f"{number},{marker},{SURNAME},{DIAGNOSIS}"


def table(rows: Iterable[str] | None = None, *, heading: str = HEADING, end: str = "\n") -> str:
    """A whole extract; by default those who stay, two of those who go, and those who stay again."""
    if rows is None:
        rows = [*map(row, STAY), *(row(number, MUST_GO) for number in GO[:2]), *map(row, STAY)]
    return "".join(line + end for line in (heading, *rows))


def of_allowed(numbers: Iterable[str] = STAY, end: str = ",\n") -> str:
    """A list as the national service sends it: number, comma, line feed."""
    return "".join(number + end for number in numbers)


@dataclass(frozen=True)
class Outcome:
    """A published output."""

    manifest: dict[str, Any]
    output: bytes
    said: Said

    @property
    def held(self) -> dict[str, int]:
        held: dict[str, int] = self.manifest["rows"]["held"]
        return held


@dataclass(frozen=True)
class Scene:
    """A folder in which `ndoo` is run, with the two lists in it."""

    folder: Path
    ndoo: Ndoo

    def put(self, content: str | bytes, name: str = "in.csv") -> Path:
        """Write a file as it is, line ends untouched."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def put_lists(self, stay: Iterable[str] = STAY, go: Iterable[str] = (*GO, LOW)) -> None:
        """`allowed.dat` and `opted_out.dat`: the same choice, in both polarities."""
        self.put(of_allowed(stay), "allowed.dat")
        self.put(of_allowed(go), "opted_out.dat")

    def uphold(
        self,
        *more: object,
        source: object = "in.csv",
        output: object = "out.csv",
        by: str = "allowed",
        checked_at: str | None = TODAY,
    ) -> Said:
        """`ndoo uphold`, whatever comes of it; what it says holds nothing from the data."""
        when = () if checked_at is None else ("--checked-at", checked_at)
        option = "--" + by.replace("_", "-")
        said = self.ndoo("uphold", source, "-o", output, option, f"{by}.dat", *when, "--json", *more)
        discreet(said)
        return said

    def verify(self, *more: object, output: object = "out.csv", by: str = "allowed") -> Said:
        """`ndoo verify`, whatever comes of it; it never writes."""
        before = inventory(self.folder)
        said = self.ndoo(
            "verify", output, f"--{by.replace('_', '-')}", f"{by}.dat", "--checked-at", TODAY, "--json", *more
        )
        discreet(said)
        assert inventory(self.folder) == before, "verify wrote something"
        return said

    def refuses(self, status: int, code: str, *more: object, **options: Any) -> Said:
        """The run ends with this status and error, and every file in the folder is as it was before."""
        before = inventory(self.folder)
        said = self.uphold(*more, **options)
        assert said.status == status, said.told
        error = said.json["error"]
        assert (error["code"], error["exit_status"]) == (code, status), error
        assert inventory(self.folder) == before, "something was written, changed or taken away"
        return said

    def upholds(self, status: int, *more: object, output: str = "out.csv", **options: Any) -> Outcome:
        """The run is done: every row is accounted for, and nobody who must go is in the output."""
        said = self.uphold(*more, output=output, **options)
        assert said.status == status, said.told
        manifest = json.loads((self.folder / f"{output}.manifest.json").read_bytes())
        assert manifest == said.json
        rows, people = manifest["rows"], manifest["people"]
        assert rows["read"] == rows["kept"] + rows["removed"] + sum(rows["held"].values())
        assert people["read"] == people["kept"] + people["removed"] + people["held"]
        written = (self.folder / output).read_bytes()
        assert manifest["output"]["sha256"] == hashlib.sha256(written).hexdigest()
        assert MUST_GO.encode() not in written.replace(b"\0", b""), "somebody who opted out is in the output"
        return Outcome(manifest, written, said)

    def upholds_both_ways(self, status: int, *more: object, **options: Any) -> Outcome:
        """Both polarities come to the same output and counts."""
        by_allowed = self.upholds(status, *more, **options)
        by_opted_out = self.upholds(status, *more, by="opted_out", **options)
        assert by_allowed.output == by_opted_out.output
        assert by_allowed.manifest["rows"] == by_opted_out.manifest["rows"]
        return by_allowed


def discreet(said: Said) -> None:
    """Neither a person nor a machine was told anything from the data."""
    for canary in CANARIES:
        assert canary not in said.out, "a value from the data was printed"
        assert canary not in said.told, "a value from the data was said"


def inventory(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file in the folder, with its mode and what stands in it."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
