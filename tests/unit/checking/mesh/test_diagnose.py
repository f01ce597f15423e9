"""A file that the service would reject, or never answer, is known before it is sent; one that came is known for what it is."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from ndoo.checking.mesh import diagnose
from ndoo.checking.mesh.diagnose import FileKind, ListDiagnosis, examine, outside
from ndoo.checking.mesh.service import known
from ndoo.domain.errors import UsageFault
from tests.conftest import Ndoo
from tests.support.numbers import some

PEOPLE = some(9, seed=41)
NAME = "RA9OT001-22112026-0001.dat"


def lines(numbers: list[str], end: str = ",\n") -> str:
    return "".join(number + end for number in numbers)


def found(folder: Path, text: str | bytes, name: str = NAME) -> ListDiagnosis:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return examine(path)


def codes(finding: ListDiagnosis) -> set[str]:
    return {problem.code for problem in finding.problems}


def test_a_list_as_it_should_be_is_sound(tmp_path: Path) -> None:
    finding = found(tmp_path, lines(PEOPLE))
    assert (finding.kind, finding.lines, finding.people, finding.problems) == (FileKind.LIST, 9, 9, [])
    assert finding.sound
    assert "NHS numbers" in finding.sentence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"status": "pending"}', FileKind.RECEIPT),
        ("The file contains one or more invalid NHS Numbers.", FileKind.REJECTION),
        ("<DTSControl><Version>1.0</Version></DTSControl>", FileKind.CONTROL),
        ("<html></html>", FileKind.OTHER),
        ("", FileKind.BLANK),
        (" \n\n", FileKind.BLANK),
        ("nhs_number,sex\n" + lines(PEOPLE, ",F\n"), FileKind.TABLE),
        ("name,sex\nA,F\n", FileKind.OTHER),
        ("hello\n", FileKind.OTHER),
        ("\0\0\0", FileKind.OTHER),
        ("a\tb\n1\t2\n", FileKind.OTHER),
    ],
)
def test_what_is_no_list_is_called_what_it_is(text: str, kind: FileKind, tmp_path: Path) -> None:
    finding = found(tmp_path, text)
    assert finding.kind is kind
    assert not finding.sound


@pytest.mark.parametrize(
    ("text", "code", "fatal"),
    [
        ("nhs_number\n" + lines(PEOPLE), "heading", True),
        (lines([*PEOPLE, "1234567890"]), "number-check-digit", True),
        (lines([PEOPLE[0][:3] + " " + PEOPLE[0][3:6] + " " + PEOPLE[0][6:], *PEOPLE[1:]]), "spaces", True),
        (lines(PEOPLE, "\n"), "comma", False),
        (lines(PEOPLE, ",\r\n"), "crlf", False),
        ("\ufeff" + lines(PEOPLE), "byte-order-mark", False),
        (lines([*PEOPLE, PEOPLE[0]]), "repeated", False),
        (lines(PEOPLE)[:-1], "last-line", False),
        (lines(["9999999999", *PEOPLE]), "number-placeholder", True),
    ],
)
def test_what_is_wrong_with_a_list_is_said(text: str, code: str, fatal: bool, tmp_path: Path) -> None:
    finding = found(tmp_path, text)
    assert finding.kind is FileKind.LIST
    assert code in codes(finding)
    assert any(problem.fatal for problem in finding.problems) is fatal
    assert finding.sound is not fatal


def test_the_lines_that_are_wrong_are_named_up_to_five(tmp_path: Path) -> None:
    finding = found(tmp_path, lines([PEOPLE[0], *["12345"] * 7]))
    assert "Not a valid NHS number (malformed): 7 lines (2, 3, 4, 5, 6 …)" in finding.problems[0].sentence


def test_a_name_says_what_the_service_wants_and_nobody_s_number(tmp_path: Path) -> None:
    assert codes(found(tmp_path, lines(PEOPLE), "list.csv")) == {"name"}
    path = tmp_path / f"{PEOPLE[0]}.dat"
    assert codes(found(tmp_path, lines(PEOPLE), path.name)) == {"name", "name-identifies"}
    path.unlink()


def test_a_very_large_list_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        diagnose,
        "known",
        lambda: known().__class__(**{**{name: getattr(known(), name) for name in known().__slots__}, "max_numbers": 8}),
    )
    assert codes(found(tmp_path, lines(PEOPLE))) == {"large"}


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageFault, match="does not exist"):
        examine(tmp_path / "nowhere")
    monkeypatch.setattr(Path, "read_bytes", lambda self: (_ for _ in ()).throw(OSError()))
    with pytest.raises(UsageFault, match="could not be read"):
        found(tmp_path, lines(PEOPLE))


def test_what_was_typed_beside_a_file_is_looked_at() -> None:
    assert outside(None, None) == []
    assert outside("RA9OT001-22112026-0001", "a_1") == []
    assert [problem.code for problem in outside("", "a:b")] == ["subject-blank", "local-id-odd"]
    assert [problem.code for problem in outside("é", " ")] == ["subject-odd", "local-id-blank"]


def test_the_command_says_it_and_its_status_is_for_scripts(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(lines(PEOPLE))
    (tmp_path / "receipt.json").write_text("{}")
    (tmp_path / "bad.dat").write_text(lines([*PEOPLE, "hello"]))
    good = ndoo("mesh", "doctor", NAME, "--subject", "ok", "--json")
    assert (good.status, good.json["sound"], good.json["people"]) == (0, True, 9)
    assert "As far as is known it can be sent." in good.told
    assert ndoo("mesh", "doctor", NAME, "--subject", "a:b").status == 3
    assert "do not use it as an answer" in ndoo("mesh", "doctor", "receipt.json").told
    assert "`ndoo check` holds bad lines back" in ndoo("mesh", "doctor", "bad.dat").told
    for arguments in ((), (NAME, "--profile", "live")):
        assert ndoo("mesh", "doctor", *arguments).status == 2


_LIST = lines(PEOPLE)


@pytest.mark.parametrize(
    ("body", "code", "kind"),
    [
        (_LIST.replace("\n", "\r").encode(), "cr-only", FileKind.LIST),
        (lines(PEOPLE, "\r").encode(), "cr-only", FileKind.LIST),
        (_LIST.encode("utf-16"), "utf-16", FileKind.OTHER),
        (_LIST.encode("utf-16-le"), "utf-16", FileKind.OTHER),
        (_LIST.encode("utf-16-be"), "utf-16", FileKind.OTHER),
        (gzip.compress(_LIST.encode(), mtime=0), "packed", FileKind.OTHER),
        (b"PK\x03\x04rest", "packed", FileKind.OTHER),
        (lines(PEOPLE, ";\n").encode(), "semicolon", FileKind.OTHER),
        (lines(PEOPLE, "\t\r\n").encode(), "semicolon", FileKind.TABLE),
        ((_LIST + lines(PEOPLE[:1], ";\n")).encode(), "semicolon", FileKind.LIST),
        (lines(PEOPLE, ",,\n").encode(), "comma-twice", FileKind.OTHER),
        ((_LIST + lines(PEOPLE[:1], ",,\r\n")).encode(), "comma-twice", FileKind.LIST),
        (("\ufeff" + lines(PEOPLE, "|\n")).encode(), "semicolon", FileKind.OTHER),
        ((_LIST + '"' + lines(PEOPLE[:1], '",,')).encode(), "comma-twice", FileKind.LIST),
    ],
)
def test_a_list_in_the_wrong_wrapping_is_known_by_name(body: bytes, code: str, kind: FileKind, tmp_path: Path) -> None:
    finding = found(tmp_path, body)
    assert (finding.kind, finding.sound, finding.problems[0].code, finding.problems[0].fatal) == (
        kind,
        False,
        code,
        True,
    )
    assert not set(PEOPLE) & set(re.findall(r"[0-9]{10}", " ".join(problem.sentence for problem in finding.problems)))
