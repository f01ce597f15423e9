"""Lists: who is read from one, against a reader of a few lines, and who is released by it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.columns import WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from tests.fuzz.world import PEOPLE, Options, folder, refuse_unverified, released

_NUMBER = re.compile(rb"[\t ]*(\d{3})[ -]?(\d{3})[ -]?(\d{4})[\t ]*,?[\t \r]*")


def check(data: bytes) -> bool:
    """Is this list taken? Then it names exactly who stands in it, and they alone go or stay."""
    first, content = data[:1], data[1:]
    said = first[0] if first else 0
    polarity, name = (Polarity.OPTED_OUT if said & 1 else Polarity.ALLOWED), ("list.csv" if said & 2 else "list.dat")
    with folder() as place:
        listed = place / name
        listed.write_bytes(content)
        now = datetime.now(UTC)
        try:
            cleaned = read_list(listed, polarity, checked_at=now, now=now)
        except NoUsableList as refusal:
            assert refusal.sentence.endswith("."), "a refusal is a sentence"
            return False
        named = people_in(content, table=name.endswith(".csv"))
        assert cleaned.listed.count() == len(named), "other people than the plain reader finds"
        assert all(_number(text) in cleaned.listed for text in named), "somebody on the list was not read"
        source, output = place / "in.csv", place / "out.csv"
        source.write_text("nhs_number,visit\n" + "".join(f"{number},{at}\n" for at, number in enumerate(PEOPLE)))
        options = Options(cleaned, Undecidable.HOLD, WhenMentioned.STOP)
        manifest = released(ReleaseKind.FILE, source, output, options)
        assert manifest is not None, "a list that was taken stopped the run"
        kept = [line.partition(",")[0] for line in output.read_text().splitlines()[1:]]
        right = [number for number in PEOPLE if (number in named) is (polarity is Polarity.ALLOWED)]
        assert kept == right, "others than the list says were released"
        refuse_unverified(output, options)
    return True


def people_in(content: bytes, *, table: bool) -> set[str]:
    """Everybody on it, by eye: a number in a line, a comma behind it or none, and a heading on a table."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if table and len(lines) > 1 and not re.search(rb"\d{3}", lines[0]):
        del lines[0]
    found = set()
    for line in lines:
        if line.strip(b" \t\r,"):
            met = _NUMBER.fullmatch(line)
            assert met, "a line was taken that holds no number"
            found.add(b"".join(met.groups()).decode())
    return found


def _number(text: str) -> NHSNumber:
    number = read(text)
    assert isinstance(number, NHSNumber), "a number was taken that is none"
    return number
