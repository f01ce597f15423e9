"""Each request is answered once, in order, and stays in the inbox while there is nothing fresh to answer from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.mesh import responding
from ndoo.checking.mesh.answering import Habits, Manner, SameFile
from ndoo.checking.mesh.message import Letter, LostAnswerError, Message, NotAcceptedError
from ndoo.checking.mesh.responding import Responder, Tally
from ndoo.checking.mesh.waiting import wait_for
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
        self.tally = Tally()
        self.asked_for = 0
        self.habits = habits

    def who(self) -> Any:
        self.asked_for += 1
        return who()

    def round(self, source: Any = None) -> int:
        responder = Responder(self.journal, self.mailbox, NATIONAL, WORKFLOW, source or self.who, self.habits, self.world.clock)  # fmt: skip
        return responder.round(self.tally)

    def asks(self, body: bytes, local_id: str = "a-1", **more: Any) -> None:
        self.world.deliver(Message(self.world.new_id(), TRUST, WORKFLOW, local_id, "s", body, **more), NATIONAL)

    def sent(self) -> list[Message]:
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


@pytest.mark.parametrize(("same_file", "outcomes", "sent"), [
    (SameFile.ANSWER, {"answered": 2}, 4), (SameFile.SILENCE, {"answered": 1, "silent": 1}, 2),
])  # fmt: skip
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
    monkeypatch.setattr(responding, "LARGEST", 1_000)
    national.asks(b"", report=True)
    national.asks(b"x" * 1_001)
    national.asks(lines(POOL[:12]))
    national.mailbox.fetch, real = (
        lambda id, limit: None if id == "M000003" else real(id, limit),
        national.mailbox.fetch,
    )  # type: ignore[method-assign]
    assert national.round() == 2
    assert (dict(national.tally.outcomes), national.asked_for) == ({"report": 1, "too_long": 1}, 0)


@pytest.mark.parametrize(("error", "outcome"), [(LostAnswerError(), "answered"), (NotAcceptedError("12"), "undeliverable")])  # fmt: skip
def test_a_reply_that_is_lost_is_not_sent_twice(error: Exception, outcome: str, national: National) -> None:
    calls = []

    def failing(*_: object) -> str:
        calls.append(1)
        raise error

    national.asks(lines(POOL[:12]))
    national.mailbox.send = failing  # type: ignore[method-assign]
    assert national.round() == 1
    assert dict(national.tally.outcomes) == {outcome: 1}
    assert len(calls) == (2 if outcome == "answered" else 1)


# -- waiting ---------------------------------------------------------------------------------------


def test_waiting_ends_when_time_is_up_and_not_before(tmp_path: Path) -> None:
    table, slept, passed = Table(tmp_path), [], [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        passed[0] += seconds

    asked = table.asks()
    told: list[float] = []
    waited = wait_for(table.journal, table.asker, asked, timeout=25, every=10, elapsed=lambda: passed[0], sleep=sleep,
                      told=lambda request, seen, at: told.append(at))  # fmt: skip
    assert (slept, told, waited.request.state) == ([10, 10, 5], [0, 10, 20, 25], "open")
    table.replies(asked, lines(STAY))
    waited = wait_for(table.journal, table.asker, asked, timeout=25, every=10, elapsed=lambda: passed[0], sleep=sleep)
    assert (len(slept), waited.request.state) == (3, "answered")
    table.journal.close()


def test_a_refused_login_is_not_tried_for_an_hour(tmp_path: Path) -> None:
    from ndoo.checking.mesh.message import UnreachableError

    table = Table(tmp_path)
    asked = table.asks()
    refusing = iter([True, False, True, True, True])
    table.mailbox.waiting = lambda _: (_ for _ in ()).throw(UnreachableError("x", refused=next(refusing)))  # type: ignore[method-assign, misc]
    slept: list[float] = []
    waited = wait_for(table.journal, table.asker, asked, timeout=1e9, every=1, elapsed=lambda: 0, sleep=slept.append)
    assert len(slept) == 3
    assert waited.last.unreachable
    table.journal.close()
