"""Whoever lifts the triggers and rewrites a table, or the ledger itself, is found at the next check."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import history_import
from ndoo.service.choices.history_import import take_in
from ndoo.service.choices.import_file import rows_of
from ndoo.service.choices.models import Channel, Choice
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.choices.witnessed import MANY
from ndoo.service.ledger import check_ledger
from ndoo.service.ledger.append import append
from ndoo.service.ledger.check_ledger import LedgerReport, check
from ndoo.service.ledger.erase_value import erase
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.management.commands.keep_ledger import checked_whole
from ndoo.service.ledger.models import LedgerLeaf, LedgerOpening
from ndoo.service.ledger.sources import SOURCES, Found
from tests.support.numbers import some
from tests.support.registers import changeable

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NUMBERS = some(6)


@pytest.fixture(autouse=True)
def recorded(register: str, tmp_path: Path) -> None:
    """Two choices by hand, four by an import, their audit entries, a review, and a head copied outside."""
    for text, choice in ((NUMBERS[0], Choice.OPT_OUT), (NUMBERS[1], Choice.ALLOW)):
        number = read(text)
        assert isinstance(number, NHSNumber)
        record(
            NewChoice(number, choice, NOW, Channel.ONLINE),
            Entry("self", "choice.set", number, details={"a": [1, None]}),
        )
    rows = "".join(f"{text},opt_out,2020-05-01T10:00:00Z,online,self,\n" for text in NUMBERS[2:])
    path = tmp_path / "in.csv"
    path.write_text("nhs_number,choice,recorded_at,channel,by,proxy_role\n" + rows)
    take_in(rows_of(path, NOW), Entry("shell:a", "register.imported"), NOW, lambda _: None)
    from django.db import transaction

    with transaction.atomic():
        append("review", {"asset": 7}, personal={"reviewer": "A. Name"})
    seal(NOW)


def found() -> LedgerReport:
    return check(heads_folder().every(newest().log))  # type: ignore[union-attr]


def run(statement: str) -> None:
    with changeable(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_was_recorded_is_found_as_it_was_recorded() -> None:
    report = found()
    assert dict(report.wrong) == {}
    assert (report.judged.size, report.heads, report.waiting, report.erased) == (7, 2, [], 0)
    assert checked_whole() == []


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 1", "value_changed"),
        (f"UPDATE choices_choiceevent SET nhs_number = '{some(9)[8]}' WHERE id = 1", "value_changed"),  # noqa: S608
        ("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 4", "value_changed"),
        ("UPDATE choices_choiceevent SET recorded_at = '2020-05-01 10:00:01+00:00' WHERE id = 5", "value_changed"),
        ("UPDATE audit_auditentry SET actor = 'staff:other' WHERE id = 2", "value_changed"),
        ("UPDATE audit_auditentry SET reason = 'none' WHERE id = 3", "value_changed"),
        ("DELETE FROM choices_choiceevent WHERE id = 1", "row_missing"),
        ("DELETE FROM choices_choiceevent WHERE id = 6", "row_missing"),
        ("DELETE FROM audit_auditentry WHERE id = 2", "row_missing"),
        (
            "INSERT INTO audit_auditentry (at, actor, action, subject, reason, details, address) VALUES "
            "('2026-11-22 09:00:00+00:00', 'self', 'choice.set', '', '', '{}', '')",
            "row_without_leaf",
        ),
        ("DELETE FROM ledger_ledgeropening WHERE source = 'choice'", "opening_missing"),
        ("DELETE FROM ledger_ledgeropening WHERE source = ''", "opening_missing"),
        ("UPDATE ledger_ledgerleaf SET kind = 'else' WHERE id = 1", "leaf_relabelled"),
        ("DELETE FROM ledger_ledgerleaf WHERE id = 3", "head_behind"),
        ("DELETE FROM ledger_ledgerleaf WHERE id = 7", "head_behind"),
        (
            "UPDATE ledger_ledgerleaf SET body = (SELECT body FROM ledger_ledgerleaf WHERE id = 2) WHERE id = 1",
            "head_rewritten",
        ),
        ("DELETE FROM ledger_ledgerhead", "head_another_log"),
    ],
    ids=lambda text: text[:60],
)
def test_what_was_changed_by_hand_is_found(statement: str, wrong: str) -> None:
    copied = heads_folder().every(newest().log)  # type: ignore[union-attr]
    run(statement)
    assert check(copied).wrong[wrong] > 0


def test_the_keeper_says_what_it_found_and_no_number(caplog: pytest.LogCaptureFixture) -> None:
    run("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 1")
    checked_whole()
    assert "value_changed (1)" in caplog.text
    assert NUMBERS[0] not in caplog.text


def key_of(kind: str) -> str:
    return LedgerLeaf.objects.filter(kind=kind).first().key  # type: ignore[union-attr]


def test_a_value_that_was_erased_leaves_every_proof_standing() -> None:
    before = newest()
    erase(key_of("review"), "reviewer", reason="asked for")
    erase(key_of("choice"), "nhs_number", reason="asked for")
    seal(NOW + timedelta(seconds=1))
    assert "A. Name" not in json.dumps(list(LedgerOpening.objects.values_list("fields", flat=True)))
    report = found()
    assert dict(report.wrong) == {}
    assert report.erased == 2
    assert newest().size == before.size + 2  # type: ignore[union-attr]
    run(f"UPDATE choices_choiceevent SET nhs_number = '{some(9)[8]}' WHERE id = 1")  # noqa: S608
    assert dict(found().wrong) == {}, "the owner of the database may now blank it"
    run("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 1")
    assert dict(found().wrong) == {"value_changed": 1}, "and nothing else in that row"


def test_one_of_many_is_erased_and_the_others_are_still_held() -> None:
    key = key_of("choices")
    erase(key, "choices", item=1, reason="asked for")
    erase(key, "choices", item=2, reason="asked for")
    report = found()
    assert dict(report.wrong) == {}
    assert report.erased == 2
    where = LedgerOpening.objects.get(key=key).where
    run(f"UPDATE choices_choiceevent SET choice = 'allow' WHERE nhs_number = '{where[1][0]}'")  # noqa: S608
    assert dict(found().wrong) == {}
    run(f"UPDATE choices_choiceevent SET choice = 'allow' WHERE nhs_number = '{where[0][0]}'")  # noqa: S608
    assert dict(found().wrong) == {"value_changed": 1}


def test_an_erasure_that_no_leaf_tells_of_is_found() -> None:
    key = key_of("choices")
    erase(key, "choices", item=1, reason="asked for")
    opening = LedgerOpening.objects.get(key=key)
    opening.fields["choices"]["salts"][0] = None
    opening.fields["choices"]["kept"]["0"] = "00"
    opening.save()
    assert found().wrong["opening_missing"] == 1


@pytest.mark.parametrize(
    ("kind", "name", "item"),
    [("review", "reviewed", None), ("choices", "choices", 4), ("choices", "choices", -1), ("review", "reviewer", 0)],
)
def test_what_is_not_there_is_not_erased(kind: str, name: str, item: int | None) -> None:
    with pytest.raises((LookupError, KeyError)):
        erase(key_of(kind), name, item=item, reason="asked for")
    assert not LedgerLeaf.objects.filter(kind="erasure").exists()


def test_nothing_is_erased_twice() -> None:
    erase(key_of("choices"), "choices", item=1, reason="asked for")
    erase(key_of("review"), "reviewer", reason="asked for")
    for kind, name, item in (("choices", "choices", 1), ("review", "reviewer", None)):
        with pytest.raises(LookupError):
            erase(key_of(kind), name, item=item, reason="asked for")


def test_a_register_of_millions_is_never_in_memory_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leaf of an import speaks for thousands of rows: so many leaves at once were the whole register."""
    monkeypatch.setattr(history_import, "PIECE", 10)
    monkeypatch.setattr(check_ledger, "_WEIGHT", 15)
    people = some(306)[6:]
    rows = "".join(f"{text},opt_out,2020-05-01T10:00:00Z,online,self,\n" for text in people)
    path = tmp_path / "many.csv"
    path.write_text("nhs_number,choice,recorded_at,channel,by,proxy_role\n" + rows)
    take_in(rows_of(path, NOW), Entry("shell:a", "register.imported"), NOW, lambda _: None)
    seal(NOW)
    at_once: list[int] = []
    real = SOURCES[MANY].values

    def counted(places: Sequence[Any]) -> Sequence[Found]:
        at_once.append(sum(map(len, places)))
        return real(places)

    monkeypatch.setitem(SOURCES, MANY, replace(SOURCES[MANY], values=counted))
    assert dict(found().wrong) == {}
    assert sum(at_once) == 300 + 4
    assert max(at_once) <= 15 + 10
