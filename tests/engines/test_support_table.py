"""`docs/support.md` is true: what it calls refused is refused with that sentence, and what it calls done is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndoo.upholding.support import Source, Wish
from tests.conftest import ROOT
from tests.engines.databases import made
from tests.unit.upholding.linked.scene import PEOPLE

ELSEWHERE = {(Source.TEXT, Wish.MESH), (Source.COLUMNAR, Wish.MESH), (Source.WORKBOOK, Wish.MESH)}
"""Done in `tests/mesh`."""
TABLE = "nhs_number,mother,old\n" + "".join(f"{number},,a\n" for number in PEOPLE)
MORE: dict[Wish, tuple[str, ...]] = {
    Wish.ALLOWED: ("--allowed", "stay.dat"),
    Wish.REQUESTED: ("--allowed", "stay.dat", "--requested", "asked.txt"),
    Wish.TYPE1: ("--type1", "codes.csv"),
    Wish.HELD: ("--held", "parked"),
    Wish.KEEP_MISSING: ("--undecided", "keep-missing", "--justification", "none was ever given"),
    Wish.EXPECTED: ("--expect-removed", "0-100"),
    Wish.FLOW: ("--flow", "flow.toml"),
    Wish.MESH: ("--mesh", "profile"),
    Wish.ASSET: ("--asset", "hospital"),
    Wish.SHAPE: ("--shape", "shape.json"),
}
FLOW = ROOT / "tests" / "data" / "flow.toml"


@pytest.fixture
def call(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Source], tuple[list[str], list[str]]]]:
    """The words that uphold and verify a source, which is made."""
    place = next(made("postgresql", tmp_path, request)) if False else None
    del place
    yield lambda source: _made(source, tmp_path)


def _made(source: Source, folder: Path) -> tuple[list[str], list[str]]:
    raise NotImplementedError
