"""Extracts as the systems of the NHS and the tools of analysts write them: sound ones are upheld with exactly the right rows, and
those that are not say what to do. Whoever opted out is in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(40, seed=77)
GO, STAY = PEOPLE[:6], PEOPLE[6:]
Export = Callable[[], str | bytes]


def marker(number: str) -> str:
    """Tells whose a row is, and whether it must go."""
    return f"{'gone' if number in GO else 'stays'}{PEOPLE.index(number):02}x"


def spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def table(heading: str, row: Callable[[str], str], end: str = "\n") -> str:
    return end.join([heading, *map(row, PEOPLE), ""])


def number_of(number: str) -> int:
    return PEOPLE.index(number)


SOUND: dict[str, Export] = {
    "EMIS Web, every cell in quotes": lambda: table(
        '"NHS Number","Full Name","Event Date"', lambda n: f'"{spaced(n)}","{marker(n)}","12-Feb-2024"', "\r\n"
    ),
    "SystmOne, blanks in headings": lambda: table(
        '"Patient ID","NHS Number ","Title"', lambda n: f'"{100_000 + number_of(n)}","{spaced(n)}","{marker(n)}"'
    ),
    "Vision, tabs and Windows-1252": lambda: table("nhs_number\tname", lambda n: f"{n}\tJosé {marker(n)}").encode(
        "cp1252"
    ),
    "Cerner, bars": lambda: table("MRN|NHS_NBR|NAME", lambda n: f"{70_000 + number_of(n)}|{n}|{marker(n)}", "\r\n"),
    "HES": lambda: table(
        "EPIKEY,NEWNHSNO,NEWNHSNO_CHECK,x", lambda n: f"{5 * 10**11 + number_of(n) * 7919},{n},Y,{marker(n)}"
    ),
    "ECDS, semicolons": lambda: table(
        "PERSON_STATUS;NHS_NUMBER_VALUE;ATTENDANCE_IDENTIFIER", lambda n: f"01;{n};{marker(n)}"
    ),
    "MHSDS": lambda: table(
        "MHS001UniqID,LocalPatientId,NHSNumber,NHSNumberStatus,x",
        lambda n: f"{number_of(n)},L{number_of(n)},{n},01,{marker(n)}",
    ),
    "CSDS, names of the data dictionary": lambda: table(
        '"C001901";"NHS NUMBER";"NHS NUMBER STATUS INDICATOR CODE"', lambda n: f'"{marker(n)}";"{n}";"01"'
    ),
    "genomics, paths of files": lambda: table(
        "participant_id\tnhs_number\tvcf_path",
        lambda n: (
            f"{2 * 10**8 + 13 * number_of(n)}\t{n}\t/by_date/2018-07-01/LP{3_000_000 + number_of(n)}-DNA_A01/{marker(n)}.vcf.gz"
        ),
    ),
    "pandas, its index without a name": lambda: table(",nhs_number,x", lambda n: f"{number_of(n)},{n},{marker(n)}"),
    "R, names of rows": lambda: table('"","nhs_number","x"', lambda n: f'"{number_of(n)}","{n}","{marker(n)}"'),
    "SPSS, filled with blanks": lambda: table("nhs_number,x", lambda n: f"{n:<20},{marker(n):<12}"),
    "Power BI, names in brackets": lambda: table(
        "Patients[NHS Number],Patients[Name],[Count]", lambda n: f"{n},{marker(n)},1"
    ),
    "bcp, UTF-16": lambda: table("nhs_number\tx", lambda n: f"{n}\t{marker(n)}", "\r\n").encode("utf-16"),
    "Excel, a heading on two lines": lambda: table(
        '"NHS\nNumber","Mark\n(of the row)"', lambda n: f"{n},{marker(n)}", "\r\n"
    ),
    "letters over several lines": lambda: table(
        "nhs_number,letter,x", lambda n: f'{n},"Dear Dr,\nthank ""you""\r\nBye",{marker(n)}'
    ),
}
HELD: dict[str, tuple[Export, tuple[str, ...], int]] = {
    "R, NA": (lambda: table("nhs_number,x", lambda n: f"{n},{marker(n)}") + "NA,nobody\n", ("--null", "NA"), 1),
    "SAS, a point": (lambda: table("NHS_NO,x", lambda n: f"{n},{marker(n)}") + ".,nobody\n", ("--null", "."), 1),
    "MySQL": (lambda: table("nhs_number\tx", lambda n: f"{n}\t{marker(n)}") + "\\N\tnobody\n", ("--null", "\\N"), 1),
    "Stata, labels below the heading": (
        lambda: table("nhs_number,x\nNHS number of the patient,A label", lambda n: f"{n},{marker(n)}"),
        (),
        1,
    ),
    "a registry, units below the heading": (
        lambda: table("nhs_number,hb,x\n,g/L,", lambda n: f"{n},120,{marker(n)}"),
        (),
        1,
    ),
    "files put together, with a mark in the middle": (
        lambda: "\ufeffnhs_number,x\n".join(
            ["", *("".join(f"{n},{marker(n)}\n" for n in part) for part in (STAY, GO))]
        ),
        (),
        1,
    ),
}
REFUSED: dict[str, tuple[Export, str]] = {
    "EMIS Web, a title": (
        lambda: (
            "Practice Report,,\r\nOrganisation: The Surgery (A81001),,\r\n,,\r\n"
            + table("NHS Number,Patient Name,Sex", lambda n: f"{spaced(n)},{marker(n)},F", "\r\n")
        ),
        "heading-below",
    ),
    "a report, two lines of headings": (
        lambda: table("Patient,,Visit,\nNHS Number,Name,Date,x", lambda n: f"{n},a,2024-01-01,{marker(n)}"),
        "heading-below",
    ),
    "Management Studio, a footer": (
        lambda: table("nhs_number,x\n----------,------", lambda n: f"{n},{marker(n)}") + "\n(40 rows affected)\n",
        "lines-below",
    ),
    "Power BI, a total": (
        lambda: table("NHS Number,Name,Count", lambda n: f"{n},{marker(n)},1") + "Total,,40\n",
        "lines-below",
    ),
    "PDS, the number that replaced another": (
        lambda: table(
            "NHS_NUMBER,SUPERSEDED_BY,x", lambda n: f"{STAY[0]},{n},{marker(n)}" if n in GO else f"{n},,{marker(n)}"
        ),
        "column-several",
    ),
    "pandas, numbers as fractions": (lambda: table("nhs_number,x", lambda n: f"{n}.0,{marker(n)}"), "column-not-found"),
    "a table on its side": (
        lambda: "\n".join([",".join(["nhs_number", *PEOPLE]), ",".join(["x", *map(marker, PEOPLE)]), ""]),
        "heading-missing",
    ),
    "JSON lines": (
        lambda: "".join(json.dumps({"nhs_number": n, "x": marker(n)}) + "\n" for n in PEOPLE),
        "fhir-unfit",
    ),
    "HL7 messages": (lambda: "".join(f"MSH|^~\\&|A\rPID|1||{n}^^^NHS||{marker(n)}\r" for n in PEOPLE), "bare-cr"),
    "a web page under another name": (
        lambda: "<html><table>" + "".join(f"<tr><td>{n}<td>{marker(n)}</tr>\n" for n in PEOPLE) + "</table>",
        "format-refused",
    ),
}


@pytest.fixture
def released(ndoo: Ndoo, tmp_path: Path) -> Callable[..., tuple[int, dict[str, object], bytes]]:
    """Upholds an export, and verifies what came of it."""
    (tmp_path / "gone.txt").write_text("".join(f"{number}\n" for number in GO))
    by = ("--opted-out", "gone.txt", "--checked-at", TODAY)

    def run(export: Export, *more: str) -> tuple[int, dict[str, object], bytes]:
        raw = export()
        (tmp_path / "in.csv").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        said = ndoo("uphold", "in.csv", "-o", "out.csv", *by, *more, "--json")
        out = tmp_path / "out.csv"
        if said.status in (0, 6):
            assert ndoo("verify", "out.csv", *by).status == 0
        return said.status, said.json, out.read_bytes() if out.exists() else b""

    return run


@pytest.mark.parametrize("export", SOUND)
def test_a_sound_export_is_upheld(
    export: str, released: Callable[..., tuple[int, dict[str, dict[str, object]], bytes]]
) -> None:
    status, manifest, out = released(SOUND[export])
    assert (status, manifest["rows"]["kept"], manifest["rows"]["removed"]) == (0, len(STAY), len(GO))
    text = out.decode("utf-16" if out[:2] == b"\xff\xfe" else "cp1252")
    assert [marker(number) in text for number in PEOPLE] == [number in STAY for number in PEOPLE]


@pytest.mark.parametrize("export", HELD)
def test_what_stands_for_no_number_is_held(
    export: str, released: Callable[..., tuple[int, dict[str, dict[str, dict[str, int]]], bytes]]
) -> None:
    written, more, held = HELD[export]
    status, manifest, out = released(written, *more)
    assert (status, sum(manifest["rows"]["held"].values())) == (6, held)
    assert [marker(number).encode() in out for number in PEOPLE] == [number in STAY for number in PEOPLE]


@pytest.mark.parametrize("export", REFUSED)
def test_what_is_not_sound_is_refused_by_its_reason(
    export: str, released: Callable[..., tuple[int, dict[str, dict[str, object]], bytes]]
) -> None:
    written, code = REFUSED[export]
    status, answer, out = released(written)
    assert (status in (2, 3), answer["error"]["code"], out) == (True, code, b"")
