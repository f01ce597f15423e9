"""Answers are on stdout, what is said beside them on stderr, machines get one object, and nobody gets what they asked not to."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click
import pytest

from ndoo.cli import output, progress_line
from ndoo.cli.count_bar import bar
from ndoo.cli.expected_share import Share
from ndoo.cli.list_options import ListOptions, When, chosen_list, now
from ndoo.cli.output import Speech, number
from ndoo.cli.progress_line import ProgressLine
from ndoo.cli.reading_options import reading_from
from ndoo.domain.errors import NoUsableList, UsageFault
from tests.conftest import TODAY, Ndoo
from tests.support.docs_shell import PROGRESS
from tests.support.numbers import some

LISTED = ("--allowed", "list.dat", "--checked-at", TODAY)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """An extract of 20 people, all but two allowed, one of whom cannot be read."""
    people = some(20)
    rows = [*people, people[0][:9]]
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in rows))
    (tmp_path / "list.dat").write_text("\n".join(people[2:]))
    return tmp_path


def test_json_is_one_object_and_people_still_get_their_sentences(ndoo: Ndoo, extract: Path) -> None:
    said = ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "--json")
    assert said.status == 6
    assert json.loads(said.out) == json.loads((extract / "out.csv.manifest.json").read_text())
    assert said.out == json.dumps(said.json, indent=2) + "\n"
    assert "Wrote out.csv" in said.told
    checked = ndoo("verify", "out.csv", *LISTED, "--json")
    assert (checked.status, checked.json["verified"]) == (0, True)
    assert [promise["kept"] for promise in checked.json["promises"]] == [True] * len(checked.json["promises"])
    assert "Verified." in checked.told


STREAMS = {
    "1>/dev/full": (1, "Error [disk-full]: The answer could not be written to standard output", True),
    "1>&-": (6, "'nhs_number'", True),
    "2>/dev/full": (6, "Wrote out.csv", False),
    "2>&-": (6, "Wrote out.csv", False),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_that_takes_nothing_undoes_no_release_and_hides_no_status(stream: str, extract: Path) -> None:
    status, told, beside = STREAMS[stream]
    command = "import sys; from ndoo.cli.main import run; sys.argv[0] = 'ndoo'; run()"
    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'"$@" {stream}',
            "sh",
            sys.executable,
            "-c",
            command,
            "uphold",
            "in.csv",
            "-o",
            "out.csv",
            *LISTED,
        ],
        cwd=extract,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert told in (done.stderr if beside else done.stdout)
    assert "Exception" not in done.stderr and "unexpected" not in done.stderr
    assert (extract / "out.csv.manifest.json").is_file()


def test_an_answer_that_click_itself_gives_is_told_to_be_lost() -> None:
    command = "import sys; from ndoo.cli.main import run; sys.argv[0] = 'ndoo'; run()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", command, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1 and done.stderr.startswith("Error [disk-full]")


def test_whoever_lets_rows_without_a_number_stay_is_told_how_many_and_why(ndoo: Ndoo, extract: Path) -> None:
    with (extract / "in.csv").open("a") as more:
        more.write(",1\n")
    why = ("--undecided", "keep-missing", "--justification", "Ward totals")
    said = ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, *why)
    assert "    kept without an NHS number: 1 row, because: Ward totals\n" in said.out
    shown = ndoo("show", "out.csv", "--html", "c.html").out
    assert "Kept without an NHS number  1 row\n" in shown and "Ward totals" in shown
    page = (extract / "c.html").read_text()
    assert "Kept without an NHS number</th><td>1 row</td>" in page and "<td>Ward totals</td>" in page


def test_an_answer_can_be_kept_in_a_file_and_read_without_the_progress(ndoo: Ndoo, extract: Path) -> None:
    said = ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED)
    assert said.status == 6
    assert "held back" in said.out
    assert "malformed: 1" in said.out
    assert "'nhs_number'" in said.err, "how the options were understood is beside the answer"
    assert "'nhs_number'" not in said.out
    verified = ndoo("verify", "out.csv", *LISTED)
    assert ("Verified." in verified.out, verified.err) == (True, "")


def test_warnings_and_errors_are_not_in_the_answer(ndoo: Ndoo, extract: Path) -> None:
    ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED)
    said = ndoo("verify", "out.csv", "--no-list")
    assert "WARNING" in said.err
    assert "WARNING" not in said.out
    refused = ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "none", "--checked-at", TODAY)
    assert refused.out == ""
    assert refused.err.startswith("Error [")


def test_whoever_stops_reading_changes_nothing(extract: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = Path(sys.executable).with_name("ndoo")
    run = subprocess.run(
        [program, "uphold", "in.csv", "-o", "out.csv", *LISTED],
        cwd=extract,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (run.returncode, b"Error" in run.stderr) == (6, False)


def test_quiet_says_nothing_unless_something_is_wrong(ndoo: Ndoo, extract: Path) -> None:
    for flag in ("--quiet", "-q"):
        assert ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, flag).told == ""
        assert ndoo("verify", "out.csv", *LISTED, flag).told == ""
    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "none", "--checked-at", TODAY, "-q").err.startswith(
        "Error ["
    )
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "-q", "--json").json["kind"] == "uphold"


def test_a_failed_verification_is_3_and_says_which_promise(ndoo: Ndoo, extract: Path) -> None:
    ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED)
    with (extract / "out.csv").open("a") as file:
        file.write(f"{some(3)[2]},1\n")
    said = ndoo("verify", "out.csv", *LISTED, "--json")
    assert (said.status, said.json["verified"]) == (3, False)
    assert "FAIL  digest" in said.told
    assert "NOT verified" in said.told


def test_columns_that_the_caller_classified_are_said_again(ndoo: Ndoo, extract: Path) -> None:
    people = some(20)
    (extract / "in.csv").write_text("nhs_number,mother,old\n" + "".join(f"{n},{n},{n}\n" for n in people))
    said = ndoo(
        "uphold",
        "in.csv",
        "-o",
        "out.csv",
        "--nhs-number",
        "nhs_number",
        "--also",
        "mother",
        "--ignore-column",
        "old",
        *LISTED,
    )
    assert said.status == 0
    assert "Opt-outs were applied by column 'mother' as well." in said.told
    assert "Column 'old' was left as it is, as you said." in said.told


def test_of_columns_without_numbers_nothing_untrue_is_said(ndoo: Ndoo, extract: Path) -> None:
    """Of one person in four it was said that 100 per cent were removed, and of wards that they were NHS numbers."""
    people = some(4)
    (extract / "in.csv").write_text("nhs_number,ward\n" + "".join(f"{n},North\n" for n in people))
    (extract / "out.dat").write_text(people[0])
    opted_out = ("--opted-out", "out.dat", "--checked-at", TODAY, "--nhs-number", "nhs_number")
    said = ndoo("uphold", "in.csv", "-o", "also.csv", *opted_out, "--also", "ward")
    assert said.status == 6
    assert "100.0 per cent of those on whom the list decides (1 of 1) were removed" in said.err
    said = ndoo("uphold", "in.csv", "-o", "left.csv", *opted_out, "--ignore-column", "ward")
    assert "Column 'ward' was left as it is, as you said." in said.told and "also holds" not in said.told
    assert "25.0 per cent of the people" in said.err or "per cent" not in said.err


def test_rows_left_out_on_purpose_are_no_reason_to_stop_a_script(ndoo: Ndoo, extract: Path) -> None:
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "--undecided", "exclude").status == 0
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "--undecided", "stop").status == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--undecided", "keep-missing"),
        ("--justification", "because"),
        ("--undecided", "keep-missing", "--justification", "  "),
    ],
)
def test_rows_without_a_number_stay_only_with_a_reason(options: tuple[str, ...], ndoo: Ndoo, extract: Path) -> None:
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, *options).status == 2


def test_a_key_that_is_known_is_not_asked_for(ndoo: Ndoo, extract: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ndoo("uphold", "in.csv", "-o", "out.csv", *LISTED, "--json").json["seal"]["public_key"]
    for signed_by in ((), ("--signed-by", key)):
        said = ndoo("verify", "out.csv", *LISTED, *signed_by)
        assert (said.status, f"Sealed by this account ({key})." in said.told, "Ask the sender" in said.told) == (
            0,
            True,
            False,
        )
    monkeypatch.setenv("NDOO_DATA", str(extract / "another"))
    assert "Sealed by the key that you named" in ndoo("verify", "out.csv", *LISTED, "--signed-by", key).told
    unknown = ndoo("verify", "out.csv", *LISTED)
    assert (unknown.status, "Ask the sender" in unknown.told) == (8, True)


def on_a_terminal(cwd: Path, **environment: str) -> str:
    """What `ndoo uphold` shows on a terminal, its progress bar included."""
    code = "import sys; from ndoo.cli import main, progress_line; progress_line.FIRST = 0; sys.argv[0] = 'ndoo'; main.run()"
    mine, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", code, "uphold", "in.csv", "-o", "out.csv", *LISTED],
        cwd=cwd,
        stderr=theirs,
        stdout=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(mine, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    run.wait(300)
    os.close(mine)
    return seen.decode()


def test_no_color_means_no_colour(extract: Path) -> None:
    import re

    shown = on_a_terminal(extract, NO_COLOR="1")
    assert "Upholding" in shown
    assert "Wrote out.csv" in shown
    assert not re.search("\x1b\\[[0-9;]*m", shown)


class Watcher:
    """What somebody sees of a progress line, on a terminal or in a log."""

    def __init__(self, *, drawn: bool, size: int = 1_000_000_000, unit: str = "byte") -> None:
        self.at, self.said = 0.0, list[str]()
        self.line = ProgressLine("Upholding", size, unit, out=self, drawn=drawn, clock=lambda: self.at)

    def write(self, text: str, /) -> None:
        self.said.append(text)

    def flush(self) -> None:
        return None


def test_progress_is_told_after_two_seconds_on_a_terminal_with_rate_and_time_left() -> None:
    seen = Watcher(drawn=True)
    for second in range(1, 5):
        seen.at = float(second)
        seen.line(second * 100_000_000)
    assert seen.said[0] == "\r\x1b[KUpholding: 20%, 100.0 MB a second, about 8 seconds left"
    assert len(seen.said) == 3, "and nothing before"
    seen.at += 0.1
    seen.line(500_000_000)
    assert len(seen.said) == 3, "not at every call"
    seen.line.clear()
    assert seen.said[-1] == "\r\x1b[K"


def test_on_a_narrow_terminal_progress_stays_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that wraps is not taken away again: half of it stays, twice a second."""
    monkeypatch.setenv("COLUMNS", "40")
    seen = Watcher(drawn=True)
    for second in range(1, 5):
        seen.at = float(second)
        seen.line(second * 100_000_000)
    assert {len(said.removeprefix("\r\x1b[K")) for said in seen.said} == {39}


def test_in_a_log_a_line_comes_every_ten_seconds() -> None:
    seen = Watcher(drawn=False, size=36_000, unit="row")
    for second in range(1, 41):
        seen.at = float(second)
        seen.line(second)
    assert len(seen.said) == 4
    assert seen.said[0] == "Upholding: 0%, 1 row a second, about 9 h 59 min left\n"
    seen.line.clear()
    assert len(seen.said) == 4, "a log is not drawn over"


def test_work_of_which_nobody_knows_the_size_tells_its_time() -> None:
    seen = Watcher(drawn=False, size=0)
    for seen.at in (10.0, 75.0):
        seen.line.tick()
    assert seen.said == ["Upholding: 10 seconds so far\n", "Upholding: 1 min 15 s so far\n"]
    seen.line.turn_to("Scanning 999 000 0018.csv", 10)
    seen.at = 90.0
    seen.line(5)
    assert seen.said[-1].startswith("Scanning **********.csv: 50%, 0.0 MB a second, about 15 seconds left")


def test_what_still_works_when_all_is_read_is_not_said_to_be_done_in_no_time() -> None:
    """A draft is verified after the input was read to its end: for a minute there were 0 seconds left."""
    seen = Watcher(drawn=False, size=1_000_000)
    for seen.at, done in ((10.0, 500_000), (20.0, 1_000_000)):
        seen.line(done)
    seen.at = 80.0
    seen.line.tick()
    assert seen.said == [
        "Upholding: 50%, 0.1 MB a second, about 10 seconds left\n",
        "Upholding: 100%, finishing, 20 seconds so far\n",
        "Upholding: 100%, finishing, 1 min 20 s so far\n",
    ]


def test_what_is_told_seldom_counts_down_meanwhile_and_promises_no_time_that_has_passed() -> None:
    """A database says nothing while a statement runs."""
    seen = Watcher(drawn=False, size=0, unit="row")
    seen.at = 20.0
    seen.line(1_000, 3_000)
    for seen.at in (30.0, 70.0):
        seen.line.tick()
    assert seen.said == [
        "Upholding: 33%, 50 rows a second, about 40 seconds left\n",
        "Upholding: 33%, 50 rows a second, about 30 seconds left\n",
        "Upholding: 33%, 50 rows a second, 1 min 10 s so far\n",
    ]


def test_whoever_reads_again_from_the_start_is_timed_from_there() -> None:
    """Rows that mention somebody are held on a second walk through the input."""
    seen = Watcher(drawn=False, size=1_000_000)
    for seen.at, done in ((50.0, 1_000_000), (60.0, 0), (70.0, 500_000)):
        seen.line(done)
    assert seen.said[1:] == [
        "Upholding: 1 min 0 s so far\n",
        "Upholding: 50%, 0.1 MB a second, about 10 seconds left\n",
    ]


def test_what_is_slower_than_one_a_second_is_told_by_the_minute_and_in_its_own_unit() -> None:
    seen = Watcher(drawn=False)
    seen.line.turn_to("Looking into releases", 8, "release")
    seen.at = 40.0
    seen.line(2)
    assert seen.said == ["Looking into releases: 25%, 3 releases a minute, about 2 min 0 s left\n"]
    assert all(map(PROGRESS.fullmatch, (one.rstrip("\n") for one in seen.said)))


def test_whoever_leaves_is_told_nothing_more() -> None:
    seen = Watcher(drawn=False)

    def gone(_: str) -> None:
        raise BrokenPipeError

    seen.write = gone  # type: ignore[method-assign]
    for seen.at in (10.0, 20.0):
        seen.line(1)


def test_a_database_that_calls_nobody_is_told_of_by_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_line, "LOGGED", 0.001)
    monkeypatch.setattr(progress_line, "FIRST", 0.0)
    told = threading.Event()

    class Out:
        def write(self, text: str, /) -> None:
            told.set()

        def flush(self) -> None:
            return None

    with ProgressLine("Upholding", 0, out=Out(), drawn=False):
        assert told.wait(300)


@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_hides_progress_and_a_sentence_takes_its_place(
    quiet: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress_line, "FIRST", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(output.sys.stderr, "isatty", lambda: True)
    speech = Speech(as_json=False, quiet=quiet)
    with speech.progress(10, "Upholding") as move:
        move(5)
        speech.warn("look")
    shown = capsys.readouterr().err
    assert ("Upholding: " in shown) is not quiet
    assert shown.endswith("WARNING: look\n") or "\r\x1b[KWARNING: look" in shown


class Screen(io.StringIO):
    """Where an answer is printed."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_bar_shows_kept_removed_and_held_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    assert bar((900, 99, 1), screen) == f"  {'█' * 25}{'░' * 3}▒  █ kept 90.0%, ░ removed 9.9%, ▒ held back 0.1%"
    assert bar((5, 0, 0), screen) == f"  {'█' * 48}  █ kept 100.0%"
    for columns, cells in ((40, 36), (1, 3)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert bar((5, 0, 0), screen) == f"  {'█' * cells}\n  █ kept 100.0%", "the legend is not torn"
    for columns in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, (bar((8, 1, 1), screen) or "").splitlines())) < columns
    monkeypatch.delenv("COLUMNS")
    screen.encoding = "ascii"
    assert bar((1, 1, 0), screen) == f"  {'#' * 23}{'-' * 23}  # kept 50.0%, - removed 50.0%"
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[32m" in (bar((1, 1, 1), screen) or "")
    assert bar((0, 0, 0), screen) is bar((1, 0, 0), io.StringIO()) is None
    monkeypatch.setenv("TERM", "dumb")
    assert bar((1, 0, 0), screen) is None


@pytest.mark.parametrize(("quiet", "as_json"), [(False, False), (True, False), (False, True)])
def test_the_bar_is_a_part_of_the_answer_for_people(
    quiet: bool, as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "bar", lambda counts, _: f"bar of {counts}")
    Speech(as_json=as_json, quiet=quiet).picture(1, 2, 3)
    assert capsys.readouterr().out == ("" if quiet or as_json else "bar of (1, 2, 3)\n")


def test_numbers_stand_under_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    Speech(as_json=False, quiet=False).table(("", "rows"), [("read", number(12_345)), ("kept back", "7")])
    assert capsys.readouterr().out == "               rows\n  read       12,345\n  kept back       7\n"


def test_an_answer_is_for_machines_only(capsys: pytest.CaptureFixture[str]) -> None:
    Speech(as_json=False, quiet=False).answer({"a": 1})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("said", ["0-100", "0.1-25", "5-5"])
def test_a_share_is_a_range_of_per_cent(said: str) -> None:
    assert Share().convert(said, None, None) == tuple(float(part) for part in said.split("-"))


@pytest.mark.parametrize("said", ["", "5", "5-", "-5", "a-b", "1-2-3", "6-5", "0-101", "nan-1", "0-nan"])
def test_a_share_that_is_no_range_is_refused(said: str) -> None:
    with pytest.raises(click.BadParameter):
        Share().convert(said, None, None)


def test_a_moment_is_read_and_a_wrong_one_is_not_repeated() -> None:
    assert When().convert(TODAY, None, None).isoformat() == TODAY
    with pytest.raises(click.BadParameter) as refused:
        When().convert(some(1)[0], None, None)
    assert some(1)[0] not in refused.value.message
    assert now().tzinfo is not None


def test_the_list_is_named_once_and_by_its_polarity(tmp_path: Path) -> None:
    one, several = (tmp_path / "list",), (tmp_path / "list", tmp_path / "other")
    for listed, kind, code in (
        (ListOptions(allowed=one, opted_out=one), UsageFault, "two-lists"),
        (ListOptions(allowed=several, opted_out=one), UsageFault, "two-lists"),
        (ListOptions(opted_out=several, snapshot=tmp_path), UsageFault, "two-lists"),
        (ListOptions(allowed=one, register=True), UsageFault, "two-lists"),
        (ListOptions(opted_out=one, requested=one), UsageFault, "requested-alone"),
        (ListOptions(allowed=several, requested=one), UsageFault, "requested-unpaired"),
        (ListOptions(allowed=one, requested=several), UsageFault, "requested-unpaired"),
        (ListOptions(), NoUsableList, "list-missing"),
        (ListOptions(allowed=one), NoUsableList, "list-age-unknown"),
        (ListOptions(allowed=one, checked_at=now()), NoUsableList, "list-missing"),
    ):
        with pytest.raises(kind) as refused:
            chosen_list(listed, now())
        assert refused.value.code == code


def test_how_text_is_written_is_passed_on() -> None:
    reading = reading_from(delimiter="\\t", encoding="utf-16-le", no_quotes=True, no_header=False)
    assert (reading.delimiter, reading.encoding, reading.quotes, reading.header) == ("\t", "utf-16-le", False, True)
    plain = reading_from(delimiter=None, encoding=None, no_quotes=False, no_header=True)
    assert (plain.delimiter, plain.encoding, plain.quotes, plain.header) == (None, None, True, False)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_disk_behind_a_stream_ends_without_a_traceback_or_a_lie(stream: str, extract: Path) -> None:
    program = Path(sys.executable).with_name("ndoo")
    with Path("/dev/full").open("w") as full:
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full}
        run = subprocess.run(
            [program, "uphold", "in.csv", "-o", "out.csv", *LISTED, "--json"],
            cwd=extract,
            text=True,
            check=False,
            **streams,
        )
    assert run.returncode == {"stdout": 1, "stderr": 6}[stream]
    assert (extract / "out.csv").exists()
    assert "Traceback" not in (run.stderr or "") + (run.stdout or "")
    assert "Nothing was published" not in (run.stderr or "") + (run.stdout or "")
