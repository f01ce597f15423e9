"""Nothing counts as reviewed before the right people signed it, in their order, for the record as it stands."""

from __future__ import annotations

from datetime import date

import pytest

from ndoo.assets.fields import ASSET, FLOW
from ndoo.assets.record import Record, read_record
from ndoo.assets.review_rules import (
    CALDICOTT_GUARDIAN,
    OWNER,
    Signature,
    months_after,
    needs_review,
    rhythm_on,
    rhythms,
    standing,
    steps_for,
)
from ndoo.policy import Decision, decide, load_pack
from tests.support.registers_of_assets import TODAY, asset, facts, flow

THING = read_record(ASSET, asset(), "it")
EXEMPT = read_record(
    FLOW,
    flow(
        facts=facts(
            purpose="national_audit",
            recipient="PICANet",
            exemption="X-PICANET-AUDIT",
            gateway__optout_condition="does_not_apply",
        )
    ),
    "it",
)
PLAIN = read_record(FLOW, flow(), "it")


def decided(record: Record) -> Decision:
    return decide(record.facts, load_pack(), TODAY)


def by(step: str, on: date, record: Record = THING) -> Signature:
    return Signature(step, "somebody", on, record)


def test_what_nobody_signed_is_due_today() -> None:
    now = standing(THING, [], None, TODAY)
    assert (now.due, now.waiting_for, now.last) == (TODAY, OWNER, None) and now.is_due(TODAY)


@pytest.mark.parametrize(
    ("risk", "due"),
    [
        ("low", date(2027, 9, 30)),
        ("medium", date(2027, 3, 30)),
        ("high", date(2026, 12, 30)),
        (None, date(2026, 12, 30)),
    ],
)
def test_it_is_due_again_by_its_risk_and_an_unjudged_risk_is_high(risk: str | None, due: date) -> None:
    record = read_record(ASSET, asset(risk=risk), "it")
    now = standing(record, [by(OWNER, date(2026, 9, 30), record)], None, TODAY)
    assert (now.due, now.last) == (due, date(2026, 9, 30)) and not now.is_due(TODAY)
    assert now.is_near(date(2026, 12, 1), rhythm_on(TODAY)) is (due == date(2026, 12, 30))


def test_an_exemption_waits_for_the_caldicott_guardian() -> None:
    assert steps_for(decided(EXEMPT), rhythm_on(TODAY)) == (OWNER, CALDICOTT_GUARDIAN)
    assert steps_for(decided(PLAIN), rhythm_on(TODAY)) == steps_for(None, rhythm_on(TODAY)) == (OWNER,)
    owner, guardian = by(OWNER, date(2026, 11, 1), EXEMPT), by(CALDICOTT_GUARDIAN, date(2026, 11, 2), EXEMPT)
    half = standing(EXEMPT, [owner], decided(EXEMPT), TODAY)
    assert (half.waiting_for, half.last) == (CALDICOTT_GUARDIAN, None) and half.is_due(TODAY)
    whole = standing(EXEMPT, [owner, guardian], decided(EXEMPT), TODAY)
    assert (whole.last, whole.waiting_for) == (date(2026, 11, 2), OWNER) and not whole.is_due(TODAY)


@pytest.mark.parametrize("steps", [(CALDICOTT_GUARDIAN,), (CALDICOTT_GUARDIAN, OWNER), (OWNER, OWNER)])
def test_signatures_in_another_order_make_no_review(steps: tuple[str, ...]) -> None:
    signed = [by(step, date(2026, 11, at + 1), EXEMPT) for at, step in enumerate(steps)]
    assert standing(EXEMPT, signed, decided(EXEMPT), TODAY).last is None


def test_what_changed_in_what_matters_is_due_at_once_and_says_what() -> None:
    after = read_record(ASSET, asset(contents="now with genomes", notes="x"), "it")
    now = standing(after, [by(OWNER, date(2026, 11, 1))], None, TODAY)
    assert now.is_due(TODAY) and now.because == "Changed since the last review: contents."
    assert now.changed == ("contents", "notes")
    only_notes = read_record(ASSET, asset(notes="x"), "it")
    later = standing(only_notes, [by(OWNER, date(2026, 11, 1))], None, TODAY)
    assert not later.is_due(TODAY) and later.changed == ("notes",)


def test_a_change_between_two_signatures_begins_anew() -> None:
    before = read_record(FLOW, {**EXEMPT.document(), "article_6": "6(1)(c)"}, "it")
    signed = [by(OWNER, date(2026, 11, 1), before), by(CALDICOTT_GUARDIAN, date(2026, 11, 2), EXEMPT)]
    now = standing(EXEMPT, signed, decided(EXEMPT), TODAY)
    assert (now.last, now.waiting_for) == (None, OWNER)
    assert standing(EXEMPT, signed[:1], decided(EXEMPT), TODAY).waiting_for == OWNER


def test_the_months_end_where_the_month_does_and_the_values_are_dated() -> None:
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_after(date(2026, 12, 1), 12) == date(2027, 12, 1)
    assert rhythm_on(date(2000, 1, 1)) == rhythms()[0]
    assert needs_review(THING) and needs_review(PLAIN)
    assert not needs_review(read_record(FLOW, flow(status="ended"), "it"))
