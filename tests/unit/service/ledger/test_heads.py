"""A leaf that never gets its place, or two orders of one log, would make every later proof worthless."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from ndoo.evidence.ledger.head import read_head
from ndoo.service.ledger import heads
from ndoo.service.ledger.append import append
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.head_store import heads_folder, register_address
from ndoo.service.ledger.heads import newest, ranges, seal
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from tests.support.registers import writers

pytestmark = pytest.mark.usefixtures("register")

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def enter(count: int = 1) -> None:
    with transaction.atomic():
        for at in range(count):
            append("decision", {"flow": at})


def sound() -> bool:
    report = check(heads_folder().every(newest().log))  # type: ignore[union-attr]
    return not report.wrong and not report.waiting


def test_what_waits_gets_its_place_and_the_head_is_copied() -> None:
    enter(3)
    head = seal(NOW)
    assert (head.size, head.at) == (3, NOW)
    assert heads_folder().newest(head.log) == read_head(head.document)
    assert heads_folder().log_of(register_address()) == head.log
    assert sound()


def test_where_nothing_waits_there_is_no_new_head() -> None:
    enter()
    assert seal(NOW) == seal(NOW + timedelta(seconds=1))
    assert LedgerHead.objects.count() == 1


def test_the_first_head_of_an_empty_log_is_a_head_too() -> None:
    assert seal(NOW).size == 0
    enter()
    assert seal(NOW).size == 1
    assert sound()


def test_many_leaves_are_placed_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "PIECE", 4)
    enter(10)
    assert seal(NOW).size == 10
    assert list(LedgerHead.objects.values_list("size", flat=True)) == [4, 8, 10]
    assert sound()


def test_a_head_that_could_not_be_copied_is_copied_the_next_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    enter()
    seal(NOW)
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(tmp_path / "elsewhere"))
    seal(NOW)
    assert heads_folder().newest(newest().log) is not None  # type: ignore[union-attr]


def test_a_transaction_that_ends_late_is_placed_late_and_nothing_is_moved(database_kind: str) -> None:
    if database_kind == "sqlite":
        pytest.skip("SQLite has one writer: nothing can end late")
    other = connection.copy()
    enter()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO ledger_ledgerleaf (key, kind, body) VALUES ('k', 'late', "
                '\'{"key":"k","kind":"late","payload":{},"personal":{}}\')'
            )
            enter()
            assert seal(NOW).size == 2
            assert [one for one, _ in newest().skipped["missed"]] == [2]  # type: ignore[union-attr]
            assert seal(NOW).size == 2, "what nobody committed is waited for, without a head each second"
            cursor.execute("COMMIT")
    finally:
        other.close()
    assert seal(NOW).size == 3
    assert newest().skipped["missed"] == []  # type: ignore[union-attr]
    assert newest().placed == [[2, 2]]  # type: ignore[union-attr]
    assert sound()


def test_what_was_never_committed_is_not_waited_for_for_ever(database_kind: str) -> None:
    if database_kind == "sqlite":
        pytest.skip("SQLite gives the number of what was rolled back to the next")
    enter()
    with transaction.atomic():
        append("decision", {})
        transaction.set_rollback(True)
    enter()
    seal(NOW)
    assert [one for one, _ in newest().skipped["missed"]] == [2]  # type: ignore[union-attr]
    enter()
    seal(NOW + timedelta(hours=2))
    assert newest().skipped["missed"] == []  # type: ignore[union-attr]


def test_a_leaf_that_came_after_all_is_found_by_the_check_and_placed() -> None:
    with connection.cursor() as cursor:
        row = "INSERT INTO ledger_ledgerleaf (id, key, kind, body) VALUES (%s, %s, 'late', %s)"
        for at in (900_000, 5):
            body = f'{{"key":"{at}","kind":"late","payload":{{}},"personal":{{}}}}'
            cursor.execute(row, [at, str(at), body])
            seal(NOW)
    report = check([])
    assert report.waiting == [5]
    assert seal(NOW, late=report.waiting).size == 2
    assert seal(NOW, late=report.waiting).size == 2, "found twice, placed once"
    assert sound()


def test_writers_and_sealers_at_once_make_one_order() -> None:
    with writers() as together:
        for _ in range(4):
            assert not [
                one
                for one in together([enter, enter, lambda: seal(NOW), lambda: seal(NOW)])
                if isinstance(one, Exception)
            ]
    seal(NOW)
    assert newest().size == LedgerLeaf.objects.count() == 8  # type: ignore[union-attr]
    assert sound()


def test_ranges_keep_the_order() -> None:
    assert ranges([1, 2, 3, 7, 5, 6]) == [[1, 3], [7, 7], [5, 6]]
    assert ranges([]) == []
