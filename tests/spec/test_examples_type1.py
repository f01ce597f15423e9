"""The worked GP extraction of the page on Type 1 opt-outs: both opt-outs upheld, and nobody is left who objected."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.conftest import DATA, TODAY, Ndoo
from tests.spec.type1_by_hand import by_hand


def test_the_release_of_the_page_is_right(ndoo: Ndoo, tmp_path: Path) -> None:
    options = (
        "--opted-out",
        DATA / "pbcseq.opted_out.txt",
        "--checked-at",
        TODAY,
        "--type1",
        DATA / "pbcseq.codes.csv",
    )
    said = ndoo("uphold", DATA / "pbcseq.csv", "-o", "released.csv", *options)
    assert said.status == 6, said.told

    entries: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader((DATA / "pbcseq.codes.csv").read_text().splitlines()):
        entries.setdefault(row["nhs_number"], []).append((row["code"], row["date"]))
    gone = {number for number, of_one in entries.items() if by_hand(of_one) in ("dissent", "held")}
    gone |= set((DATA / "pbcseq.opted_out.txt").read_text().split())
    lines = (DATA / "pbcseq.csv").read_text().splitlines(keepends=True)
    assert (tmp_path / "released.csv").read_text() == "".join(line for line in lines if line.split(",")[0] not in gone)
    assert ndoo("verify", "released.csv", *options).status == 0
    assert ndoo("type1", "rerun", "released.csv.manifest.json", "--type1", DATA / "pbcseq.codes.csv").status == 0
