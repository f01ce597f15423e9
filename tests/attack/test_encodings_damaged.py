"""Can an encoding hide a number or a line end? Found, or refused, and never guessed at halfway."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import pytest

from tests.attack.scene import GO, MUST_GO, STAY, Scene, row, table

ACCENTED = table(
    [*map(row, STAY), row(GO[0], MUST_GO), f"{STAY[0]},maystay,Quillfeather-Ångström,naïve – “x” €"],
)
WIDE = ("utf-16-le", "utf-16-be")


def marked(text: str, encoding: str) -> bytes:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}[encoding]
    return mark + text.encode(encoding)


@pytest.mark.parametrize("encoding", [*WIDE, "utf-8"])
def test_a_byte_order_mark_hides_no_column_and_stays(encoding: str, scene: Scene) -> None:
    scene.put(marked(ACCENTED, encoding))
    outcome = scene.upholds_both_ways(0, "--nhs-number", "nhs_number")
    assert outcome.manifest["rows"]["removed"] == 1
    assert outcome.output == marked(ACCENTED.replace(row(GO[0], MUST_GO) + "\n", ""), encoding)


def test_windows_1252_is_kept_byte_for_byte(scene: Scene) -> None:
    scene.put(ACCENTED.encode("cp1252"))
    outcome = scene.upholds_both_ways(0)
    assert outcome.output == ACCENTED.replace(row(GO[0], MUST_GO) + "\n", "").encode("cp1252")


def test_bytes_that_are_no_utf_8_are_kept_byte_for_byte(scene: Scene) -> None:
    """A decoder that replaces what it does not know would change a released cell."""
    extract = table(map(row, STAY)).encode() + f"{STAY[0]},maystay,".encode() + b"\xff\xfe\xc3(,\x81\x8d\n"
    scene.put(extract)
    assert scene.upholds_both_ways(0).output == extract


@pytest.mark.parametrize("encoding", WIDE)
def test_utf_16_cut_in_half_a_character_is_not_whole(encoding: str, scene: Scene) -> None:
    scene.put(marked(ACCENTED, encoding)[:-1])
    scene.refuses(3, "input-cut")


@pytest.mark.parametrize("encoding", WIDE)
def test_utf_16_with_a_byte_lost_in_the_middle_is_not_read_on(encoding: str, scene: Scene) -> None:
    """From there on every character is another one, and no number would be on any list."""
    whole = marked(ACCENTED, encoding)
    scene.put(whole[:301] + whole[302:])
    said = scene.uphold("--nhs-number", "nhs_number")
    assert said.status in (3, 6)
    if said.status == 6:
        assert said.json["rows"]["kept"] < len(STAY)


def spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]}-{number[6:]}"


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("before", [b"", b"x"], ids=["at a unit", "between two"])
@pytest.mark.parametrize("form", [str, spaced])
@pytest.mark.parametrize("swapped", [False, True], ids=["one byte each", "bytes swapped"])
@pytest.mark.parametrize("heading", [False, True], ids=["cell", "heading"])
def test_numbers_in_another_encoding_inside_utf_16_are_not_released(
    heading: bool, swapped: bool, form: Callable[[str], str], before: bytes, encoding: str, scene: Scene
) -> None:
    """As `>>` leaves it: one tool wrote UTF-16, another put text of one byte a character behind it, or a byte was lost."""
    number = form(GO[0])
    inside = (
        number.encode("utf-16-be" if encoding == "utf-16-le" else "utf-16-le") if swapped else before + number.encode()
    )
    inside += b"y" * (len(inside) % 2)
    rows = table(map(row, STAY)).removesuffix("\n")
    extract = marked(rows.replace("diagnosis", "diagnosis§") if heading else f"{rows}§", encoding)
    extract = extract.replace("§".encode(encoding), inside)
    scene.put(extract)
    assert form(GO[0]) not in extract.decode("utf-16"), "whoever reads UTF-16 does not see it"
    scene.refuses(3, "encodings-mixed")


@pytest.mark.parametrize("text", ["　" * 40 + "日本", "†" * 20, "あいうえお" * 4, "㐀㐁㐲㐳", "٠١٢٣٤٥٦٧٨"])
@pytest.mark.parametrize("encoding", WIDE)
def test_other_scripts_in_utf_16_are_released_as_they_came(encoding: str, text: str, scene: Scene) -> None:
    extract = marked(table([*map(row, STAY), f"{STAY[0]},maystay,{text},x"]), encoding)
    scene.put(extract)
    assert scene.upholds_both_ways(0).output == extract


@pytest.mark.parametrize("encoding", WIDE)
def test_utf_16_without_its_mark_is_refused_and_read_when_said(encoding: str, scene: Scene) -> None:
    scene.put(ACCENTED.encode(encoding))
    assert scene.uphold().status == 3
    assert not (scene.folder / "out.csv").exists()
    outcome = scene.upholds_both_ways(0, "--encoding", encoding, "--nhs-number", "nhs_number")
    assert outcome.manifest["rows"]["removed"] == 1


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf_32_is_refused_by_name(encoding: str, scene: Scene) -> None:
    mark = codecs.BOM_UTF32_LE if encoding == "utf-32-le" else codecs.BOM_UTF32_BE
    scene.put(mark + ACCENTED.encode(encoding))
    assert "UTF-32" in scene.refuses(3, "encoding").told


def test_utf_32_without_its_mark_is_refused(scene: Scene) -> None:
    scene.put(ACCENTED.encode("utf-32-le"))
    assert scene.uphold().status == 3
    assert not (scene.folder / "out.csv").exists()


def test_digits_of_two_bytes_are_not_ascii_digits(scene: Scene) -> None:
    """U+0139 ends in the byte of `9`: whoever drops the high byte reads a number that is not there, or misses one."""
    disguised = "".join(chr(0x0100 + ord(digit)) for digit in GO[0])
    scene.put(marked(table([*map(row, STAY), row(disguised, MUST_GO)]), "utf-16-le"))
    assert scene.upholds_both_ways(6, "--nhs-number", "nhs_number").held == {"malformed": 1}


def test_a_line_end_of_two_bytes_is_not_a_line_feed(scene: Scene) -> None:
    """U+0A0A and U+2C2C hold the bytes of a line feed and a comma; in UTF-16 they are letters."""
    extract = table([*map(row, STAY), f"{STAY[0]},maystay,Quill\u0a0a\u2c2c,x"])
    scene.put(marked(extract, "utf-16-le"))
    assert scene.upholds_both_ways(0, "--nhs-number", "nhs_number").output == marked(extract, "utf-16-le")


def test_a_lone_surrogate_is_kept_as_it_came(scene: Scene) -> None:
    extract = (
        marked(table(map(row, STAY)), "utf-16-le")
        + f"{STAY[0]},maystay,".encode("utf-16-le")
        + b"\x00\xd8,\x00x\x00\n\x00"
    )
    scene.put(extract)
    assert scene.upholds_both_ways(0, "--nhs-number", "nhs_number").output == extract


def test_an_encoding_said_against_the_mark_keeps_nobody(scene: Scene) -> None:
    scene.put(marked(ACCENTED, "utf-16-le"))
    for said in ("utf-8", "utf-16-be"):
        assert scene.uphold("--encoding", said).status in (2, 3), said
    assert not (scene.folder / "out.csv").exists()


def test_ebcdic_is_no_table(scene: Scene) -> None:
    scene.put(ACCENTED.replace("–", "-").replace("“", "").replace("”", "").replace("€", "").encode("cp500", "ignore"))
    assert scene.uphold().status == 3


def test_a_right_to_left_override_changes_no_number(scene: Scene) -> None:
    """What a person sees on the screen is the number backwards."""
    scene.put(table([*map(row, STAY), row(f"\u202e{GO[0][::-1]}\u202c", MUST_GO)]))
    assert scene.upholds_both_ways(6).held == {"malformed": 1}
