"""What is not looked at in a folder is named, and its answer is unsure: links that lead out of it or nowhere, and what is no file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.conftest import Ndoo
from tests.support.numbers import some

NUMBERS = "nhs_number,diagnosis\n9991234566,asthma\n"


def test_a_link_out_of_the_folder_and_what_is_no_file_are_named(ndoo: Ndoo, tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here / "below", elsewhere):
        folder.mkdir(parents=True)
        (folder / "visits.csv").write_text(NUMBERS)
    (here / "latest.csv").symlink_to("below/visits.csv")
    (here / "latest").symlink_to("below")
    for name, leads_to in (
        ("out.csv", elsewhere / "visits.csv"),
        ("out", elsewhere),
        ("nowhere", "gone.csv"),
        ("up", here),
    ):
        (here / name).symlink_to(leads_to)
    os.mkfifo(here / "pipe")
    told = {one["name"]: one for one in json.loads(ndoo("scan", str(here), "--json").out)["tables"]}
    assert told.keys() == {"below/visits.csv", "out.csv", "out", "nowhere", "up", "pipe"}
    for name in told.keys() - {"below/visits.csv"}:
        assert told[name]["confidential_patient_information"] == "unsure"


def test_a_link_into_a_folder_that_is_not_read_is_named(ndoo: Ndoo, tmp_path: Path) -> None:
    programs = tmp_path / "here" / ".venv" / "lib"
    programs.mkdir(parents=True)
    (programs / "visits.csv").write_text(NUMBERS)
    (tmp_path / "here" / "visits.csv").symlink_to(".venv/lib/visits.csv")
    (tmp_path / "here" / "node_modules").symlink_to(tmp_path)
    told = json.loads(ndoo("scan", "here", "--json").out)["tables"]
    assert [(one["name"], one["confidential_patient_information"]) for one in told] == [
        ("node_modules", "unsure"),
        ("visits.csv", "unsure"),
    ]


def test_only_the_journal_of_a_database_that_is_there_is_left_to_it(ndoo: Ndoo, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "care-journal").write_text(NUMBERS)
    (here / "visits.csv").write_text(NUMBERS)
    (here / "visits.csv-wal").write_text(NUMBERS)
    (here / "link").symlink_to("visits.csv-wal")
    told = {one["name"] for one in json.loads(ndoo("scan", "here", "--json").out)["tables"]}
    assert told == {"care-journal", "visits.csv", "link"}


def test_an_empty_folder_is_said_to_be_empty(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert ndoo("scan", "empty").out == "Nothing was scanned: there is no file and no table.\n"


def test_quiet_says_what_fails(ndoo: Ndoo, tmp_path: Path) -> None:
    """Exit status 6 stood beside no word."""
    people = "".join(f"{one},asthma\n" for one in some(5))
    (tmp_path / "visits.csv").write_text(f"nhs_number,diagnosis\n{people}")
    said = ndoo("scan", "visits.csv", "--fail-on", "yes", "--quiet")
    assert (said.status, said.out.count("\n")) == (6, 1)
    assert said.out.startswith("visits.csv: yes.")
    assert ndoo("scan", "visits.csv", "--quiet").out == ""
