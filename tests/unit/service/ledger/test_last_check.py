"""A check that goes on from an earlier one finds all that is wrong with what came after it, and never vouches for another log."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.ledger.head import read_head, sealed_head
from ndoo.evidence.ledger.tree import GrowingTree, leaf_hash
from ndoo.evidence.seal import load_sealer
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.models import Channel, Choice
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.choices.witnessed import ONE
from ndoo.service.ledger import check_ledger
from ndoo.service.ledger.append import append
from ndoo.service.ledger.check_ledger import LedgerReport, check
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.last_check import LAST_CHECK, read_last_check, write_last_check
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from ndoo.service.ledger.sources import SOURCES
from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.registers import changeable

pytestmark = pytest.mark.usefixtures("register")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NUMBERS = some(8)


def choose(*people: int) -> None:
    for at in people:
        number = read(NUMBERS[at])
        assert isinstance(number, NHSNumber)
        record(NewChoice(number, Choice.OPT_OUT, NOW, Channel.ONLINE), Entry("self", "choice.set", number))


def run(statement: str) -> None:
    with changeable(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def checked(register: str) -> LedgerReport:
    """Three choices; the last of them had no place yet when everything was checked."""
    choose(0, 1)
    seal(NOW)
    choose(2)
    report = check([])
    assert (dict(report.wrong), report.waiting) == ({}, [5, 6])
    write_last_check(report, NOW)
    return report


def test_only_what_came_afterwards_is_read(checked: LedgerReport, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(3, 4)
    seal(NOW)
    choose(5)
    asked: list[int] = []
    real = SOURCES[ONE].values

    def noted(ids: Sequence[int]) -> Any:
        asked.extend(ids)
        return real(ids)

    whole = check([])
    monkeypatch.setitem(SOURCES, ONE, replace(SOURCES[ONE], values=noted))
    last = read_last_check()
    assert last is not None
    report = check([], last)
    assert sorted(asked) == [3, 4, 5, 6], "and of the older ones none"
    assert dict(report.wrong) == {}
    assert (report.began, last.whole_at) == (checked.judged.size, NOW)
    assert (report.judged.size, report.judged.root, report.peaks, report.spoken, report.waiting) == (
        whole.judged.size,
        whole.judged.root,
        whole.peaks,
        whole.spoken,
        whole.waiting,
    )


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 4", "value_changed"),
        ("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 3", "value_changed"),
        ("DELETE FROM choices_choiceevent WHERE id = 1", "row_missing"),
        ("DELETE FROM choices_choiceevent WHERE id = 4", "row_missing"),
        (
            "INSERT INTO audit_auditentry (at, actor, action, subject, reason, details, address) VALUES "
            "('2026-11-22 09:00:00+00:00', 'self', 'choice.set', '', '', '{}', '')",
            "row_without_leaf",
        ),
        ("DELETE FROM ledger_ledgerleaf WHERE id = 1", "head_rewritten"),
        ("DELETE FROM ledger_ledgerleaf WHERE id = 7", "head_behind"),
        (
            "UPDATE ledger_ledgerleaf SET body = (SELECT body FROM ledger_ledgerleaf WHERE id = 2) WHERE id = 7",
            "head_rewritten",
        ),
        ("DELETE FROM ledger_ledgerhead WHERE size = 4", "head_rewritten"),
        ("DELETE FROM ledger_ledgerhead WHERE size > 4", "head_behind"),
        ("DELETE FROM ledger_ledgerhead", "head_another_log"),
    ],
    ids=lambda text: text[:60],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("checked")
def test_what_was_changed_since_is_found(statement: str, wrong: str) -> None:
    choose(3)
    seal(NOW)
    last = newest()
    assert last is not None
    run(statement)
    assert check([read_head(last.document)], read_last_check()).wrong[wrong] > 0


@pytest.mark.usefixtures("checked")
def test_a_register_that_is_older_than_its_last_check_is_not_vouched_for() -> None:
    seal(NOW)
    write_last_check(check([]), NOW)
    run("DELETE FROM ledger_ledgerhead WHERE size > 4")
    assert check([], read_last_check()).wrong["head_behind"] == 1


def test_an_old_row_that_was_changed_is_found_by_the_check_of_everything(ndoo: Ndoo) -> None:
    def said(*words: str) -> Any:
        return ndoo("ledger", "verify", *words, "--json")

    choose(0)
    seal(NOW)
    first = said("--since-last")
    assert (first.status, first.json["checked_before"]) == (0, None)
    assert "everything was read" in first.told
    choose(1)
    seal(NOW)
    run("UPDATE choices_choiceevent SET choice = 'allow' WHERE id = 1")
    again = said("--since-last")
    assert (again.status, again.json["checked_before"], again.json["size"]) == (0, 2, 4)
    assert again.json["copied"] < first.json["copied"] + again.json["heads"], "heads of before are not compared again"
    assert again.json["whole_at"] == first.json["whole_at"], "all of it was read no more than once"
    whole = said()
    assert (whole.status, whole.json["wrong"], whole.json["checked_before"]) == (3, {"value_changed": 1}, None)
    assert "not read again" in ndoo("ledger", "verify", "--since-last").told
    assert ndoo("ledger", "verify", "export.jsonl", "--since-last").status == 2


@pytest.mark.usefixtures("checked")
def test_a_note_that_is_damaged_or_another_s_is_no_note(own_data_folder: Path, tmp_path: Path) -> None:
    path = own_data_folder / LAST_CHECK
    said = json.loads(path.read_text())
    del said["seal"]
    for changed in (
        b"{",
        b"[]",
        json.dumps(said | {"size": 5}).encode(),
        json.dumps(load_sealer(tmp_path).seal(said)).encode(),
        json.dumps(load_sealer(own_data_folder).seal(said | {"kind": "manifest"})).encode(),
        json.dumps(load_sealer(own_data_folder).seal({"kind": "ledger-checked"})).encode(),
    ):
        path.write_bytes(changed)
        assert read_last_check() is None


def test_where_nothing_was_sealed_yet_no_key_is_made_for_the_note(own_data_folder: Path) -> None:
    choose(0)
    seal(NOW)
    (own_data_folder / "seal.key").unlink()
    write_last_check(check([]), NOW)
    assert not (own_data_folder / LAST_CHECK).exists()
    assert not (own_data_folder / "seal.key").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_heads_are_not_in_memory_all_at_once(own_data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that runs for years has a head for nearly every leaf."""
    many, tree, sealer = 300, GrowingTree(), load_sealer(own_data_folder)
    with transaction.atomic():
        for _ in range(many):
            append("review", {"asset": 7})
    for leaf in LedgerLeaf.objects.order_by("pk"):
        tree.append(leaf_hash(leaf.body.encode()))
        LedgerHead.objects.create(
            log="a" * 32,
            size=tree.size,
            root=tree.root().hex(),
            peaks=" ".join(peak.hex() for peak in tree.peaks),
            placed=[[leaf.pk, leaf.pk]],
            skipped={"top": leaf.pk, "missed": []},
            at=NOW,
            document=sealed_head("a" * 32, tree.size, tree.root(), NOW, sealer),
        )
    monkeypatch.setattr(check_ledger, "_HEADS", 20)
    check([])
    tracemalloc.start()
    report = check([])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (dict(report.wrong), report.heads) == ({}, many)
    assert most < 400_000, "all of them take 750,000 bytes"
