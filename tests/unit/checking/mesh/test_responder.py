"""Each request is answered once, in order, and stays in the inbox while there is nothing fresh to answer from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.mesh import responder
from ndoo.checking.mesh.answer_list import Habits, Manner, SameFile
from ndoo.checking.mesh.message import (
    AtFault,
    Letter,
    LostAnswerError,
    MeshMessage,
    MessageSighting,
    NotAcceptedError,
    UnreachableError,
)
from ndoo.checking.mesh.responder import MessageTally, Responder
from ndoo.checking.mesh.wait_for_answer import Patience, wait_for
from ndoo.domain.errors import NoUsableList
from tests.mesh.simulator import (
    NATIONAL,
    POOL,
    TRUST,
    WORKFLOW,
    Chance,
    Disk,
    DyingJournal,
    SimulatedMailbox,
    World,
    lines,
)
from tests.mesh.test_peers import STAY, Table, who


class National:
    """The national side in a world without chance faults."""

    def __init__(self, folder: Path, habits: Habits = Habits()) -> None:  # noqa: B008  a value
        self.world = World(Chance(random.Random(1), 0, 0.0))
        self.journal = DyingJournal(Disk(folder, in_memory=False), self.world.chance)
        self.mailbox = SimulatedMailbox(self.world, NATIONAL, self.journal)
        self.tally = MessageTally()
        self.asked_for = 0
        self.habits = habits

    def who(self) -> Any:
        self.asked_for += 1
        return who()

    def round(self, source: Any = None) -> int:
        responder = Responder(
            self.journal, self.mailbox, NATIONAL, WORKFLOW, source or self.who, self.habits, self.world.clock
        )
        return responder.round(self.tally)

    def asks(self, body: bytes, local_id: str = "a-1", **more: Any) -> None:
        self.world.deliver(MeshMessage(self.world.new_id(), TRUST, WORKFLOW, local_id, "s", body, **more), NATIONAL)

    def sent(self) -> list[MeshMessage]:
        return [posted.message for posted in self.world.inboxes if posted.recipient == TRUST]


@pytest.fixture
def national(tmp_path: Path) -> Iterator[National]:
    made = National(tmp_path)
    yield made
    made.journal.close()


def test_receipt_and_list_go_to_whoever_asked_with_their_own_local_id(national: National) -> None:
    national.asks(lines(POOL[:12]))
    assert national.round() == 1
    assert [message.local_id for message in national.sent()] == ["a-1", "a-1"]
    assert sorted(national.sent()[1].body.split()) == sorted(lines(STAY).split())
    assert national.round() == 0
    assert (dict(national.tally.outcomes), national.asked_for) == ({"answered": 1}, 1)
    assert national.tally.lines["removed"] == 12 - len(STAY)


def test_what_was_answered_and_not_yet_acknowledged_is_not_answered_again(national: National) -> None:
    national.asks(lines(POOL[:12]))
    real = national.mailbox.acknowledge
    national.mailbox.acknowledge = lambda _: (_ for _ in ()).throw(KeyboardInterrupt())  # type: ignore[method-assign, misc]
    with pytest.raises(KeyboardInterrupt):
        national.round()
    national.mailbox.acknowledge = real  # type: ignore[method-assign]
    assert national.round() == 1
    assert len(national.sent()) == 2


def test_what_was_half_answered_is_gone_on_with(national: National) -> None:
    national.asks(lines(POOL[:12]))
    real, calls = national.mailbox.send, []

    def dying(letter: Letter, body: Any) -> str:
        calls.append(letter.subject)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(letter, body)

    national.mailbox.send = dying  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        national.round()
    national.round()
    assert calls == ["SUCCESS", "s", "s"]


def test_nothing_is_answered_from_what_is_too_old(national: National) -> None:
    def stale() -> Any:
        raise NoUsableList("list-stale", "Old.")

    national.asks(lines(POOL[:12]))
    with pytest.raises(NoUsableList):
        national.round(stale)
    assert (national.sent(), list(national.mailbox.waiting(WORKFLOW))) == ([], ["M000001"])


@pytest.mark.parametrize(
    ("same_file", "outcomes", "sent"),
    [
        (SameFile.ANSWER, {"answered": 2}, 4),
        (SameFile.SILENCE, {"answered": 1, "silent": 1}, 2),
    ],
)
def test_the_same_file_again_is_noted_and_met_as_the_switch_says(
    same_file: SameFile, outcomes: dict[str, int], sent: int, national: National
) -> None:
    national.habits = Habits(same_file=same_file)
    for local_id in ("a-1", "a-2"):
        national.asks(lines(POOL[:12]), local_id)
    national.round()
    assert (dict(national.tally.outcomes), len(national.sent())) == (outcomes, sent)
    assert national.tally.notes["had_before"] == 1


def test_a_rejection_counts_as_one(national: National) -> None:
    national.asks(b"1234567890,\n")
    national.round()
    assert dict(national.tally.outcomes) == {"rejected": 1}
    kind = National(national.journal.path.parent / "kind", Habits(Manner.KIND))
    kind.asks(b"\n")
    kind.round()
    assert dict(kind.tally.outcomes) == {"rejected": 1}
    kind.journal.close()


def test_what_asks_nothing_is_taken_out_and_counted(national: National, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responder, "LARGEST", 1_000)
    national.asks(b"", report=True)
    national.asks(b"x" * 1_001)
    national.asks(lines(POOL[:12]))
    national.mailbox.fetch, real = (
        lambda id, limit: None if id == "M000003" else real(id, limit),
        national.mailbox.fetch,
    )  # type: ignore[method-assign]
    assert national.round() == 2
    assert (dict(national.tally.outcomes), national.asked_for) == ({"report": 1, "too_long": 1}, 0)


def test_a_reply_that_mesh_refuses_is_given_up(national: National) -> None:
    national.asks(lines(POOL[:12]))
    national.mailbox.send = lambda *_: (_ for _ in ()).throw(NotAcceptedError("12"))  # type: ignore[method-assign]
    assert national.round() == 1
    assert dict(national.tally.outcomes) == {"undeliverable": 1}


@pytest.mark.parametrize("refused", [NotAcceptedError("403"), NotAcceptedError("401")])
def test_a_reply_waits_where_the_login_is_refused(refused: Exception, national: National) -> None:
    national.asks(lines(POOL[:12]))
    real = national.mailbox.send
    national.mailbox.send = lambda *_: (_ for _ in ()).throw(refused)  # type: ignore[method-assign]
    assert (national.round(), dict(national.tally.outcomes)) == (0, {})
    national.mailbox.send = real  # type: ignore[method-assign]
    assert (national.round(), len(national.sent())) == (1, 2)


def lost(national: National, *, arrives: bool, part: int) -> None:
    """The answer of MESH to that sending is lost."""
    real, calls = national.mailbox.send, [0]

    def sending(letter: Letter, body: Any) -> str:
        calls[0] += 1
        if calls[0] != part:
            return real(letter, body)
        if arrives:
            real(letter, body)
        raise LostAnswerError

    national.mailbox.send = sending  # type: ignore[method-assign]


@pytest.mark.parametrize("part", [1, 2])
@pytest.mark.parametrize("arrives", [False, True])
def test_a_reply_whose_fate_is_unknown_is_looked_for_and_neither_lost_nor_sent_twice(
    arrives: bool, part: int, national: National
) -> None:
    national.asks(lines(POOL[:12]))
    lost(national, arrives=arrives, part=part)
    assert (national.round(), dict(national.tally.outcomes)) == (0, {}), "not acknowledged"

    def tracked(*_: str) -> tuple[MessageSighting, str]:
        ids = [message.id for message in national.sent()]
        return (MessageSighting.SENT, ids[0] if len(ids) == 1 else "") if ids else (MessageSighting.ABSENT, "")

    national.mailbox.look_for = tracked  # type: ignore[method-assign]
    assert national.round() == 1
    assert [message.subject for message in national.sent()] == ["SUCCESS", "s"]
    assert dict(national.tally.outcomes) == {"answered": 1}
    assert not national.journal.rows("SELECT name FROM fact WHERE name LIKE 'doubt %' OR name LIKE 'first %'")


def test_where_mesh_cannot_tell_which_of_several_arrived_the_list_goes_again(national: National) -> None:
    """Two receipts under one local id look like a receipt and a list: the list would never have come."""
    national.asks(lines(POOL[:12]))
    real, calls = national.mailbox.send, [0]

    def sending(letter: Letter, body: Any) -> str:
        calls[0] += 1
        if calls[0] == 1:
            real(letter, body)
        if calls[0] in (1, 3):
            raise LostAnswerError
        return real(letter, body)

    national.mailbox.send = sending  # type: ignore[method-assign]
    sightings = iter([(MessageSighting.ABSENT, ""), (MessageSighting.SENT, "")])
    national.mailbox.look_for = lambda *_: next(sightings)  # type: ignore[method-assign]
    assert [national.round() for _ in range(3)] == [0, 0, 1]
    assert [message.subject for message in national.sent()] == ["SUCCESS", "SUCCESS", "s"]


def test_a_list_of_which_pieces_were_not_sent_is_sent_anew_and_not_looked_for(national: National) -> None:
    national.asks(lines(POOL[:12]))
    real, calls = national.mailbox.send, [0]

    def sending(letter: Letter, body: Any) -> str:
        calls[0] += 1
        if calls[0] == 2:
            raise LostAnswerError(half=True)
        return real(letter, body)

    national.mailbox.send = sending  # type: ignore[method-assign]
    national.mailbox.look_for = lambda *_: (MessageSighting.SENT, "")  # type: ignore[method-assign]
    assert [national.round() for _ in range(2)] == [0, 1]
    assert [message.subject for message in national.sent()] == ["SUCCESS", "s"]


def test_a_tracker_that_never_says_does_not_hold_the_inbox_up_for_ever(national: National) -> None:
    national.asks(lines(POOL[:12]))
    lost(national, arrives=True, part=2)
    national.mailbox.look_for = lambda *_: (MessageSighting.UNKNOWN, "")  # type: ignore[method-assign]
    rounds = [national.round() for _ in range(6)]
    assert rounds == [0, 0, 0, 0, 0, 1]
    assert len(national.sent()) == 2
    national.habits = Habits(Manner.KIND)
    national.asks(lines(POOL[:12]), " ")
    lost(national, arrives=True, part=1)
    assert [national.round() for _ in range(6)] == [0, 0, 0, 0, 0, 1], "nor a local id that cannot be looked for"


def test_a_list_of_which_mesh_said_last_that_a_piece_is_missing_never_counts_as_sent(national: National) -> None:
    """The asker waited for ever."""
    national.asks(lines(POOL[:12]))
    real, calls = national.mailbox.send, [0]

    def sending(letter: Letter, body: Any) -> str:
        calls[0] += 1
        if calls[0] == 2:
            raise LostAnswerError(message_id="M2", uploading=True)
        return real(letter, body)

    national.mailbox.send = sending  # type: ignore[method-assign]
    national.mailbox.look_for = lambda *_: (MessageSighting.UNKNOWN, "")  # type: ignore[method-assign]
    assert [national.round() for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert [message.subject for message in national.sent()] == ["SUCCESS", "s"]


def test_an_answer_that_mesh_never_has_is_given_up_in_the_end(
    national: National, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent again and again, for as long as the national side ran."""
    monkeypatch.setattr(responder, "_MOST_ANEW", 3)
    national.asks(lines(POOL[:12]))
    sent = []

    def sending(letter: Letter, body: Any) -> str:
        sent.append(letter.subject)
        raise LostAnswerError(message_id="M1", uploading=True)

    national.mailbox.send = sending  # type: ignore[method-assign]
    national.mailbox.look_for = lambda *_: (MessageSighting.ABSENT, "")  # type: ignore[method-assign]
    assert [national.round() for _ in range(6)] == [0, 0, 0, 0, 1, 0]
    assert len(sent) == 4
    assert dict(national.tally.outcomes) == {"undeliverable": 1}
    assert not national.journal.rows("SELECT name FROM fact WHERE name LIKE 'anew %'")


def test_mesh_may_ask_to_be_left_alone(national: National) -> None:
    national.asks(lines(POOL[:12]))
    national.mailbox.send = lambda *_: (_ for _ in ()).throw(LostAnswerError(7.0))  # type: ignore[method-assign]
    with pytest.raises(UnreachableError) as asked:
        national.round()
    assert asked.value.wait_seconds == 7.0


# -- waiting ---------------------------------------------------------------------------------------


def test_waiting_ends_when_time_is_up_and_not_before(tmp_path: Path) -> None:
    table, slept, passed = Table(tmp_path), [], [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        passed[0] += seconds

    asked = table.asks()
    told: list[float] = []
    waited = wait_for(
        table.journal,
        table.asker,
        asked,
        Patience(25, 10, lambda: passed[0], sleep),
        told=lambda request, seen, at: told.append(at),
    )
    assert (slept, told, waited.request.state) == ([10, 10, 5], [0, 10, 20, 25], "open")
    table.replies(asked, lines(STAY))
    waited = wait_for(table.journal, table.asker, asked, Patience(25, 10, lambda: passed[0], sleep))
    assert (len(slept), waited.request.state) == (3, "answered")
    table.journal.close()


def test_a_refused_login_is_not_tried_for_an_hour(tmp_path: Path) -> None:
    table = Table(tmp_path)
    asked = table.asks()
    refusing = iter([True, False, True, True, True])
    table.mailbox.waiting = lambda _: (_ for _ in ()).throw(
        UnreachableError("x", AtFault.LOGIN if next(refusing) else AtFault.WAY)
    )  # type: ignore[method-assign, misc]
    slept: list[float] = []
    waited = wait_for(table.journal, table.asker, asked, Patience(1e9, 1, lambda: 0, slept.append))
    assert len(slept) == 3
    assert waited.last.unreachable
    table.journal.close()
