"""Can something that is no list, or only half of one, decide who stays? Exit 4, and nothing written."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from ndoo.checking.impostors import REJECTION
from tests.attack import naive
from tests.attack.scene import GO, MUST_GO, PEOPLE, STAY, Scene, of_allowed, row, table
from tests.conftest import TODAY

POLARITIES = ("allowed", "opted_out")
LIST = of_allowed()


def wrong(number: str) -> str:
    return number[:9] + str((int(number[9]) + 1) % 10)


RECEIPT = json.dumps({"version": 10, "id": 4711, "status": "pending", "finished": None, "dataset_id": "mesh_to_pos"})
UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "no_bytes": ("", "list-empty"),
    "one_line_feed": ("\n", "list-empty"),
    "blank_lines": ("\n\r\n\n\n", "list-empty"),
    "many_blank_lines": ("\n" * 200_000, "list-empty"),
    "spaces": ("    \n", "list-empty"),
    "byte_order_mark_alone": ("\ufeff", "list-empty"),
    "heading": ("nhs_number\n" + LIST, "list-header"),
    "heading_in_quotes": ('"NHS Number"\n' + LIST, "list-unreadable"),
    "rejection_of_the_service": (REJECTION.decode(), "list-is-rejection"),
    "rejection_with_a_line_end": (REJECTION.decode() + "\r\n", "list-is-rejection"),
    "rejection_in_another_case": (REJECTION.decode().upper(), "list-is-rejection"),
    "rejection_behind_a_mark": ("\ufeff" + REJECTION.decode(), "list-is-rejection"),
    "receipt": (RECEIPT, "list-is-receipt"),
    "receipt_indented": ("\n  " + json.dumps(json.loads(RECEIPT), indent=2), "list-is-receipt"),
    "json_array_of_numbers": (json.dumps(STAY), "list-not-text"),
    "web_page": ("<!DOCTYPE html>\n<html>Sign in</html>", "list-is-markup"),
    "xml": ('<?xml version="1.0"?>\n<list/>', "list-is-markup"),
    "control_file_of_the_mailbox": ("<DTSControl><Version>1.0</Version></DTSControl>", "list-is-markup"),
    "utf_16": (LIST.encode("utf-16"), "list-encoding"),
    "utf_16_big_endian": (b"\xfe\xff" + LIST.encode("utf-16-be"), "list-encoding"),
    "utf_16_without_mark": (LIST.encode("utf-16-le"), "list-encoding"),
    "utf_32_without_mark": (LIST.encode("utf-32-be"), "list-encoding"),
    "utf_32": (LIST.encode("utf-32"), "list-encoding"),
    "gzip_cut_off": (gzip.compress(LIST.encode())[:-9], "list-not-readable"),
    "gzip_damaged": (gzip.compress(LIST.encode())[:-8] + bytes(8), "list-not-readable"),
    "gzip_twice": (gzip.compress(gzip.compress(LIST.encode())), "list-compressed"),
    "parquet": (b"PAR1" + bytes(40) + b"PAR1", "list-not-text"),
    "a_sentence": ("No opt-outs were found for this request.\n", "list-header"),
    "log_line": ("2026-11-20 10:00:01 job finished\n", "list-unreadable"),
    "ok": ("OK\n", "list-header"),
    "null": ("NULL\n", "list-header"),
    "zero": ("0\n", "list-unreadable"),
    "carriage_returns_alone": (LIST.replace("\n", "\r"), "list-unreadable"),
    "all_on_one_line": (",".join(STAY), "list-unreadable"),
    "two_columns": ("".join(f"{n},ALLOWED\n" for n in STAY), "list-unreadable"),
    "two_commas": (of_allowed(end=",,\n"), "list-unreadable"),
    "semicolons": (of_allowed(end=";\n"), "list-unreadable"),
    "tabs": (of_allowed(end="\t\n"), "list-unreadable"),
    "leading_zeros_lost": ("".join(f"{n[1:]}\n" for n in STAY), "list-unreadable"),
    "floats": ("".join(f"{n}.0\n" for n in STAY), "list-unreadable"),
    "scientific_notation": ("".join(f"{float(n):.2E}\n" for n in STAY), "list-unreadable"),
    "full_width_digits": (LIST.translate({48 + d: 0xFF10 + d for d in range(10)}), "list-unreadable"),
    "hashes_of_numbers": ("ab" * 32 + "\n", "list-header"),
    "bad_number_first": (of_allowed([wrong(STAY[0]), *STAY[1:]]), "list-unreadable"),
    "bad_number_in_the_middle": (of_allowed([*STAY[:4], wrong(STAY[4]), *STAY[5:]]), "list-unreadable"),
    "bad_number_last": (of_allowed([*STAY[:-1], wrong(STAY[-1])]), "list-unreadable"),
    "most_numbers_bad": (of_allowed([*map(wrong, STAY[:6]), *STAY[6:]]), "list-unreadable"),
    "placeholder_in_the_middle": (of_allowed([*STAY[:4], "9" * 10, *STAY[4:]]), "list-unreadable"),
    "blank_line_in_the_middle": (of_allowed(STAY[:4]) + "\n" + of_allowed(STAY[4:]), "list-unreadable"),
    "blank_line_first": ("\n" + LIST, "list-unreadable"),
    "comma_alone_in_the_middle": (of_allowed(STAY[:4]) + ",\n" + of_allowed(STAY[4:]), "list-unreadable"),
    "cut_in_the_middle_of_a_number": (LIST[:-7], "list-unreadable"),
    "nul_bytes_behind": (LIST.encode() + bytes(4096), "list-unreadable"),
    "nul_byte_in_a_number": (LIST.replace(STAY[3], STAY[3][:5] + "\0" + STAY[3][5:]), "list-unreadable"),
    "end_of_file_mark_of_dos": (LIST + "\x1a", "list-unreadable"),
    "note_below": (LIST + "8 records\n", "list-unreadable"),
    "comment_above": ("# allowed as of today\n" + LIST, "list-unreadable"),
    "rejection_below": (LIST + REJECTION.decode(), "list-unreadable"),
    "two_lists_glued": (LIST.removesuffix(",\n") + LIST, "list-unreadable"),
    "line_without_end": ("9" * 5_000_000, "list-unreadable"),
}


@pytest.mark.parametrize("form", UNREADABLE)
def test_what_is_no_list_decides_nobody(form: str, scene: Scene) -> None:
    content, code = UNREADABLE[form]
    scene.put(table())
    for name in POLARITIES:
        scene.put(content, f"{name}.dat")
        scene.refuses(4, code, by=name)


def test_a_spreadsheet_is_no_list(scene: Scene) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    scene.put(table())
    scene.put(out.getvalue(), "allowed.dat")
    scene.refuses(4, "list-spreadsheet")


@pytest.mark.parametrize("form", ["rejection_of_the_service", "receipt", "no_bytes", "web_page"])
def test_the_naive_reader_takes_any_message_for_a_list(form: str) -> None:
    """It concludes that everybody opted out; or, where it reads those who opted out, that nobody did."""
    message = str(UNREADABLE[form][0])
    assert naive.gone_by_difference(PEOPLE, message) == set(PEOPLE)
    assert MUST_GO in naive.anti_join(table([row(GO[0], MUST_GO)]), message), "the attack does not bite"


TOLERATED: dict[str, str | bytes] = {
    "bare": of_allowed(end="\n"),
    "comma": of_allowed(),
    "carriage_return_and_line_feed": of_allowed(end="\r\n"),
    "comma_and_carriage_return": of_allowed(end=",\r\n"),
    "byte_order_mark": "\ufeff" + LIST,
    "no_last_line_end": LIST.removesuffix("\n"),
    "no_last_comma": LIST.removesuffix(",\n"),
    "blank_lines_at_the_end": LIST + "\n\r\n\n",
    "quotes": "".join(f'"{n}"\n' for n in STAY),
    "quotes_and_commas": "".join(f'"{n}",\n' for n in STAY),
    "spaces_3_3_4": "".join(f"{n[:3]} {n[3:6]} {n[6:]}\n" for n in STAY),
    "hyphens_3_3_4": "".join(f"{n[:3]}-{n[3:6]}-{n[6:]}\n" for n in STAY),
    "spaces_around": "".join(f"  {n}  \n" for n in STAY),
    "each_number_twice": LIST + LIST,
    "another_order": of_allowed(reversed(STAY)),
}


@pytest.mark.parametrize("form", TOLERATED)
def test_a_list_as_real_clients_write_it_gives_the_same_output(form: str, scene: Scene) -> None:
    scene.put(table())
    plain = scene.upholds(0)
    scene.put(TOLERATED[form], "allowed.dat")
    outcome = scene.upholds(0)
    assert outcome.output == plain.output
    assert outcome.manifest["list"]["numbers"] == len(STAY)


def test_a_table_of_one_column_may_have_its_heading(scene: Scene) -> None:
    scene.put(table())
    scene.put("NHS Number\n" + LIST, "allowed.csv")
    for name in ("allowed.csv", "allowed.CSV"):
        (scene.folder / "allowed.csv").rename(scene.folder / name)
        said = scene.ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", name, "--checked-at", TODAY)
        assert said.status == 0
        (scene.folder / name).rename(scene.folder / "allowed.csv")


def test_a_heading_swallows_no_first_number(scene: Scene) -> None:
    """In a `.csv` without a heading, the first line is somebody."""
    scene.put(table())
    scene.put(of_allowed(GO), "opted_out.csv")
    said = scene.ndoo(
        "uphold", "in.csv", "-o", "out.csv", "--opted-out", "opted_out.csv", "--checked-at", TODAY, "--json"
    )
    assert said.json["rows"]["removed"] == 2


def test_a_heading_alone_is_an_empty_list(scene: Scene) -> None:
    scene.put(table())
    scene.put("nhs_number\n", "allowed.csv")
    said = scene.ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "allowed.csv", "--checked-at", TODAY, "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "list-empty")
