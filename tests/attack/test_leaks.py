"""Can what is said, logged, named or left behind give a patient away? Roles and row numbers, never a value."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from ndoo.evidence.seal import KEY_FILE
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.publication.publish import Publication
from ndoo.upholding.text import blocks
from ndoo.upholding.text.delimited import Delimited
from tests.attack.scene import GO, MUST_GO, PEOPLE, STAY, Scene, discreet, of_allowed, row, table
from tests.conftest import TODAY
from tests.support.canary import numbers_in
from tests.support.numbers import some

PATIENT = f"could not convert {GO[0]},{MUST_GO},Quillfeather,zyzzogetonitis to int"
LISTED = ("--allowed", "allowed.dat", "--checked-at", TODAY)


class LibraryError(Exception):
    """What a library raises that shows the row that it could not read: DuckDB, pandas and PyArrow do."""


@pytest.mark.parametrize("as_json", [True, False], ids=["to_machines", "to_people"])
def test_a_librarys_error_with_a_patients_row_in_it_is_not_shown(
    as_json: bool, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.put(table())

    def failing(*_: object) -> None:
        try:
            raise LibraryError(PATIENT)
        except LibraryError as cause:
            raise ValueError(PATIENT, {"row": PATIENT}) from cause

    monkeypatch.setattr(RowDecision, "decide", failing)
    said = scene.ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, *(["--json"] if as_json else []))
    assert said.status == 1
    assert "ValueError" in said.told
    assert "Traceback" not in said.told
    discreet(said)
    assert not [*scene.folder.glob("out.*"), *scene.folder.glob(".*")]


@pytest.mark.parametrize("kind", ["UnicodeDecodeError", "ExceptionGroup", "KeyError", "a_name_made_of_data"])
def test_no_kind_of_error_shows_what_it_holds(kind: str, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    errors: dict[str, BaseException] = {
        "UnicodeDecodeError": UnicodeDecodeError("utf-8", PATIENT.encode(), 0, 9, PATIENT),
        "ExceptionGroup": ExceptionGroup(PATIENT, [ValueError(PATIENT)]),
        "KeyError": KeyError(GO[0]),
        "a_name_made_of_data": OSError(5, PATIENT, PATIENT),
    }

    def failing(*_: object) -> None:
        raise errors[kind]

    monkeypatch.setattr(Delimited, "preview", failing)
    assert scene.uphold().status == 1


def test_an_interrupted_run_leaves_and_says_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())

    def interrupting(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RowDecision, "decide", interrupting)
        scene.refuses(130, "interrupted")


def test_a_run_told_to_end_leaves_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    publish = Publication.publish

    def ended(publication: Publication) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        publish(publication)

    with monkeypatch.context() as patch:
        patch.setattr(Publication, "publish", ended)
        scene.refuses(130, "interrupted")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nhs-number", GO[0]),
        ("--also", GO[0]),
        ("--ignore-column", f"of {GO[0]}"),
        (GO[0],),
        ("--undecided", GO[0]),
        (f"--{GO[0]}",),
        ("--checked-at", GO[0]),
        ("--expect-removed", GO[0]),
        ("--delimiter", GO[0]),
        ("--encoding", GO[0]),
        ("--nhs-number", f"{GO[0][:3]} {GO[0][3:6]} {GO[0][6:]}"),
        ("--held", f"gone/{GO[0]}/held.csv"),
    ],
    ids=[
        "as_a_column",
        "also",
        "ignored",
        "alone",
        "choice",
        "option",
        "day",
        "share",
        "delimiter",
        "encoding",
        "spaced",
        "folder",
    ],
)
def test_a_number_typed_by_mistake_is_not_repeated(arguments: tuple[str, ...], scene: Scene) -> None:
    """`--nhs-number` invites one; terminals, logs of jobs and tickets keep it."""
    scene.put(table())
    for as_json in ((), ("--json",)):
        assert scene.ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, *arguments, *as_json).status == 2
    assert not (scene.folder / "out.csv").exists()


def test_a_number_typed_as_a_command_is_not_repeated(scene: Scene) -> None:
    assert scene.ndoo(GO[0]).status == 2


def test_a_folder_called_after_a_patient_is_not_said(scene: Scene) -> None:
    """Of the paths of the run only that one is a risk; a file's name is refused before."""
    scene.put(table())
    work = scene.folder.parent / f"{scene.folder.name}-apart" / GO[0]
    work.mkdir(parents=True)
    assert scene.uphold(output=work / "out.csv").status == 0


def test_a_justification_with_a_patient_in_it_is_refused(scene: Scene) -> None:
    """It would stand in the manifest, which travels with the release."""
    scene.put(table([*map(row, STAY), row("")]))
    for text in (f"mother of {GO[0]}", f"see {GO[0][:3]}-{GO[0][3:6]}-{GO[0][6:]}."):
        scene.refuses(2, "justification-identifies", "--undecided", "keep-missing", "--justification", text)


@pytest.mark.parametrize("name", ["", "NULL", "n/a", "None", "nan", "\\N", "Unknown", "not known", '""'])
def test_a_first_patient_without_a_number_is_not_taken_for_the_heading(name: str, scene: Scene) -> None:
    """They would be released as the names of columns, whatever they chose."""
    scene.put(table(map(row, STAY), heading=row(name, MUST_GO)))
    scene.refuses(3, "heading-missing")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("{0}x", "column-identifies"),
        ("{1}O{2}", "heading-missing"),
        ("no. {1}", "heading-missing"),
        ("{1}?{2}", "heading-missing"),
        ("x{0}", "column-identifies"),
    ],
)
def test_a_first_patient_with_a_damaged_number_is_not_taken_for_the_heading(
    damage: str, code: str, scene: Scene
) -> None:
    number = damage.format(GO[0], GO[0][:8], GO[0][9:])
    scene.put(table(map(row, STAY), heading=row(number, MUST_GO)))
    assert "--no-header" in scene.refuses(3, code).told
    scene.put(table(map(row, STAY), heading="nhs_number_20260131,marker,surname,diagnosis"))
    scene.upholds_both_ways(0)
    scene.put(table(map(row, STAY), heading="person_20260131,marker,surname,diagnosis"))
    scene.upholds_both_ways(0, "--nhs-number", "person_20260131")


def test_the_manifest_holds_no_number_and_no_plain_hash_of_one(scene: Scene) -> None:
    """A hash of one is found again among all numbers in minutes."""
    scene.put(table([row(STAY[0]), row(GO[0], MUST_GO)]))
    scene.put_lists(stay=STAY[:1], go=GO[:1])
    for by in ("allowed", "opted_out"):
        text = json.dumps(scene.upholds(0, "--nhs-number", "nhs_number", by=by).manifest)
        for number in PEOPLE:
            for written in (number, f"{number}\n", f"{number},\n", f"{number},", f"{number}\r\n", number[:9]):
                for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b"):
                    assert hashlib.new(algorithm, written.encode()).hexdigest() not in text


def test_the_manifest_shows_no_value_of_any_row(scene: Scene) -> None:
    scene.put(table())
    text = json.dumps(scene.upholds(0).manifest)
    for value in ("Quillfeather", "zyzzogetonitis", "maystay", MUST_GO):
        assert value not in text


def test_drafts_are_their_owners_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shared folder, and with a mask that shuts nobody out."""
    scene.put(table())
    modes: list[int] = []
    publish = Publication.publish

    def looking(publication: Publication) -> None:
        modes.extend(stat.S_IMODE(path.stat().st_mode) for path in scene.folder.glob(".*"))
        publish(publication)

    monkeypatch.setattr(Publication, "publish", looking)
    mask = os.umask(0)
    try:
        scene.upholds(0, "--held", "held.csv")
    finally:
        os.umask(mask)
    assert len(modes) == 6, "three drafts and three locks"
    assert set(modes) == {0o600}
    assert stat.S_IMODE((scene.folder / "held.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE((scene.folder / "out.csv").stat().st_mode) == 0o666


def test_held_rows_are_their_owners_alone(scene: Scene) -> None:
    """They are the rows about which nobody has decided."""
    scene.put(table([*map(row, STAY), row("", MUST_GO)]))
    scene.upholds(6, "--held", "held.csv")
    assert stat.S_IMODE((scene.folder / "held.csv").stat().st_mode) == 0o600
    heading, held = table([row("", MUST_GO)]).splitlines()
    assert (scene.folder / "held.csv").read_text().splitlines() == [
        f"ndoo_row,ndoo_reason,{heading}",
        f"9,missing,{held}",
    ]


def test_held_rows_hold_nobody_who_is_known_to_have_opted_out(scene: Scene) -> None:
    scene.put(table([*map(row, STAY), row(""), row(GO[0], MUST_GO)]))
    for by in ("allowed", "opted_out"):
        scene.upholds(6, "--held", "held.csv", by=by)
        assert MUST_GO not in (scene.folder / "held.csv").read_text()


def test_the_sealing_key_is_its_owners_alone(scene: Scene, own_data_folder: Path) -> None:
    scene.put(table())
    mask = os.umask(0)
    try:
        scene.upholds(0)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((own_data_folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(own_data_folder.stat().st_mode) == 0o700
    assert [path.name for path in own_data_folder.iterdir()] == [KEY_FILE]


def test_nothing_is_left_in_the_machines_folder_for_temporary_files(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("tmp")
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.setattr("tempfile.tempdir", None)
    scene.put(table())
    seen: list[Path] = []
    stream = Delimited.stream

    def looking(dataset: Delimited, *more: Any) -> Any:
        record = stream(dataset, *more)
        seen.extend(elsewhere.iterdir())
        return record

    monkeypatch.setattr(Delimited, "stream", looking)
    scene.upholds(0)
    assert not seen
    assert not list(elsewhere.iterdir())


def test_nothing_is_logged_even_where_everything_is(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scene.put(table([*map(row, STAY), row(GO[0], MUST_GO), row(GO[1] + "x", MUST_GO)]))
    scene.upholds(6)
    assert not re.search(r"Quillfeather|zyzzogetonitis|mustgo|[0-9]{9}", caplog.text)


def test_only_the_answer_stands_on_the_standard_output(scene: Scene) -> None:
    scene.put(table())
    assert scene.ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED).err.splitlines() == [
        "Using 'nhs_number' as the patient's NHS number (detected; --nhs-number overrides)."
    ]
    quiet = scene.ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "--quiet")
    assert (quiet.out, quiet.told) == ("", "")


def test_a_row_too_long_is_not_quoted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LONGEST_ROW", 1 << 21)
    scene.put(table([*map(row, STAY), row(GO[0], MUST_GO) + "x" * (5 << 20)]))
    scene.refuses(3, "row-too-long")


def test_a_bad_line_of_a_list_is_not_quoted(scene: Scene) -> None:
    scene.put(table())
    scene.put(of_allowed(STAY) + row(GO[0], MUST_GO) + "\n", "allowed.dat")
    assert "Line 9" in scene.refuses(4, "list-unreadable").told


def test_the_watch_tells_numbers_from_chance() -> None:
    """A log's name has ten such digits in one of three hundred logs; a number beside letters is one all the same."""
    number = some(1)[0]
    assert numbers_in(f"log ab{number}{'c' * 20}.") == numbers_in(f"{'f' * 54}{number}") == 0
    assert numbers_in(f"ab{number}{'c' * 19}") == numbers_in(f"heads/{number[:3]} {number[3:6]} {number[6:]}") == 1
