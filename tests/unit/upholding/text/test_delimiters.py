"""What an option says wrongly of a text is told as that, and not as damage of the file."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.upholding.text.dialect import Reading, sniff
from tests.support.numbers import some

TEXT = "nhs_number;ward\n" + "".join(f"{one};A, B\n" for one in some(3))


@pytest.mark.parametrize("said", [",", "\t", "|"])
def test_a_delimiter_that_parts_nothing_is_told_with_the_one_that_does(said: str) -> None:
    with pytest.raises(UsageFault, match=r"the first line is parted by ';', into 2 columns") as refused:
        sniff(TEXT.encode(), Reading(delimiter=said), whole=True)
    assert refused.value.code == "delimiter-other"


def test_one_column_is_one_column_whatever_delimiter_is_named() -> None:
    for text in ("nhs_number\n", '"nhs_number, of the baby"\n'):
        for said in (Reading(delimiter=";"), Reading(delimiter=";", quotes=False, described=True)):
            dialect = sniff(text.encode(), said, whole=True)
            assert dialect is not None
            assert len(dialect.names) == 1
    assert sniff(TEXT.encode(), Reading(delimiter=",", is_released=True), whole=True) is not None


LATIN = "nhs_number,ward\n1,caf\u00e9\n"


@pytest.mark.parametrize(
    ("content", "said", "found"),
    [
        (LATIN.encode("cp1252"), "utf-8", "has bytes that are no UTF-8, as in windows-1252"),
        (LATIN.encode(), "utf-16-le", "has one byte a character, as in utf-8"),
        (LATIN.encode("cp1252"), "utf-16-be", "has one byte a character, as in windows-1252"),
        (LATIN.encode("utf-16-le"), "utf-16-be", "is written in utf-16-le"),
        (LATIN.encode("utf-16-be"), "utf-16-le", "is written in utf-16-be"),
        (codecs.BOM_UTF16_LE + LATIN.encode("utf-16-le"), "utf-8", "begins with the mark of utf-16-le"),
        (codecs.BOM_UTF8 + LATIN.encode(), "windows-1252", "begins with the mark of utf-8"),
    ],
)
def test_an_encoding_that_the_bytes_contradict_is_told_with_the_right_one(
    content: bytes, said: str, found: str
) -> None:
    """A manifest that says utf-8 of bytes that are none is false."""
    with pytest.raises(UsageFault, match=found) as refused:
        sniff(content, Reading(encoding=said), whole=True)
    assert refused.value.code == "encoding-other"


@pytest.mark.parametrize("said", ["utf-8", "utf-16-le", "utf-16-be", "windows-1252"])
def test_an_encoding_that_is_right_is_taken(said: str, tmp_path: Path) -> None:
    codec = "cp1252" if said == "windows-1252" else said
    dialect = sniff(LATIN.encode(codec), Reading(encoding=said), whole=True)
    assert dialect is not None
    assert (dialect.encoding, dialect.names) == (said, ("nhs_number", "ward"))
