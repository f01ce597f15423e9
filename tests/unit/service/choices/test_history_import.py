"""An import takes what it can vouch for, says why it refuses the rest, and changes nothing when it is run again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices import choice_history, history_import
from ndoo.service.choices.history_import import Imported, take_in
from ndoo.service.choices.import_file import by_person, rows_of
from ndoo.service.choices.import_row import COLUMNS, MEANINGS, Refused, meaning, moment, packed, unpacked
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.record_choice import NewChoice, record
from tests.support.numbers import some
from tests.support.registers import writers

HEADING = ",".join(COLUMNS)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE, TWO, THREE = some(3)


def row(
    number: str = ONE,
    choice: str = "opt_out",
    at: str = "2024-05-01T10:00:00Z",
    channel: str = "online",
    by: str = "self",
    role: str = "",
) -> str:
    return ",".join((number, choice, at, channel, by, role))


@pytest.fixture
def take(tmp_path: Path, register: str) -> Callable[..., Imported]:
    def run(*rows: str, heading: str = HEADING, now: datetime = NOW) -> Imported:
        path = tmp_path / "import.csv"
        path.write_text("\n".join((heading, *rows)) + "\n", encoding="utf-8")
        return take_in(rows_of(path, now), Entry("shell:ann", "register.imported"), now, lambda _: None)

    return run


def kept(digits: str) -> list[tuple[str, str]]:
    number = read(digits)
    assert isinstance(number, NHSNumber)
    return [(event.choice, event.recorded_at.isoformat()) for event in choice_history.history(number)]


def counts(done: Imported) -> tuple[int, int, dict[str, int]]:
    assert done.read == done.taken + done.already_there + len(done.refused), "no count is lost"
    return done.taken, done.already_there, done.reasons


def test_a_row_is_kept_as_it_says(take: Callable[..., Imported]) -> None:
    done = take(row(), row(TWO, "allow", "2024-06-01T00:30:00+01:00", "post", "proxy", "secure_setting"))
    assert counts(done) == (2, 0, {})
    event = ChoiceEvent.objects.get(nhs_number=TWO)
    assert (event.sequence, event.previous, event.choice, event.channel, event.by, event.proxy_role) == (
        1,
        "",
        "allow",
        "post",
        "proxy",
        "secure_setting",
    )
    assert event.recorded_at == datetime(2024, 5, 31, 23, 30, tzinfo=UTC)
    assert (event.actor, event.policy_version, event.evidence) == ("shell:ann", "unknown", "")
    audit = AuditEntry.objects.get()
    assert (audit.actor, audit.action, audit.details["taken"], audit.at) == ("shell:ann", "register.imported", 2, NOW)


def test_running_it_twice_changes_nothing(take: Callable[..., Imported]) -> None:
    rows = (row(), row(choice="allow", at="2025-01-01T00:00:00Z"), row(TWO), row("1"), row(TWO, "allow"))
    first = take(*rows)
    before = list(ChoiceEvent.objects.values()), list(AuditEntry.objects.values())
    again = take(*rows)
    assert (list(ChoiceEvent.objects.values()), list(AuditEntry.objects.values())) == before
    assert list(again.refused) == list(first.refused)
    assert (again.taken, again.already_there) == (0, first.taken)


def test_the_order_of_the_rows_does_not_matter(take: Callable[..., Imported]) -> None:
    done = take(row(at="2025-01-01T00:00:00Z", choice="allow"), row(TWO), row(), row(at="2024-07-01T00:00:00.5Z"))
    assert counts(done) == (4, 0, {})
    assert [choice for choice, _ in kept(ONE)] == ["opt_out", "opt_out", "allow"]


def test_nothing_is_put_into_the_past(take: Callable[..., Imported]) -> None:
    take(row(at="2025-01-01T00:00:00Z", choice="allow"))
    done = take(
        row(at="2024-01-01T00:00:00Z"), row(at="2025-01-01T00:00:00Z", choice="allow"), row(at="2026-01-01T00:00:00Z")
    )
    assert counts(done) == (1, 1, {"older_than_register": 1})
    assert list(done.refused) == [(1, Refused.OLDER)]
    assert [choice for choice, _ in kept(ONE)] == ["allow", "opt_out"]


def test_of_two_choices_at_one_time_nobody_says_which_was_last(take: Callable[..., Imported]) -> None:
    done = take(row(), row(choice="allow"), row(TWO), row(TWO), row(THREE))
    assert counts(done) == (2, 1, {"same_time": 2})
    assert kept(ONE) == []
    done = take(row(THREE, channel="app"), row(THREE), row(TWO, "allow"))
    assert counts(done) == (0, 1, {"same_time": 2})
    assert list(done.refused) == [(1, Refused.SAME_TIME), (3, Refused.SAME_TIME)]


def test_history_follows_a_choice_that_was_made_here(take: Callable[..., Imported]) -> None:
    number = read(ONE)
    assert isinstance(number, NHSNumber)
    record(NewChoice(number, Choice.ALLOW, NOW - timedelta(days=1), Channel.ONLINE), Entry("self", "choice.set"))
    assert counts(take(row(), row(at=NOW.isoformat()))) == (1, 0, {"older_than_register": 1})
    assert [choice for choice, _ in kept(ONE)] == ["allow", "opt_out"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row(""), "missing"),
        (row("12345"), "malformed"),
        (row(ONE[:-1] + str((int(ONE[-1]) + 1) % 10)), "check_digit"),
        (row("9999999999"), "placeholder"),
        (row(choice="yes"), "choice"),
        (row(choice=""), "choice"),
        (row(at="yesterday"), "recorded_at"),
        (row(at=""), "recorded_at"),
        (row(at="0001-01-01T00:00:00+14:00"), "recorded_at"),
        (row(at="2024-05-01"), "recorded_at_without_zone"),
        (row(at="2024-05-01T10:00:00"), "recorded_at_without_zone"),
        (row(at="2026-11-22T12:00:00.000001Z"), "recorded_at_in_future"),
        (row(channel="pigeon"), "channel"),
        (row(by="sister"), "by"),
        (row(by="proxy"), "proxy_role"),
        (row(by="proxy", role="sister"), "proxy_role"),
        (row(role="parent"), "proxy_role"),
        (row(role="sister"), "proxy_role"),
        (row() + ",", "cells"),
        (ONE, "cells"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_reason(
    take: Callable[..., Imported], cells: str, reason: str
) -> None:
    done = take(row(TWO), cells)
    assert counts(done) == (1, 0, {reason: 1})
    assert [row for row, _ in done.refused] == [2]
    assert kept(ONE) == []
    assert meaning(reason)


def test_every_reason_has_its_words() -> None:
    assert set(MEANINGS) == set(Refused)
    assert meaning("check_digit") == "no valid NHS number"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import-heading"),
        (b"nhs_number,choice\n1,2\n", "import-heading"),
        (HEADING.encode() + b",evidence\n", "import-heading"),
        (HEADING.replace("by", "channel").encode() + b"\n", "import-heading"),
        (HEADING.encode() + b"\n\n", "import-empty"),
        (HEADING.encode() + b'\n"' + row().encode() + b"\n", "import-not-csv"),
        (HEADING.encode() + b"\n" + row().encode() + b"\n\xff\xfe\n", "import-not-csv"),
        (b"PK\x03\x04\xff" * 9, "import-not-csv"),
    ],
)
def test_a_file_that_is_not_whole_changes_nothing(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "import.csv"
    path.write_bytes(content)
    with pytest.raises(NdooError) as refused:
        rows_of(path, NOW)
    assert refused.value.code == code


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.csv", "import-missing"), (tmp_path, "is-a-folder")):
        with pytest.raises(NdooError) as refused:
            rows_of(path, NOW)
        assert refused.value.code == code


def test_a_spreadsheet_s_mark_and_order_of_columns_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "import.csv"
    cells = row().split(",")
    path.write_text("\ufeff" + ",".join(reversed(COLUMNS)) + "\r\n" + ", ".join(reversed(cells)) + "\r\n")
    rows = rows_of(path, NOW)
    assert list(rows.refused) == []
    (only,) = rows.sorted
    assert unpacked(only) == unpacked(packed(cells, 1, NOW))  # type: ignore[arg-type]
    assert unpacked(only).digits == ONE


def test_a_person_s_rows_stay_in_one_piece() -> None:
    keys = sorted(
        key
        for number in (ONE, TWO, THREE)
        for minute in range(5)
        if isinstance(key := packed(row(number, at=f"2024-05-01T10:0{minute}:00Z").split(","), minute, NOW), int)
    )
    assert [len(piece) for piece in by_person(keys, 1)] == [5, 5, 5]
    assert [len(piece) for piece in by_person(keys, 6)] == [10, 5]
    assert [len(piece) for piece in by_person(keys, 5)] == [5, 5, 5]
    assert [key for piece in by_person(keys, 3) for key in piece] == keys
    assert list(by_person([], 3)) == []


def test_a_time_keeps_its_instant() -> None:
    assert moment("2024-10-27T01:30:00+01:00", NOW) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    key = packed(row(at="1998-01-01T00:00:00.123456+00:00").split(","), 7, NOW)
    assert isinstance(key, int)
    assert unpacked(key).at == datetime(1998, 1, 1, microsecond=123456, tzinfo=UTC)
    assert unpacked(key).row == 7


def test_an_import_that_was_cut_short_is_finished_by_running_it_again(
    take: Callable[..., Imported], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_import, "PIECE", 2)
    numbers = some(7)
    rows = [row(number) for number in numbers]
    pieces = 0
    really = history_import._recorded

    def cut(*given: Any) -> Any:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            raise KeyboardInterrupt
        return really(*given)

    monkeypatch.setattr(history_import, "_recorded", cut)
    with pytest.raises(KeyboardInterrupt):
        take(*rows)
    assert ChoiceEvent.objects.count() == 4
    assert sum(entry.details["taken"] for entry in AuditEntry.objects.all()) == 4, "each piece has its audit entry"
    assert counts(take(*rows)) == (3, 4, {})
    assert [len(kept(number)) for number in numbers] == [1] * 7


def test_a_row_that_breaks_the_register_s_rules_stops_the_import(
    take: Callable[..., Imported], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_import, "POLICY_VERSION", None)
    with pytest.raises(IntegrityError):
        take(row())
    assert ChoiceEvent.objects.count() == 0


def test_an_import_and_its_twin_at_once_take_each_row_once(take: Callable[..., Imported], tmp_path: Path) -> None:
    path = tmp_path / "twins.csv"
    path.write_text("\n".join((HEADING, *(row(number) for number in some(200)))) + "\n")
    with writers() as together:
        done = together([lambda: take_in(rows_of(path, NOW), Entry("a", "b"), NOW, lambda _: None)] * 3)
    assert sum(each.taken for each in done) == 200
    assert all(each.taken + each.already_there == 200 for each in done)
    assert ChoiceEvent.objects.count() == 200
