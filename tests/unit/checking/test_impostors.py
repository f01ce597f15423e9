"""What is taken for a list, and is none, is named for what it is."""

from __future__ import annotations

import bz2
import lzma
import re

import pytest

from ndoo.checking.impostors import REJECTION, is_heading, refuse
from tests.support.numbers import some
from tests.unit.checking.sentences import assert_readable

RECEIPT = b'{"version": 10, "id": 1, "status": "pending"}'

IMPOSTORS = [
    (b"\xff\xfe9\x009\x00", "list-encoding", "UTF-16"),
    (b"\xfe\xff\x009\x009", "list-encoding", "UTF-16"),
    ("9\n9".encode("utf-16-le"), "list-encoding", "UTF-16"),
    ("9\n9".encode("utf-16-be"), "list-encoding", "UTF-16"),
    ("9\n9".encode("utf-32"), "list-encoding", "UTF-32"),
    ("\ufeff9\n9".encode("utf-32-be"), "list-encoding", "UTF-32"),
    ("9\n9".encode("utf-32-le"), "list-encoding", "UTF-32"),
    ("9\n9".encode("utf-32-be"), "list-encoding", "UTF-32"),
    (b"\x1f\x8b\x08\x00", "list-compressed", "Unpack"),
    (bz2.compress(b"9"), "list-compressed", "Unpack"),
    (lzma.compress(b"9"), "list-compressed", "Unpack"),
    (b"7z\xbc\xaf\x27\x1c\0", "list-compressed", "Unpack"),
    (b"\x28\xb5\x2f\xfd\0", "list-compressed", "Unpack"),
    (b"\xd0\xcf\x11\xe0\xa1", "list-spreadsheet", "Office"),
    (b"%PDF-1.7", "list-not-text", "PDF"),
    (b"[9990000000, 9990000001]", "list-not-text", "^This is JSON"),
    (b' [\n  "9990000000"\n]', "list-not-text", "^This is JSON"),
    (b'[["999 000 0000"]]', "list-not-text", "^This is JSON"),
    (b'{"opted_out": ["9990000000"]}', "list-not-text", "^This is JSON"),
    (b'[{"nhs_number": "9990000000"}]', "list-not-text", "^This is JSON"),
    (b"[]", "list-not-text", "^This is JSON"),
    (b"PK\x03\x04\x14\x00", "list-spreadsheet", "spreadsheet"),
    (b"PAR1\x15\x04", "list-not-text", "Parquet"),
    (RECEIPT, "list-is-receipt", "second message"),
    (b" \r\n" + RECEIPT, "list-is-receipt", "status message"),
    (b'[{"status": "pending"}]', "list-is-receipt", "nobody|anybody"),
    (b"<!doctype html>", "list-is-markup", "web page"),
    (b"\n<DTSControl>", "list-is-markup", "XML"),
    (REJECTION, "list-is-rejection", "nobody was checked"),
    (REJECTION.upper() + b"\r\n", "list-is-rejection", "Correct the request"),
    (b"  " + REJECTION, "list-is-rejection", "rejection"),
    (b"NHS Number\n", "list-header", "heading"),
    (b"nhs_number", "list-header", "heading"),
    (b"N1", "list-header", "heading"),
    (b"NHS Number,\n", "list-header", "take it out"),
    (b"visit,nhs_number\nv1,", "list-header", "several columns"),
    (b"visit\tnhs_number\n", "list-header", "several columns"),
    (b"12345\n", "list-unreadable", "Line 1 of the list is not a valid NHS number"),
    (b"_nhs\n", "list-unreadable", "Line 1"),
    (REJECTION[:-2], "list-header", "heading"),
    (b"PK\x03", "list-header", "heading"),
    (b" PAR1", "list-unreadable", "Line 1"),
]


@pytest.mark.parametrize(("start", "code", "said"), IMPOSTORS)
def test_an_impostor_is_named(start: bytes, code: str, said: str) -> None:
    error = refuse(start, 1)
    assert (error.code, error.exit_status) == (code, 4)
    assert re.search(said, error.sentence)
    assert_readable(error.sentence)


def test_a_word_further_down_is_no_heading() -> None:
    error = refuse(some(1)[0].encode() + b"\nabc\n", 2)
    assert (error.code, error.sentence[:21]) == ("list-unreadable", "Line 2 of the list is")
    assert refuse(b"abc", 2).code == "list-unreadable"


def test_a_refusal_repeats_nothing_of_the_list() -> None:
    number = some(1)[0]
    for start in (number[:9] + "x", "x" + number, "{" + number, "<" + number, number):
        for line in (1, 7):
            assert number[:6] not in refuse(start.encode(), line).sentence


def test_the_rejection_is_the_service_s_own_sentence() -> None:
    assert REJECTION == b"The file contains one or more invalid NHS Numbers."


@pytest.mark.parametrize(
    "line",
    [
        b"nhs_number",
        b"NHS Number\r",
        b'"NHS Number"',
        b'"nhs-number",\r',
        b"NHS.number,",
        b"  nhsno  ",
        b"PatientNHSNumber",
        b"_nhs",
    ],
)
def test_a_heading_of_a_table_is_known(line: bytes) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r",
        b",",
        b'""',
        b"9990000000",
        b"9nhs",
        b"PatientNHSNumber2",
        b"X nhs X",
        b"Invalid NHS numbers",
        b"patient",
        b"number",
        b"nhs:number",
        b"nhs,name",
        b"nhs\tnumber",
        b"n" * 38 + b"nhs",
        REJECTION,
        RECEIPT,
        b"<nhs>",
        b"nhs\xe9",
        "nhs１".encode(),
    ],
)
def test_what_is_no_heading_is_not_passed_over(line: bytes) -> None:
    assert not is_heading(line)
