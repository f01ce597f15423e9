"""A rehearsal claims what it saw and nothing else, and leaves everybody else's messages where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.mesh import client
from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import Letter, LostAnswerError, NotAcceptedError, UnreachableError
from ndoo.checking.mesh.rehearsal import on_stand_in
from ndoo.checking.mesh.rehearsal.case import CaseOutcome, CasePlace, CaseSeen, cases
from ndoo.checking.mesh.rehearsal.notes import Notes
from ndoo.checking.mesh.rehearsal.on_mailbox import CHUNK, OnMailbox, Site
from ndoo.checking.mesh.rehearsal.report import RehearsalSubject, document, page
from ndoo.checking.mesh.rehearsal.run_cases import complete, rehearse
from ndoo.checking.mesh.rehearsal.stand_in import ANSWERING, ASKING, StandIn, standing_in

CROWD = 23


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    slept: int = 0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += 1
        self.now += timedelta(seconds=seconds)


@dataclass
class Stage:
    """A mailbox of the stand-in, played as the one of a profile."""

    mesh: StandIn
    journal: Journal
    site: Site
    clock: Clock

    def rehearsal(self) -> OnMailbox:
        return OnMailbox(self.site, Notes.read(self.journal, ASKING), CROWD)

    def put(self, local_id: str, body: bytes = b"somebody's results") -> str:
        """A message of another program in the inbox."""
        return self.site.sender.send(Letter(ASKING, self.site.workflow, local_id, "s", "f.dat"), [body])

    def inbox(self) -> list[str]:
        return [kept.id for kept in self.mesh.inbox(ASKING, "")]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    import time

    monkeypatch.setattr(client, "PAGE", 10)
    clock, journal = Clock(), Journal(tmp_path, durable=False)
    with standing_in() as mesh:
        profile = mesh.profile()
        with NetworkMailbox(profile) as box, NetworkMailbox(profile, chunk_size=CHUNK) as in_chunks:
            site = Site(
                box,
                box,
                in_chunks,
                None,
                ASKING,
                ASKING,
                profile.workflow,
                tmp_path,
                clock,
                time.monotonic,
                clock.sleep,
            )
            yield Stage(mesh, journal, site, clock)
    journal.close()


def test_a_mailbox_that_does_all_that_is_wanted(stage: Stage) -> None:
    at = stage.rehearsal()
    steps = at.steps()
    assert set(steps) == {case.key for case in cases()}
    came = {key: step().outcome for key, step in steps.items()}
    assert {key for key, outcome in came.items() if outcome is not CaseOutcome.PASSED} == {"disabled", "report"}
    assert (came["disabled"], came["report"]) == (CaseOutcome.NOT_RUN, CaseOutcome.WAITING)
    at.finish()
    assert len(stage.inbox()) == 1, "what nobody is to collect stays"


def test_what_is_somebody_elses_stays_where_it_is(stage: Stage) -> None:
    theirs = [stage.put(f"a-{number}") for number in range(12)]
    at = stage.rehearsal()
    at.clear()
    for key, step in at.steps().items():
        assert key == "report" or step().outcome in (CaseOutcome.PASSED, CaseOutcome.NOT_RUN)
    at.finish()
    assert stage.inbox() == theirs


def test_a_rehearsal_that_was_cut_short_is_cleared_away_by_the_next_one(stage: Stage) -> None:
    other = stage.put("NDOO-REHEARSAL-of-somebody-else")
    cut_short = stage.rehearsal()
    waits = cut_short.report()
    for _ in range(3):
        cut_short._sent(b"rehearsal")
    at = stage.rehearsal()
    assert at.clear() == 3
    assert len(stage.inbox()) == 2, "the one that waits five days, and the other's"
    assert other in stage.inbox()
    assert at.report() == waits, "it goes on waiting for the same one"
    at.finish()
    assert stage.rehearsal().clear() == 0


def test_what_a_case_leaves_behind_is_taken_out_at_the_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    at = stage.rehearsal()
    with monkeypatch.context() as patch:
        patch.setattr(stage.site.receiver, "fetch", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            at.receive()
    assert len(stage.inbox()) == 1
    at.finish()
    assert stage.inbox() == []


def test_a_message_of_which_nobody_knows_is_looked_for_by_the_next_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, send = stage.rehearsal(), stage.site.sender.send

    def losing(*arguments: Any) -> str:
        send(*arguments)
        raise LostAnswerError

    with monkeypatch.context() as patch:
        patch.setattr(stage.site.sender, "send", losing)
        with pytest.raises(LostAnswerError):
            at.send()
    at.finish()
    assert len(stage.inbox()) == 1
    assert stage.rehearsal().clear() == 1


def test_five_days_later_the_report_is_found_among_others(stage: Stage) -> None:
    assert stage.rehearsal().report().outcome is CaseOutcome.WAITING
    stage.clock.now += timedelta(days=4)
    assert stage.rehearsal().report().outcome is CaseOutcome.WAITING, "it is not due yet"
    stage.put("a-1")
    stage.mesh.days_pass()
    stage.put("a-2")
    stage.clock.now += timedelta(days=2)
    came = stage.rehearsal().report()
    assert (came.outcome, "2026-11-28" in came.seen, "code 14" in came.seen) == (CaseOutcome.PASSED, True, True)
    assert len(stage.inbox()) == 2, "the other message, and the other's report"
    assert stage.rehearsal().report() == came


def test_a_report_that_never_comes_is_said(stage: Stage) -> None:
    stage.rehearsal().report()
    stage.clock.now += timedelta(days=8)
    came = stage.rehearsal().report()
    assert came.outcome is CaseOutcome.DIFFERS
    assert "8 days" in came.seen


def test_a_report_of_something_else_does_not_pass(stage: Stage) -> None:
    stage.rehearsal().report()
    stage.mesh.days_pass()
    stage.mesh.messages[-1].headers["mex-statuscode"] = "12"
    assert stage.rehearsal().report().outcome is CaseOutcome.DIFFERS


def test_a_mailbox_that_was_disabled(stage: Stage) -> None:
    with NetworkMailbox(stage.mesh.profile(ANSWERING)) as shut:
        stage.site = replace(stage.site, disabled=shut)
        assert stage.rehearsal().disabled().outcome is CaseOutcome.NOT_PROVOKED, "it is not disabled"
        stage.mesh.disabled = True
        came = stage.rehearsal().disabled()
    assert (came.outcome, came.seen) == (CaseOutcome.PASSED, "MESH answered 403.")


def test_a_mesh_that_hands_out_again_what_was_acknowledged_does_not_pass(stage: Stage) -> None:
    class Kind(dict[str, int]):
        def get(self, *_: Any) -> int:
            return 200

    stage.mesh.answering = Kind()
    assert stage.rehearsal().gone().outcome is CaseOutcome.NOT_PROVOKED


def test_a_crowd_that_fits_on_one_page_proves_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 500)
    assert stage.rehearsal().crowd().outcome is CaseOutcome.NOT_PROVOKED


def test_a_recipient_that_takes_what_it_should_not(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.site.sender, "send", lambda *_: "id")
    assert stage.rehearsal().recipient().outcome is CaseOutcome.DIFFERS


def test_a_message_that_never_is_listed_does_not_pass(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.site.receiver, "waiting", lambda _: iter(()))
    came = stage.rehearsal().receive()
    assert (came.outcome, stage.clock.slept) == (CaseOutcome.DIFFERS, 23)
    assert came.seen.startswith("It was not listed")


def test_a_body_that_comes_back_changed_does_not_pass(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.site.receiver, "fetch", lambda *_: None)
    at = stage.rehearsal()
    assert [at.receive().outcome, at.chunks().outcome, at.crowd().outcome] == [CaseOutcome.DIFFERS] * 3
    assert "changed, or not at all" in at.receive().seen


def test_two_runs_that_do_not_wait_for_each_other_are_seen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    from contextlib import nullcontext

    together = threading.Barrier(2)
    monkeypatch.setattr(OnMailbox, "_only_one", lambda _: nullcontext())
    for box in (stage.site.sender, stage.site.in_chunks):
        monkeypatch.setattr(box, "waiting", lambda _: iter([together.wait()]))
    assert stage.rehearsal().alone().outcome is CaseOutcome.DIFFERS


def test_a_mailbox_that_is_lost_meanwhile_is_what_was_seen(stage: Stage) -> None:
    at, clock = stage.rehearsal(), stage.clock
    stage.mesh.disabled = True
    with pytest.raises(UnreachableError):
        at.alone()
    told: list[CaseOutcome] = []
    results = rehearse(
        {CasePlace.MAILBOX: at.steps()}, clock, lambda: 0.0, lambda result: told.append(result.came.outcome)
    )
    seen = {result.case.key: result.came.seen for result in results}
    assert seen["handshake"] == "The mailbox could not be used: MESH answered 403."
    assert seen["send"] == "MESH did not take the message, and gave code 403."
    assert [result.came.outcome for result in results] == told
    assert not complete(results)


def test_a_lost_answer_and_a_refusal_are_told_apart(stage: Stage) -> None:
    def raising(error: Exception) -> CaseSeen:
        raise error

    steps = {case.key: lambda: CaseSeen("a", "b", CaseOutcome.PASSED) for case in cases()}
    steps |= {
        "send": lambda: raising(LostAnswerError()),
        "receive": lambda: raising(NotAcceptedError("17")),
        "chunks": lambda: raising(NotAcceptedError("")),
    }
    seen = {
        result.case.key: result.came
        for result in rehearse({CasePlace.MAILBOX: steps}, stage.clock, lambda: 0.0, lambda _: None)
    }
    assert seen["send"].seen.startswith("Nobody can say")
    assert [seen[key].seen.rpartition(" gave ")[2] for key in ("receive", "chunks")] == ["code 17.", "no code."]
    assert seen["send"].done == "Begun: a message is sent."


def test_how_ndoo_takes_what_a_misbehaving_mesh_does() -> None:
    steps = on_stand_in.steps(Clock(), 600)
    results = rehearse({CasePlace.STAND_IN: steps}, Clock(), lambda: 0.0, lambda _: None)
    assert [result.case.key for result in results] == ["crowd", "disabled", "recipient", "report", "missing", "gone"]
    assert {result.came.outcome for result in results} == {CaseOutcome.PASSED}
    assert not complete(results), "what only the mailbox can show was not run"


def test_it_is_complete_once_all_came_to_an_end_and_none_waits(stage: Stage) -> None:
    steps = {case.key: lambda: CaseSeen("a", "b", CaseOutcome.PASSED) for case in cases()}
    whole = rehearse({CasePlace.MAILBOX: steps}, stage.clock, lambda: 0.0, lambda _: None)
    assert complete(whole)
    waiting = {**steps, "report": lambda: CaseSeen("a", "b", CaseOutcome.WAITING)}
    assert not complete(whole + rehearse({CasePlace.MAILBOX: waiting}, stage.clock, lambda: 0.0, lambda _: None))


@pytest.mark.parametrize("confirmed_by", ["", "<NHS England>"])
def test_the_page_says_what_the_object_says(confirmed_by: str, stage: Stage) -> None:
    steps = {case.key: lambda: CaseSeen("<done>", "<seen>", CaseOutcome.NOT_RUN) for case in cases()}
    results = rehearse({CasePlace.MAILBOX: steps}, stage.clock, lambda: 1.25, lambda _: None)
    about = RehearsalSubject("trust", ASKING, ANSWERING, "W", "mesh.example", "other")
    told = document(results, about, stage.clock(), complete=bool(confirmed_by))
    assert (told["outcomes"], len(told["cases"])) == ({"not_run": 11}, 11)
    told["catalogue"]["confirmed_by"] = confirmed_by
    shown = page(told)
    assert shown.count("&lt;done&gt;") == shown.count("&lt;seen&gt;") == 11
    assert "<done>" not in shown
    assert ("Nobody has confirmed it." in shown) is not bool(confirmed_by)
    assert "600" not in shown.split("<h2>The cases</h2>")[0]
