"""The steps of asking that chance rarely takes: each by itself, with MESH saying exactly so much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ndoo.checking.mesh import order
from ndoo.checking.mesh.alarms import alarms, why_no_answer
from ndoo.checking.mesh.answer_cache import kept_answers, plan
from ndoo.checking.mesh.journal import deflated
from ndoo.checking.mesh.message import LostAnswerError, MessageSighting, NotAcceptedError
from ndoo.checking.mesh.order import in_an_order_of_its_own
from ndoo.checking.mesh.reply_kinds import MeshReceipt, judge
from ndoo.checking.mesh.requests import RequestState, answer, record_sending, sendings_of
from ndoo.domain.errors import NoUsableList, UsageFault
from tests.mesh.simulator import GONE, NATIONAL, POOL, PROFILE, REJECTION, TRUST, SmallSet, lines
from tests.mesh.test_peers import ASKED, RECEIPT, STAY, Table, question, reply


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path)
    yield made
    made.journal.close()


def states(table: Table, asked: Any) -> list[str]:
    return [str(sending.state) for sending in sendings_of(table.journal, asked)]


def losing(table: Table, *sightings: MessageSighting, then: Any = None) -> Any:
    """A mailbox whose sendings are all lost, and that says this when asked for them."""
    told = iter(sightings)
    table.mailbox.send = lambda *_: (_ for _ in ()).throw(then or LostAnswerError())  # type: ignore[method-assign]
    table.mailbox.look_for = lambda *_: (next(told), "")  # type: ignore[method-assign]


def test_while_mesh_does_not_say_nothing_is_sent_again(table: Table) -> None:
    losing(table, *[MessageSighting.UNKNOWN] * 5)
    asked = table.asks()
    for _ in range(5):
        table.world.now += timedelta(hours=2)
        table.asker.round()
    assert states(table, asked) == ["trying"]
    assert [alarm.code for alarm in alarms(table.journal, TRUST, table.world.now, 21)] == ["doubtful"]
    assert "Nobody knows whether it was sent" in why_no_answer(table.journal, table.now(asked), table.world.now)[0]


def test_what_is_still_on_its_way_is_waited_for(table: Table) -> None:
    losing(table, MessageSighting.HALF, MessageSighting.ABSENT, MessageSighting.ABSENT)
    asked = table.asks()
    table.asker.round()
    table.asker.round()
    assert states(table, asked) == ["trying"]
    table.world.now += timedelta(minutes=2)
    table.asker.round()
    assert states(table, asked) == ["absent", "trying"]


def test_nobody_tries_for_ever(table: Table) -> None:
    losing(table, *[MessageSighting.ABSENT] * 9)
    asked = table.asks()
    for _ in range(6):
        table.world.now += timedelta(hours=1)
        table.asker.round()
    assert states(table, asked) == ["absent"] * 5
    assert table.now(asked).state is RequestState.UNDELIVERED


def test_a_refused_sending_ends_the_request_and_says_the_code(table: Table) -> None:
    losing(table, then=NotAcceptedError("12"))
    asked = table.asks()
    assert table.now(asked).state is RequestState.UNDELIVERED
    assert (states(table, asked), sendings_of(table.journal, asked)[0].code) == (["refused"], "12")


def test_an_answer_to_a_sending_that_was_given_up_still_counts(table: Table) -> None:
    losing(table, MessageSighting.ABSENT, MessageSighting.SENT)
    asked = table.asks()
    first = sendings_of(table.journal, asked)[0].local_id
    table.world.now += timedelta(hours=1)
    table.asker.round()
    table.replies(asked, RECEIPT, local_id=first)
    table.asker.round()
    assert states(table, asked) == ["sent", "sent"]
    table.replies(asked, REJECTION, local_id=first)
    table.asker.round()
    assert states(table, asked) == ["rejected", "sent"]
    assert table.now(asked).state is RequestState.OPEN, "the other one may be answered"
    table.replies(asked, RECEIPT, local_id=first)
    table.asker.round()
    assert states(table, asked) == ["rejected", "sent"]
    table.replies(asked, lines(STAY))
    table.asker.round()
    assert table.allowed(asked) == set(STAY)


def test_what_comes_after_a_request_was_given_up_changes_nothing(table: Table) -> None:
    asked = table.asks()
    table.asker.give_up(asked)
    table.replies(asked, lines(STAY))
    assert table.asker.round().taken == 1
    assert table.now(asked).state is RequestState.GIVEN_UP
    with pytest.raises(NoUsableList):
        answer(table.journal, table.now(asked))


def test_a_list_that_comes_after_the_numbers_expired_is_nobody_s(table: Table) -> None:
    asked = table.asks()
    table.journal.expire(table.world.now)
    table.replies(asked, lines(STAY))
    table.asker.round()
    assert table.now(asked).state is RequestState.EXPIRED
    assert table.journal.rows("SELECT why FROM message")[0]["why"] == "not_a_subset"


def test_a_message_that_is_gone_before_it_was_read_is_passed_over(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, RECEIPT)
    table.mailbox.fetch = lambda *_: None  # type: ignore[method-assign]
    seen = table.asker.round()
    assert (seen.taken, seen.left, table.now(asked).state) == (0, 0, RequestState.OPEN)


def test_a_message_of_a_strange_length_stays_where_it_is(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, b"x" * 100_000)
    assert table.asker.round().left == 1
    assert table.journal.rows("SELECT why FROM message")[0]["why"] == "too_long"


def test_another_workflow_under_our_local_id_is_not_ours(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, lines(STAY), workflow="OTHER")
    assert table.asker.round().left == 1
    assert table.now(asked).state is RequestState.OPEN


def test_mesh_s_report_is_told_by_the_message_that_it_is_about(table: Table) -> None:
    asked = table.asks()
    sent = sendings_of(table.journal, asked)[0]
    assert sent.message_id
    table.replies(asked, b"", sender="", local_id="", report=True, linked_id=sent.message_id, code="14")  # type: ignore[arg-type]
    table.asker.round()
    assert table.now(asked).state is RequestState.UNDELIVERED
    assert (states(table, asked), sendings_of(table.journal, asked)[0].code) == (["undelivered"], "14")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (RECEIPT, "pending"),
        (b'{"status": "validation_failed"}', "validation_failed"),
        (b"{", ""),
        (b'{"status": 5}', ""),
        (b'{"status": "9990004935"}', ""),
        (b"{}", ""),
        (b'  {"a": []}', ""),
        (b"{" * 100_000, ""),
    ],
)
def test_whatever_begins_like_a_receipt_is_one(body: bytes, status: str) -> None:
    about = question()
    came = judge(type(about)(about.national, about.workflow, about.people, 1 << 20), reply(body))
    assert came == MeshReceipt(status)


# -- what somebody should look at ------------------------------------------------------------------


def test_silence_is_told_from_slowness(table: Table) -> None:
    first = table.asks()
    assert alarms(table.journal, TRUST, table.world.now, 21) == []
    table.world.now += timedelta(days=2)
    found = alarms(table.journal, TRUST, table.world.now, 21)
    assert [(alarm.code, alarm.request) for alarm in found] == [("silent", None), ("stuck", first.id)]
    table.replies(first, b'{"status": "failed"}')
    table.replies(first, b"\n")
    table.replies(first, lines(STAY), sender="RA9OT002")
    table.asker.round()
    found = alarms(table.journal, TRUST, table.world.now, 21)
    assert [alarm.code for alarm in found] == ["stuck", "quarantined", "unclaimed", "failed-receipt"]
    reasons = why_no_answer(table.journal, table.now(first), table.world.now)
    assert reasons[0].startswith("A receipt came")
    assert "everybody may have opted out" in reasons[1]


@pytest.mark.parametrize(
    "status", ["Failed", "INVALID_NHS_NUMBER", "undeliverable", "Refused", "unsuccessful", "cancelled", "expired"]
)
def test_a_receipt_that_sounds_like_a_failure_is_told(status: str, table: Table) -> None:
    table.replies(table.asks(), json.dumps({"status": status}).encode())
    table.asker.round()
    assert "failed-receipt" in [alarm.code for alarm in alarms(table.journal, TRUST, table.world.now, 21)]


@pytest.mark.parametrize("status", ["pending", "success", "submitted", "completed", "accepted"])
def test_one_that_does_not_is_no_alarm(status: str, table: Table) -> None:
    table.replies(table.asks(), json.dumps({"status": status}).encode())
    table.asker.round()
    assert alarms(table.journal, TRUST, table.world.now, 21) == []


def test_an_answer_is_about_to_be_too_old(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, lines(STAY))
    table.asker.round()
    table.world.now += timedelta(days=17)
    assert alarms(table.journal, TRUST, table.world.now, 21) == []
    table.world.now += timedelta(days=1)
    assert [alarm.code for alarm in alarms(table.journal, TRUST, table.world.now, 21)] == ["stale"]
    table.asks()
    assert alarms(table.journal, TRUST, table.world.now, 21) == [], "a new one is on its way"


def test_the_likely_reasons_come_in_order(table: Table) -> None:
    asked = table.asks(ASKED[:1])
    now = table.world.now
    early = why_no_answer(table.journal, table.now(asked), now)
    assert early[0].startswith("It is early")
    assert "one person" in early[1]
    late = why_no_answer(table.journal, table.now(asked), now + timedelta(days=6))
    assert [reason.split()[0] for reason in late] == ["A", "Nobody", "The"]
    many = table.asks(ASKED)
    assert why_no_answer(table.journal, table.now(many), now + timedelta(hours=3)) == [
        "Nothing stands out. Ask the service desk, with the message id of the sending."
    ]
    with table.journal.transaction():
        record_sending(table.journal, many.id, TRUST, now)
    assert "has not been sent yet" in why_no_answer(table.journal, table.now(many), now)[0]


# -- what is known already -------------------------------------------------------------------------


def test_the_newest_answer_counts_and_the_oldest_gives_the_age(table: Table) -> None:
    for numbers, allowed in ((POOL[:12], POOL[:6]), (POOL[6:18], POOL[6:9])):
        asked = table.asks(numbers)
        table.replies(asked, lines(allowed))
        table.asker.round()
        table.world.now += timedelta(days=1)
    dates = [
        table.now(type(asked)(**{**{name: getattr(asked, name) for name in asked.__slots__}, "id": id})).checked_at
        for id in (1, 2)
    ]
    kept = kept_answers(table.journal, PROFILE, SmallSet(POOL[:20]), table.world.now - timedelta(days=5))
    assert (kept.known, kept.left, kept.oldest) == (18, 2, dates[0])
    assert {number for number in POOL if SmallSet([number]).count(but_not_in=(kept.allowed,)) == 0} == set(POOL[:9])
    newer = kept_answers(table.journal, PROFILE, SmallSet(POOL[:20]), dates[1] or table.world.now)
    assert (newer.known, newer.left, newer.oldest) == (12, 8, dates[1])
    whole = kept_answers(table.journal, PROFILE, SmallSet(POOL[6:9]), table.world.now - timedelta(days=5))
    assert (whole.known, whole.left, whole.oldest) == (3, 0, dates[1])
    nobody = kept_answers(table.journal, PROFILE, SmallSet(POOL[50:52]), table.world.now - timedelta(days=5))
    assert (nobody.known, nobody.left, nobody.oldest) == (0, 2, None)
    other = kept_answers(
        table.journal,
        SimpleNamespace(mailbox=TRUST, national=NATIONAL, workflow="OTHER"),  # type: ignore[arg-type]
        SmallSet(POOL[:3]),
        table.world.now - timedelta(days=5),
    )
    assert (other.known, other.oldest) == (0, None)
    rest = table.asks(POOL[18:20])
    table.replies(rest, lines([number for number in POOL[18:20] if number not in GONE]))
    table.asker.round()
    joined = kept.joined(table.journal, table.now(rest))
    assert kept.left == 0
    assert joined.count() == 9 + len(set(POOL[18:20]) - GONE)
    table.journal.expire(table.world.now + timedelta(days=1))
    with pytest.raises(NoUsableList, match="expired"):
        kept.joined(table.journal, table.now(rest))
    gone = kept_answers(table.journal, PROFILE, SmallSet(POOL[:20]), table.world.now - timedelta(days=9))
    assert gone.known == 0


def test_batches_ask_about_everybody_before_an_answer_is_too_old() -> None:
    made = plan(10_000_000, 7, 21, 500_000)
    assert (made.people_a_day, made.requests_a_day, made.people_each, made.margin_days) == (1_428_572, 3, 476_191, 14)
    assert plan(1, 1, 21, 5).requests_a_day == 1
    with pytest.raises(UsageFault, match="ask more often than every 21 days"):
        plan(10, 21, 21, 5)


# -- in which order a list goes out ----------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 10_000])
def test_every_order_holds_everybody_and_is_another_one(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_SHUFFLED_UP_TO", most)
    packed = deflated([lines(POOL)])
    texts = {b"".join(in_an_order_of_its_own(packed, len(POOL), f"name-{at}")) for at in range(8)}
    assert len(texts) >= 7
    assert all(
        sorted(text.splitlines(keepends=True)) == sorted(lines(POOL).splitlines(keepends=True)) for text in texts
    )
    assert b"".join(in_an_order_of_its_own(packed, 60, "a")) == b"".join(in_an_order_of_its_own(packed, 60, "a"))


def test_a_long_list_is_turned_where_pieces_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "_SHUFFLED_UP_TO", 0)
    monkeypatch.setattr(order, "inflated", lambda packed: (packed[at : at + 12] for at in range(0, len(packed), 12)))
    text = b"".join(in_an_order_of_its_own(lines(POOL), 60, "a"))
    assert text != lines(POOL)
    assert sorted(text.split()) == sorted(lines(POOL).split())
