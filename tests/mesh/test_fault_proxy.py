"""Whatever stands between ndoo and MESH, and answers in its place: no request is lost, none is acknowledged unread, nothing is
an unexpected fault, and one bad message stops nobody behind it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ndoo.checking.mesh import client
from ndoo.checking.mesh.alarms import alarms, unread
from ndoo.checking.mesh.message import UnreachableError
from ndoo.checking.mesh.requests import RequestState, sendings_of
from tests.mesh import fault_proxy
from tests.mesh.fault_proxy import (
    PEOPLE,
    STAY,
    STEPS,
    WRONG,
    Play,
    Proxy,
    Wrong,
    at,
    by_chance,
    half_a_gzip,
    lines,
    never,
)
from tests.mesh.simulator import NATIONAL, STRANGER, TRUST, WORKFLOW


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


def play(folder: Path, asking: object = never, answering: object = never) -> Play:
    return Play(folder, {TRUST: Proxy(asking), NATIONAL: Proxy(answering)})  # type: ignore[arg-type]


@pytest.mark.parametrize("side", [TRUST, NATIONAL])
@pytest.mark.parametrize("step", list(STEPS))
@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.soak)])
def test_no_wrong_answer_at_any_step_loses_a_request(every: int, step: str, side: str, folder: Path) -> None:
    """A wrong answer twice in a row at that step, swallowed or with its effect; here some, in the long runs each."""
    for number, name in list(enumerate(WRONG))[list(STEPS).index(step) % every :: every]:
        swallowed = bool(number % 2)
        made = play(
            folder / f"{number}", **{"asking" if side == TRUST else "answering": at(step, name, 2, swallowed=swallowed)}
        )
        try:
            asked = made.run(25)
            assert made.allowed(asked) == STAY, (name, step)
            for _ in range(2):
                made.respond()
                made.ask()
            assert not made.mesh.inbox(TRUST) and not made.mesh.inbox(NATIONAL), (name, step)
            assert unread(made.journals[side], side) == [], (name, step)
        finally:
            made.close()


LOT = 500
MANY = [range(first, first + LOT) for first in range(0, 10_000, LOT)]


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param((*range(10), 116, 200, 614, 2057, 3058, 7629), id="few"),
        *(pytest.param(lot, id=f"many-{lot.start}", marks=pytest.mark.soak) for lot in MANY),
    ],
)
def test_every_wrong_answer_everywhere_ends_in_the_right_list_and_an_empty_inbox(
    seeds: Iterable[int], folder: Path
) -> None:
    for seed in seeds:
        dice = random.Random(seed)
        faults, rate = dice.choice((3, 10, 30)), dice.choice((0.1, 0.3, 0.6))
        made = play(folder / str(seed), by_chance(dice, faults, rate), by_chance(dice, faults, rate))
        bad = made.mesh.put(STRANGER, NATIONAL, "theirs", **half_a_gzip())
        try:
            asked = made.run(200)
            assert made.allowed(asked) == STAY, seed
            quiet = 0
            for _ in range(60):
                made.respond()
                made.ask()
                quiet = quiet + 1 if _only_the_bad_one_lies(made, bad) else 0
                if quiet == 5:
                    break
            assert _only_the_bad_one_lies(made, bad), seed
        finally:
            made.close()


def _only_the_bad_one_lies(made: Play, bad: str) -> bool:
    told = [alarm.code for alarm in unread(made.journals[NATIONAL], NATIONAL)]
    return (made.mesh.inbox(NATIONAL), made.mesh.inbox(TRUST), told) == ([bad], [], ["set-aside"])


def test_half_a_gzip_from_somebody_else_does_not_stop_the_honest_request_behind_it(folder: Path) -> None:
    made = play(folder)
    bad = [made.mesh.put(STRANGER, NATIONAL, f"theirs-{at}", **half_a_gzip()) for at in range(5)]
    assert made.allowed(made.run(3)) == STAY
    assert made.mesh.inbox(NATIONAL) == bad
    [alarm] = unread(made.journals[NATIONAL], NATIONAL)
    assert (
        alarm.sentence
        == "Messages that could not be read: 5 (its packed body is cut off). What could not be read stays in the inbox, and is tried again."
    )
    made.mesh.gone.update(bad)
    made.respond()
    assert unread(made.journals[NATIONAL], NATIONAL) == [], "what left the inbox is not told of for ever"
    made.close()


def test_a_bad_message_in_our_inbox_does_not_stop_our_answer(folder: Path) -> None:
    made = play(folder)
    for n in range(4):
        made.mesh.put(STRANGER, TRUST, f"theirs-{n}", **half_a_gzip())
    assert made.allowed(made.run(4)) == STAY
    assert [alarm.code for alarm in alarms(made.journals[TRUST], TRUST, made.clock(), 21)] == ["set-aside"]
    made.close()


def test_a_maintenance_page_is_never_taken_for_a_message(folder: Path) -> None:
    made = play(folder, at("fetch", "html", 1_000))
    made.ask()
    made.respond()
    for _ in range(30):
        asked, seen = made.ask()
        assert (asked.state, seen.taken) == (RequestState.OPEN, 0)
    assert len(made.mesh.inbox(TRUST)) == 2, "nothing was acknowledged"
    assert not made.journals[TRUST].rows("SELECT id FROM message")
    [alarm] = unread(made.journals[TRUST], TRUST)
    assert "something else than MESH answered 200, text/html" in alarm.sentence
    made.proxies[TRUST] = Proxy(never)
    assert made.allowed(made.run(4)) == STAY
    made.close()


def test_mesh_is_left_alone_for_as_long_as_it_asks(folder: Path) -> None:
    for step in ("list", "fetch", "send"):
        made = play(folder / step, at(step, "slow down", 1))
        made.ask()
        made.respond()
        made.ask()
        assert made.waits == [7.0], step
        assert made.allowed(made.run(8)) == STAY
        made.close()


def test_when_nothing_gets_through_the_rest_of_the_inbox_is_left_for_the_next_round(folder: Path) -> None:
    made = play(folder)
    for n in range(6):
        made.mesh.put(STRANGER, TRUST, f"theirs-{n}", b"x")
        made.mesh.put(TRUST, NATIONAL, f"ours-{n}", lines(PEOPLE))
    made.proxies = {side: Proxy(at("fetch", "time-out", 100)) for side in (TRUST, NATIONAL)}
    _, seen = made.ask()
    assert (seen.aside, seen.unreachable is not None) == (3, True)
    made.respond()
    assert made.waits == [0.0, 0.0]
    assert [made.proxies[side].seen["time-out at fetch"] for side in made.proxies] == [3, 3]
    made.close()


def test_an_answer_of_many_pieces_is_whole_or_none(folder: Path) -> None:
    made = play(folder)
    made.ask()
    made.respond()
    the_list = made.mesh.kept[made.mesh.inbox(TRUST)[-1]]
    assert the_list.total > 1

    def counted_wrongly(step: str) -> tuple[str, bool] | None:
        return ("piece of two", False) if step == "piece" else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fault_proxy, "WRONG", {**WRONG, "piece of two": fault_proxy.changed(mex_chunk_range="2:99")})
        made.proxies[TRUST] = Proxy(counted_wrongly)
        asked, seen = made.ask()
    assert (asked.state, seen.aside) == (RequestState.OPEN, 2), "the receipt, and the list"
    made.close()


def test_a_page_that_leads_on_for_ever_ends_somewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_MOST_PAGES", 2)
    made = play(folder)
    ids = [made.mesh.put(STRANGER, TRUST, f"theirs-{n}", b"x") for n in range(9)]
    with made.mailbox(TRUST) as mailbox:
        assert list(mailbox.waiting(WORKFLOW)) == ids[:4]
    made.close()


def test_a_redirect_acknowledges_nothing(folder: Path) -> None:
    made = play(folder, at("acknowledge", "redirect", 9, swallowed=True))
    id = made.mesh.put(STRANGER, TRUST, "theirs", b"x")
    with made.mailbox(TRUST) as mailbox, pytest.raises(UnreachableError, match="redirects elsewhere"):
        mailbox.acknowledge(id)
    made.close()


def test_what_the_inbox_shows_is_taken_although_its_next_page_is_broken(folder: Path) -> None:
    made = play(folder)
    made.ask()
    made.respond()
    for n in range(3):
        made.mesh.put(STRANGER, TRUST, f"theirs-{n}", b"x")
    listed = [0]

    def second_page(step: str) -> tuple[str, bool] | None:
        listed[0] += step == "list"
        return ("html", False) if step == "list" and listed[0] % 2 == 0 else None

    made.proxies[TRUST] = Proxy(second_page)
    asked, seen = made.ask()
    assert (asked.state, seen.taken) == (RequestState.ANSWERED, 2)
    assert seen.unreachable is not None
    made.close()


def test_a_refusal_of_mesh_itself_is_one_and_a_login_that_is_refused_costs_no_request(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: dict[str, Wrong] = {
        "unknown recipient": fault_proxy.says(417, {"detail": [{"event": "SEND", "code": "12", "msg": "x"}]}),
        "refused login": fault_proxy.says(403, {"detail": [{"code": "", "msg": "Invalid"}]}),
    }
    monkeypatch.setattr(fault_proxy, "WRONG", {**WRONG, **refusals})
    made = play(folder / "recipient", at("send", "unknown recipient", 1, swallowed=True))
    asked, _ = made.ask()
    assert asked.state is RequestState.UNDELIVERED
    assert [alarm.code for alarm in alarms(made.journals[TRUST], TRUST, made.clock(), 21)] == ["refused"]
    made.close()
    made = play(folder / "login", at("send", "refused login", 3, swallowed=True))
    asked, seen = made.ask()
    assert (asked.state, seen.unreachable and seen.unreachable.refused) == (RequestState.OPEN, True)
    assert [str(sending.state) for sending in sendings_of(made.journals[TRUST], asked)] == ["recorded"]
    assert [alarm.code for alarm in alarms(made.journals[TRUST], TRUST, made.clock(), 21)] == ["login-refused"]
    assert made.allowed(made.run(8)) == STAY
    made.close()


def test_lines_of_this_play_are_the_people_asked_about() -> None:
    assert lines(PEOPLE).count(b"\n") == 12 > len(STAY) > 0
