"""Titles, totals, `sep=;`, odd delimiters, `NULL`: what people's files hold besides rows. Done byte for byte, or refused with the remedy."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attack import naive
from tests.attack.scene import GO, HEADING, MUST_GO, STAY, Scene, of_allowed, row, table
from tests.conftest import ROOT

ROWS = [*map(row, STAY), *(row(number, MUST_GO) for number in GO[:2]), *map(row, STAY)]
KEPT = [*map(row, STAY), *map(row, STAY)]
TITLES = {
    "alone": ["Report: Quillfeather", "Run: 01/02/2024", ""],
    "padded": ["Report: Quillfeather,,,", "Run: 01/02/2024,,,", ",,,"],
    "all filled": ["Report: Quillfeather,Run: 01/02/2024,By: me,For: you"],
    "the words themselves": ["NHS,,,"],
    "a sentence": ["Patients by NHS number,,,"],
    "quotes": ['Report "Quillfeather" of 2024', '"Run, by me",,,'],
    "a comment": ["# exported 2024-02-01"],
    "blank": ["", ""],
    "damaged sep": ["sep=?;,,,"],
    "other delimiters": ["Report; Quillfeather; 2024", "a|b|c|d"],
}
FEET = {
    "total": ["Total: 18 rows"],
    "padded": ["Total: 18 rows,,,"],
    "affected": ["", "(18 rows affected)"],
    "selected": ["", "18 rows selected.", ""],
    "counted": ["(18 rows)", ""],
    "timed": ["(18 rows)", "", "Time: 12.345 ms"],
    "completed": ["", "(18 rows affected)", "", "Completion time: 2026-11-30T00:12:45.1234567+00:00"],
    "padded blanks": [",,,", "End of report,,,"],
    "rule": ["----------,----,----,----", "Sum,18,,"],
    "trailer": ["TRL,18,,"],
    "control-z": ["\x1a"],
    "words": ["Quillfeather NHS Trust"],
    "source": ["Source: Quillfeather,,,"],
}
NAMES = ["nhs_number", "NHS Number", "NHS No.", "nhsno", "patient_nhs_number", "NEWNHSNO"]


def lines(*parts: Sequence[str], end: str = "\n") -> str:
    return "".join(line + end for part in parts for line in part)


def remedied(scene: Scene, code: str, *more: object) -> str:
    """Refused, and done with what the refusal says to do."""
    said = scene.refuses(3, code, *more).json["error"]["message"]
    remedy = re.search(r"--skip-(?:rows|footer) \d+", said)
    assert remedy, said
    scene.upholds_both_ways(0, *remedy[0].split(), *more)
    assert scene.verify().status == 0
    return remedy[0]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        *((title, NAMES[at % len(NAMES)]) for at, title in enumerate(TITLES)),
        *(("padded", name) for name in NAMES),
        ("alone", "person"),
        ("padded", "person"),
        ("all filled", "person"),
    ],
)
def test_a_title_is_not_released_as_the_heading(title: str, name: str, scene: Scene) -> None:
    above, heading = TITLES[title], HEADING.replace("nhs_number", name)
    extract = lines(above, [heading], ROWS)
    scene.put(extract)
    assert remedied(scene, "heading-below") == f"--skip-rows {len(above)}"
    assert (scene.folder / "out.csv").read_text() == lines([heading], KEPT)
    manifest = scene.upholds(0, "--skip-rows", len(above)).manifest
    assert manifest["input"]["dialect"]["skip_rows"] == len(above)
    assert "skip_rows" not in manifest["output"]["dialect"]
    if "," in above[0]:
        assert GO[0] in naive.anti_join(extract, of_allowed(GO), name), "the attack does not bite"


@pytest.mark.parametrize(
    ("heading", "delimiter", "end"),
    [
        ('"NHS\nNumber",marker,"Sur\nname",diagnosis', ",", "\n"),
        ('"NHS\r\nNumber",marker,surname,diagnosis', ",", "\r\n"),
        ('"Patient\n\nNHS number\n(verified)";"marker";"Sur\nname";"dia\n""gnosis"""', ";", "\n"),
        ('marker,"NHS\nnumber",surname,diagnosis', ",", "\n"),
    ],
)
def test_a_heading_that_a_spreadsheet_wraps_is_one(heading: str, delimiter: str, end: str, scene: Scene) -> None:
    def written(rows: Sequence[str]) -> list[str]:
        second = heading.startswith("marker")
        return [
            delimiter.join((one[1], one[0], *one[2:]) if second else one) for one in (row.split(",") for row in rows)
        ]

    scene.put(lines([heading], written(ROWS), end=end))
    outcome = scene.upholds_both_ways(0)
    assert outcome.output.decode() == lines([heading], written(KEPT), end=end)
    if delimiter == ",":
        scene.put(lines(['"Report of\nQuillfeather"'], [heading], written(ROWS), end=end))
        assert remedied(scene, "heading-below") == "--skip-rows 2"


def test_a_title_in_quotes_that_swallows_a_row_is_no_heading(scene: Scene) -> None:
    scene.put(lines(['"Report', HEADING, row(GO[0], MUST_GO) + '"'], map(row, STAY)))
    scene.refuses(3, "heading-below")
    scene.put(lines(['"Report', HEADING, *map(row, STAY)]))
    scene.refuses(3, "heading-below")


@pytest.mark.parametrize("foot", FEET)
def test_what_stands_below_the_rows_is_nobodys_row(foot: str, scene: Scene) -> None:
    below, end = FEET[foot], "\r\n" if len(foot) % 2 else "\n"
    scene.put(lines([HEADING], ROWS, below, end=end))
    assert remedied(scene, "lines-below") == f"--skip-footer {len(below)}"
    assert (scene.folder / "out.csv").read_bytes().decode() == lines([HEADING], KEPT, end=end)
    assert scene.upholds(0, "--skip-footer", len(below)).manifest["input"]["dialect"]["skip_footer"] == len(below)


@pytest.mark.parametrize(
    "last", [row(STAY[0])[:-5], row("", "x"), f"Unknown,,,\n{row(STAY[0])}", "NULL,,,", STAY[0][:6], "?,,,"]
)
def test_a_row_at_the_end_is_not_called_a_total(last: str, scene: Scene) -> None:
    """Advice to leave it out would lose somebody's row, or hide that the file is cut."""
    scene.put(table(ROWS) + last)
    assert scene.uphold().status in (0, 3, 6)
    assert "--skip-footer" not in scene.uphold().told


@pytest.mark.parametrize(
    "first", ["Unknown,J,Quillfeather,x", "NULL,,,", ",kg,m,%", "----------,------,-------,---------"]
)
def test_a_row_at_the_top_is_not_called_the_heading(first: str, scene: Scene) -> None:
    scene.put(lines([HEADING, first], ROWS))
    assert scene.upholds_both_ways(6).output.decode() == lines([HEADING], KEPT)


def test_a_sound_release_is_not_called_damaged_because_its_first_row_reads_like_a_heading(scene: Scene) -> None:
    """The row above it, which showed that the heading stands in the first line, was removed."""
    scene.put(lines([HEADING.replace("nhs_number", "who"), row(GO[0], MUST_GO), row("", "NHS Number")], map(row, STAY)))
    outcome = scene.upholds_both_ways(0, "--undecided", "keep-missing", "--justification", "none was ever given")
    assert "NHS Number" in outcome.output.decode().splitlines()[1]
    assert scene.verify().status == 0


def test_a_heading_that_says_nothing_may_be_one_below_a_row_without_a_number(scene: Scene) -> None:
    scene.put(lines(["who,,,", "Smith,a,b,c"], ROWS))
    scene.refuses(3, "heading-below")
    assert scene.upholds(6, "--null", "Smith").held == {"missing": 1}


def test_lines_that_are_left_out_are_never_released_and_said(scene: Scene) -> None:
    scene.put(lines([row(GO[0], MUST_GO), "x"], [HEADING], ROWS, [row(GO[1], MUST_GO)]))
    outcome = scene.upholds_both_ways(0, "--skip-rows", 2, "--skip-footer", 1)
    assert outcome.output.decode() == lines([HEADING], KEPT)
    assert [warned["code"] for warned in outcome.manifest["warnings"]][:1] == ["left-out-numbers"]
    scene.put(lines(["Report"], [HEADING], ROWS, ["Total"]))
    out = scene.upholds(0, "--skip-rows", 1, "--skip-footer", 1)
    assert "left-out-numbers" not in str(out.manifest["warnings"])
    assert "1 line above the heading: left out, as you said." in out.said.told


@pytest.mark.parametrize(
    ("option", "lines_", "status", "code"),
    [
        ("--skip-rows", 30, 3, "input-empty"),
        ("--skip-footer", 30, 2, "skip-footer"),
        ("--skip-rows", -1, 2, "usage"),
        ("--skip-rows", 19, 3, "input-empty"),
    ],
)
def test_more_lines_than_there_are_cannot_be_left_out(
    option: str, lines_: int, status: int, code: str, scene: Scene
) -> None:
    scene.put(table(ROWS))
    scene.refuses(status, code, option, lines_)


def test_a_footer_is_left_out_across_pieces(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.upholding.text import delimited

    monkeypatch.setattr(delimited, "BLOCK", 64)
    scene.put(lines([HEADING], ROWS, ["", "Total: 18", ""]))
    assert remedied(scene, "lines-below") == "--skip-footer 3"
    scene.put(gzip.compress(lines(["Title"], [HEADING], ROWS, ["Total: 18"]).encode(), mtime=0))
    outcome = scene.upholds_both_ways(0, "--skip-rows", 1, "--skip-footer", 1)
    assert outcome.output.decode() == lines([HEADING], KEPT)


def test_lines_of_more_than_a_megabyte_are_left_out(scene: Scene) -> None:
    long = "x" * (1 << 20)
    scene.put(lines(["x", long], [HEADING], ROWS))
    assert scene.upholds_both_ways(0, "--skip-rows", 2).output.decode() == lines([HEADING], KEPT)


def test_a_footer_behind_the_first_megabyte_is_named(scene: Scene) -> None:
    scene.put(lines([HEADING], [row(number) for number in STAY] * 5000, ["Total: 40,000 rows"]))
    said = scene.refuses(3, "lines-below")
    assert "--skip-footer 1" in said.told
    scene.put(lines([HEADING], [row(number) for number in STAY] * 5000, ["a,b"], [row(STAY[0])]))
    scene.refuses(3, "row-ragged")


@pytest.mark.parametrize(
    ("said", "delimiter", "encoding"),
    [
        ("sep={}", ",", "utf-8"),
        ("sep={}", ";", "utf-8-sig"),
        ("SEP={}", "\t", "utf-8"),
        ('"sep={}"', ";", "utf-8"),
        ("sep={}", ";", "utf-16"),
        ("sep={0}{0}{0}", "|", "utf-8"),
        ("sep={}", "§", "utf-8"),
        ("sep={}", "•", "utf-16"),
        ('"sep={0}{0}"', "§", "utf-8"),
    ],
)
def test_the_line_for_excel_names_the_delimiter_and_stays(
    said: str, delimiter: str, encoding: str, scene: Scene
) -> None:
    def written(rows: Sequence[str]) -> bytes:
        hint = said.format(delimiter)
        return lines([hint], [line.replace(",", delimiter) for line in (HEADING, *rows)]).encode(encoding)

    scene.put(written(ROWS))
    outcome = scene.upholds_both_ways(0)
    assert outcome.output == written(KEPT)
    assert outcome.manifest["input"]["dialect"]["delimiter"] == delimiter
    assert scene.verify().status == 0


def test_the_line_for_excel_is_no_reason_to_believe_two_delimiters(scene: Scene) -> None:
    scene.put(lines(["sep=;"], [HEADING], ROWS))
    scene.refuses(2, "delimiter-other", "--delimiter", ",")
    assert scene.upholds_both_ways(0, "--delimiter", ",", "--skip-rows", 1).output.decode() == lines([HEADING], KEPT)
    scene.put(lines(["sep=;", "Report"], [HEADING.replace(",", ";")], [line.replace(",", ";") for line in ROWS]))
    assert remedied(scene, "heading-below") == "--skip-rows 2"


def test_columns_without_a_name_are_called_by_their_place(scene: Scene) -> None:
    extract = lines(["nhs_number,,surname,,"], [row(n) + "," for n in STAY], [row(GO[0], MUST_GO) + ","])
    scene.put(extract)
    assert scene.upholds_both_ways(0).output.decode() == "".join(extract.splitlines(keepends=True)[:-1])
    scene.put(lines(["nhs_number,,,x"], [f"{n},,{n},x" for n in STAY], [f"{GO[0]},,{STAY[0]},{MUST_GO}"]))
    scene.refuses(2, "column-several")
    scene.upholds_both_ways(0, "--nhs-number", "nhs_number", "--ignore-column", "(column 3)")
    scene.put(lines([",,,"], ROWS))
    scene.refuses(3, "heading-missing")
    scene.put(lines([",nhs_number,,(column 1)"], [f",{n},," for n in STAY]))
    scene.refuses(3, "columns-double")


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [
        *((delimiter, "utf-8") for delimiter in "§¦¬•·†│║\x1e\x1f"),
        ("§", "utf-16-le"),
        ("•", "utf-16-le"),
        ("•", "utf-16-be"),
        ("¦", "cp1252"),
        ("•", "cp1252"),
    ],
)
def test_a_delimiter_of_several_bytes_is_found_and_nobody_slips_through(
    delimiter: str, encoding: str, scene: Scene
) -> None:
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    if encoding == "cp1252":  # so that it is no UTF-8
        scene.put(lines([HEADING], [*ROWS, row("", "é")]).replace(",", delimiter).encode(encoding))
        assert scene.upholds_both_ways(6).manifest["rows"]["removed"] == 2
        return
    scene.put((mark + lines([HEADING], ROWS).replace(",", delimiter)).encode(encoding))
    outcome = scene.upholds_both_ways(0)
    assert outcome.output.decode(encoding) == mark + lines([HEADING], KEPT).replace(",", delimiter)
    assert scene.verify().status == 0
    scene.put((mark + lines([HEADING], [*KEPT, f"{STAY[0]},x,{GO[0]},y"]).replace(",", delimiter)).encode(encoding))
    scene.refuses(2, "column-mentions", by="opted_out")


@pytest.mark.parametrize(
    ("said", "code"), [("þ", "delimiter"), ("🜚", "delimiter-encoding"), ("7", "delimiter"), ("¦¦", "delimiter")]
)
def test_a_delimiter_that_the_text_cannot_have_is_refused(said: str, code: str, scene: Scene) -> None:
    scene.put(table(ROWS).encode("utf-16"))
    scene.refuses(2, code, "--delimiter", said)


def test_a_delimiter_is_said_by_its_code(scene: Scene) -> None:
    scene.put(table(ROWS).replace(",", "\u241f"))
    scene.refuses(3, "column-not-found")
    assert scene.upholds_both_ways(0, "--delimiter", "U+241F").output.decode() == table(KEPT).replace(",", "\u241f")


@pytest.mark.parametrize("null", ["NULL", r"\N", "NA", "n/a", '"NULL"', " NULL ", "–"])
def test_a_cell_that_means_no_number_is_missing_when_somebody_says_so(null: str, scene: Scene) -> None:
    scene.put(lines([HEADING], ROWS, [row(null, "x")]))
    assert scene.upholds(6).held == {"malformed": 1}
    text = null.strip(' "')
    assert scene.upholds_both_ways(6, "--null", "other", "--null", text).held == {"missing": 1}
    why = ("--undecided", "keep-missing", "--justification", "not yet registered")
    outcome = scene.upholds_both_ways(0, *why, "--null", text)
    assert outcome.output.decode() == lines([HEADING], KEPT, [row(null, "x")])
    assert outcome.manifest["output"]["dialect"]["nulls"] == [text]
    assert scene.verify().status == 0


@pytest.mark.parametrize("null", [GO[0], GO[0][:9], "9.99E+09", "９９９０００１２３４", "x" * 65, "999 000 1234"])
def test_no_number_is_declared_to_mean_nobody(null: str, scene: Scene) -> None:
    """With --undecided keep-missing a row of that number, damaged, would stay."""
    scene.put(lines([HEADING], ROWS, [row(null, MUST_GO)]))
    scene.refuses(2, "null-number", "--null", null)


def test_a_null_that_utf_16_cannot_tell_is_refused(scene: Scene) -> None:
    scene.put(table(ROWS).encode("utf-16"))
    scene.refuses(2, "null-utf-16", "--null", "–")
    scene.put(lines([HEADING], ROWS, [row("NULL", "x")]).encode("utf-16"))
    assert scene.upholds(6, "--null", "NULL").held == {"missing": 1}


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_twice_hides_no_column_and_stays(mark: bytes, scene: Scene) -> None:
    encoding = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}[mark]
    scene.put(mark * 2 + table(ROWS).encode(encoding))
    assert scene.upholds_both_ways(0, "--nhs-number", "nhs_number").output == mark * 2 + table(KEPT).encode(encoding)
    assert scene.verify().status == 0


@pytest.mark.parametrize("between", [b"", b"\xef\xbb\xbf"])
def test_a_heading_that_comes_again_is_held_and_said(between: bytes, scene: Scene) -> None:
    scene.put(table(ROWS).encode() + between + table(ROWS).encode())
    outcome = scene.upholds_both_ways(6)
    assert outcome.held == {"malformed": 1}
    assert outcome.output.decode() == lines([HEADING], KEPT, KEPT)
    assert "heading-again" in [warned["code"] for warned in outcome.manifest["warnings"]]
    scene.put(table([*ROWS, "Unknown,J,Quillfeather,x"]))
    assert "heading-again" not in str(scene.upholds(6).manifest["warnings"])


def test_old_macs_and_fixed_width_are_named(scene: Scene) -> None:
    scene.put(table(ROWS, end="\r"))
    assert "old Macs" in scene.refuses(3, "bare-cr").told
    scene.put(lines(["nhs_number marker"], [f"{n} x" for n in STAY]))
    assert "fixed width" in scene.refuses(3, "column-not-found").told
    scene.put(lines([HEADING], [line + "," for line in ROWS]))
    assert "end the heading with one too" in scene.refuses(3, "row-ragged").told


def test_the_cases_of_public_reports(scene: Scene) -> None:
    """Carried over from the cases that were gathered from reports to DuckDB, league/csv, Papa Parse, Rainbow CSV and GanttProject."""
    world = ROOT / "tests" / "spec" / "cases" / "world"
    for case in [*sorted((world / "text_people_have").glob("*.csv")), world / "title_rows" / "in.csv"]:
        scene.put(case.read_bytes())
        scene.put((case.parent / "go.txt").read_bytes(), "opted_out.dat")
        if case.name == "in.csv":
            assert "--skip-rows 3" in scene.refuses(3, "heading-below", by="opted_out").told
            continue
        assert scene.upholds(0, by="opted_out").manifest["rows"]["removed"] == 6


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.sampled_from([[], *TITLES.values()]),
    foot=st.sampled_from([[], *FEET.values()]),
    name=st.sampled_from(NAMES),
    delimiter=st.sampled_from(",;\t|§¦•\x1f"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    hint=st.booleans(),
    last=st.booleans(),
)
def test_any_of_it_together_is_done_byte_for_byte_or_refused_with_the_remedy(
    scene: Scene,
    title: list[str],
    foot: list[str],
    name: str,
    delimiter: str,
    encoding: str,
    end: str,
    hint: bool,
    last: bool,
) -> None:
    above = [f"sep={delimiter}"] * (hint and title != TITLES["damaged sep"])
    heading = HEADING.replace("nhs_number", name)
    mark = "\ufeff" if encoding == "utf-8-sig" else ""

    def written(*parts: Sequence[str]) -> bytes:
        whole = lines(*parts, end=end).replace(",", delimiter)
        return (whole if last or not whole.endswith(end + end) else whole[: -len(end)]).encode(encoding)

    scene.put(written(above, title, [heading], ROWS, foot))
    more: list[str] = []
    for code in ("heading-below", "lines-below"):
        said = scene.uphold(*more)
        if said.status == 0:
            break
        assert said.json["error"]["code"] == code or code == "heading-below"
        found = re.search(r"--skip-(?:rows|footer) \d+", said.told)
        assert found, said.told
        more += found[0].split()
    outcome = scene.upholds_both_ways(0, *more)
    stays = [] if title else above
    assert outcome.output == lines(stays, [heading], KEPT, end=end).replace(",", delimiter).encode(encoding)
    assert mark is not None
    assert scene.verify().status == 0
