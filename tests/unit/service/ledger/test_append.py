"""An act without its leaf could be rewritten unseen; a leaf with a personal value in it could never be erased."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.ledger.commitment import holds
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.ledger.append import NewLeaf, append, append_all
from ndoo.service.ledger.models import LedgerLeaf, LedgerOpening
from tests.support.numbers import some

pytestmark = pytest.mark.usefixtures("register")

WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def choose() -> NHSNumber:
    number = read(some(1)[0])
    assert isinstance(number, NHSNumber)
    record(NewChoice(number, Choice.OPT_OUT, WHEN, Channel.ONLINE), Entry("self", "choice.set", number))
    return number


def test_a_choice_and_its_audit_entry_each_enter_the_ledger() -> None:
    number = choose()
    assert list(LedgerLeaf.objects.values_list("kind", flat=True)) == ["audit", "choice"]
    assert ChoiceEvent.objects.count() == AuditEntry.objects.count() == 1
    for leaf in LedgerLeaf.objects.all():
        assert number.reveal() not in leaf.body
        assert "opt_out" not in leaf.body
        assert json.loads(leaf.body)["key"] == leaf.key


def test_no_opening_holds_a_number_that_stands_in_a_table_already() -> None:
    number = choose()
    for opening in LedgerOpening.objects.all():
        assert number.reveal() not in json.dumps([opening.fields, opening.where])


def test_what_fails_enters_nothing() -> None:
    number = choose()
    with pytest.raises(IntegrityError):
        record(
            NewChoice(number, Choice.ALLOW, WHEN, Channel.ONLINE, proxy_role=ProxyRole.PARENT),
            Entry("self", "choice.set", number),
        )
    assert LedgerLeaf.objects.count() == 2


def test_a_leaf_is_entered_within_a_transaction_or_not_at_all() -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        append("decision", {})
    with pytest.raises(RuntimeError, match="later"), transaction.atomic():
        append("decision", {"flow": 1})
        raise RuntimeError("later")
    assert not LedgerLeaf.objects.exists()


@pytest.mark.parametrize("kind", ["", "Decision", "a b", "x" * 41])
def test_a_kind_is_a_dotted_name(kind: str) -> None:
    with pytest.raises(ValueError, match="dotted name"), transaction.atomic():
        append(kind, {})


def test_personal_values_of_other_rooms_stand_in_the_opening_alone() -> None:
    with transaction.atomic():
        key = append("review", {"asset": 7}, personal={"reviewer": "A. Name"})
    body = json.loads(LedgerLeaf.objects.get(key=key).body)
    opening = LedgerOpening.objects.get(key=key)
    assert body["payload"] == {"asset": 7}
    assert "A. Name" not in json.dumps(body)
    said = opening.fields["reviewer"]
    assert holds(bytes.fromhex(body["personal"]["reviewer"]), bytes.fromhex(said["salt"]), said["value"])


def test_two_equal_payloads_are_two_leaves() -> None:
    with transaction.atomic():
        keys = append_all([NewLeaf("decision", {"flow": 1}), NewLeaf("decision", {"flow": 1})])
    assert len(set(keys)) == 2
    assert len(set(LedgerLeaf.objects.values_list("body", flat=True))) == 2


@pytest.mark.parametrize("table", ["ledger_ledgerleaf", "ledger_ledgerhead"])
def test_the_ledger_is_not_rewritten_by_hand(table: str) -> None:
    choose()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_ledgerhead (log, size, root, peaks, placed, skipped, at, document) "
            "VALUES ('a', 1, 'b', '', '[]', '[]', '2026-11-22 09:00:00+00:00', '{}')"
        )
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1"):  # noqa: S608
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(statement)
