"""What the national side sends, and when it is silent: as documented where it is strict, plainly where it is kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ndoo.checking.mesh import answer_list, body
from ndoo.checking.mesh.answer_list import (
    AnsweredList,
    Habits,
    ListNote,
    Manner,
    NobodyReply,
    Repeats,
    SameFile,
    answer,
)
from ndoo.checking.mesh.body import collected
from ndoo.checking.mesh.message import MeshMessage
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, check_digit
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PEOPLE = some(20, seed=31)
GONE = PEOPLE[::5]
STAY = [number for number in PEOPLE if number not in GONE]
STRICT, KIND = Habits(), Habits(Manner.KIND)


def listed(numbers: list[str]) -> NumberSet:
    people = NumberSet()
    for number in numbers:
        people.add(NHSNumber(number))
    return people


def of(polarity: Polarity, numbers: list[str], asked: list[str] | None = None) -> CleanedList:
    return CleanedList(
        Provenance(polarity, "test", None, NOW, 0, 21, len(numbers)), listed(numbers), listed(asked) if asked else None
    )


REGISTER = of(Polarity.OPTED_OUT, GONE)


def lines(numbers: list[str], end: str = ",\n") -> bytes:
    return "".join(number + end for number in numbers).encode()


def came(text: Any, habits: Habits = STRICT, who: CleanedList = REGISTER, **more: Any) -> AnsweredList:
    outside = {"subject": "RA9OT001-22112026-0001", "local_id": "a-1", **more}
    before = bool(outside.pop("had_before", False))
    return answer(
        MeshMessage("m", "RA9OT001", "W", body=text, file_name="f.dat", **outside), who, habits, NOW, had_before=before
    )


def sent(answered: AnsweredList) -> list[bytes]:
    return [b"".join(part.body) for part in answered.parts]


def test_a_receipt_comes_first_and_then_the_list() -> None:
    answered = came(lines(PEOPLE))
    receipt, cleaned = sent(answered)
    assert json.loads(receipt)["status"] == "pending"
    assert json.loads(receipt)["metadata"]["request"]["extra"]["local_id"] == "a-1"
    assert cleaned == lines(STAY)
    assert [part.subject for part in answered.parts] == ["SUCCESS", "RA9OT001-22112026-0001"]
    assert (answered.asked, dict(answered.tally)) == (20, {"kept": 16, "removed": 4, "not_covered": 0, "repeated": 0})
    assert not answered.silent
    assert not answered.rejected


def test_order_stays_and_repeats_stay_or_go() -> None:
    mixed = [*reversed(PEOPLE), *PEOPLE]
    assert sent(came(lines(mixed)))[1] == lines([*reversed(STAY), *STAY])
    once = came(lines(mixed), Habits(repeats=Repeats.COLLAPSE))
    assert sent(once)[1] == lines([*reversed(STAY)])
    assert once.tally["repeated"] == 16


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (lines(PEOPLE, ",\r\n"), {ListNote.CRLF}),
        (b"\xef\xbb\xbf" + lines(PEOPLE), {ListNote.BYTE_ORDER_MARK}),
        (lines(PEOPLE, "\n"), {ListNote.NO_COMMA}),
        (lines(PEOPLE)[:-1], {ListNote.NO_LAST_LINE_END}),
        (lines(PEOPLE, "\r\n"), {ListNote.CRLF, ListNote.NO_COMMA}),
    ],
)
def test_the_form_of_a_list_is_tolerated_and_noted(text: bytes, notes: set[ListNote]) -> None:
    answered = came(text)
    cleaned = sent(answered)[1]
    assert answered.notes == notes
    assert [line.strip(b",\r") for line in cleaned.splitlines()] == [number.encode() for number in STAY]
    assert (b"\r" in cleaned) == (ListNote.CRLF in notes)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (lines(PEOPLE) + b"\n", 21),
        (lines(PEOPLE) + b"\n\r\n", 22),
        (b" " + lines(PEOPLE), 1),
        (lines(PEOPLE[:3]) + b'"' + PEOPLE[3].encode() + b'",\n', 4),
        (lines(PEOPLE[:2]) + b"999 " + PEOPLE[2][3:6].encode() + b" " + PEOPLE[2][6:].encode() + b"\n", 3),
        (lines(PEOPLE)[:-1] + b"\r", 20),
        (PEOPLE[0].encode() + b" ,\n" + lines(PEOPLE[1:]), 1),
        (b"\xef\xbb\xbf" + lines(PEOPLE, "\r\n") + b"\r\n", 21),
    ],
)
def test_strict_rejects_what_the_documentation_does_so_that_nobody_rehearses_green(text: bytes, line: int) -> None:
    strict = came(text)
    assert {ListNote.LOOSE, ListNote.INVALID_NUMBER} <= strict.notes
    assert sent(strict)[1] == b"The file contains one or more invalid NHS Numbers.\n"
    kind = came(text, Habits(Manner.KIND))
    assert ListNote.LOOSE in kind.notes and not kind.rejected
    assert [cell.strip(b'" ,\r').replace(b" ", b"") for cell in sent(kind)[1].splitlines()] == [
        number.encode() for number in STAY if number.encode() in text.replace(b" ", b"")
    ]
    assert answer_list._loose_line(text, 3 if text[:1] == b"\xef" else 0) == line


@pytest.mark.parametrize("text", [lines(PEOPLE), lines([*PEOPLE, *PEOPLE])[:-1], b"\xef\xbb\xbf" + lines(PEOPLE)])
@pytest.mark.parametrize("size", [13, 24, 25, 1000])
def test_where_pieces_end_changes_nothing(text: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sent(came(text))[1]
    monkeypatch.setattr(answer_list, "PIECE", size)
    monkeypatch.setattr(body, "PIECE", size)
    monkeypatch.setattr(body, "_IN_MEMORY", 40)
    spooled = collected([text[at : at + 7] for at in range(0, len(text), 7)], 10_000)
    for given in (text, spooled):
        assert sent(came(given))[1] == whole


@pytest.mark.parametrize(
    ("outside", "note"),
    [
        ({"subject": ""}, ListNote.BLANK_SUBJECT),
        ({"subject": "a:b"}, ListNote.ODD_SUBJECT),
        ({"local_id": " "}, ListNote.BLANK_LOCAL_ID),
        ({"local_id": "a/b"}, ListNote.ODD_LOCAL_ID),
        ({"had_before": True}, ListNote.HAD_BEFORE),
    ],
)
def test_strict_is_silent_where_the_live_service_is(outside: dict[str, Any], note: ListNote) -> None:
    strict = came(lines(PEOPLE), Habits(same_file=SameFile.SILENCE), **outside)
    assert strict.silent
    assert strict.notes == {note}
    assert sent(came(lines(PEOPLE), Habits(Manner.KIND, same_file=SameFile.SILENCE), **outside))[1] == lines(STAY)


@pytest.mark.parametrize("text", [b"", b"\n", b"\r\n \n", b"\xef\xbb\xbf"])
def test_an_empty_list_has_no_answer(text: bytes) -> None:
    assert came(text).silent
    assert sent(came(text, KIND))[1] == b"The list is empty.\n"


@pytest.mark.parametrize("bad", ["1234567890", "hello", "999000", "", "9999999999"])
def test_one_invalid_number_rejects_the_file(bad: str) -> None:
    text = lines([*PEOPLE[:3], bad, *PEOPLE[3:]])
    answered = came(text)
    assert answered.rejected
    assert sent(answered)[1] == b"The file contains one or more invalid NHS Numbers.\n"
    kind = sent(came(text, KIND, subject=""))[1].decode()
    assert kind.startswith("The file contains one or more invalid NHS Numbers.\nLine 4 is the first")
    assert "The subject is blank" in kind
    assert bad == "" or bad not in kind


def test_a_line_without_an_end_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_list, "PIECE", 100)
    assert came(b"9" * 1000).rejected


@pytest.mark.parametrize(
    ("nobody", "texts"),
    [
        (NobodyReply.NEWLINE, [b"\n"]),
        (NobodyReply.SILENCE, []),
        (NobodyReply.TEXT, [b"No NHS number in the file may be used.\n"]),
    ],
)
def test_where_nobody_may_stay_no_empty_message_is_tried(nobody: NobodyReply, texts: list[bytes]) -> None:
    assert sent(came(lines(GONE), Habits(nobody=nobody)))[1:] == texts


def test_whom_the_register_cannot_know_of_is_not_sent_back() -> None:
    chi = next(
        f"{nine}{digit}" for nine in range(101_010_000, 101_020_000) if (digit := check_digit(f"{nine}")) is not None
    )
    answered = came(lines([*PEOPLE, chi]))
    assert chi.encode() not in sent(answered)[1]
    assert answered.tally["not_covered"] == 1


def test_a_list_of_the_allowed_answers_about_those_whom_it_was_asked_about() -> None:
    answered = came(lines(PEOPLE), who=of(Polarity.ALLOWED, STAY, PEOPLE[:15]))
    assert sent(answered)[1] == lines([number for number in PEOPLE[:15] if number not in GONE])
    assert answered.tally["not_covered"] == 5
    assert sent(came(lines(PEOPLE), who=of(Polarity.ALLOWED, STAY)))[1] == lines(STAY)
