"""What goes wrong in public clients does not go wrong here. Each defect bites a naive client first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ndoo.checking.freshness import judge_age
from ndoo.checking.list_file import read_list
from ndoo.checking.mesh.answer_list import Habits, ListNote, SameFile
from ndoo.checking.mesh.answer_list import answer as national_answer
from ndoo.checking.mesh.exchange import HANDSHAKE_EVERY, Asker
from ndoo.checking.mesh.message import Letter, MeshMessage, UnreachableError
from ndoo.checking.mesh.profile import read_profile
from ndoo.checking.mesh.reply_kinds import CleanedReply, MeshQuestion, MeshReceipt, Other, Rejection, Why, judge
from ndoo.checking.mesh.requests import SAFE, MeshRequest, RequestState, answer, request, sendings_of
from ndoo.checking.numbers_file import gather
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.nhs_number import NHSNumber
from ndoo.numbers.cleaned_list import CleanedList
from tests.mesh import naive
from tests.mesh.simulator import (
    GONE,
    NATIONAL,
    POOL,
    PROFILE,
    REJECTION,
    STRANGER,
    TRUST,
    WORKFLOW,
    Chance,
    CrashError,
    Disk,
    DyingJournal,
    SimulatedMailbox,
    SmallSet,
    World,
    lines,
)

ASKED = POOL[:12]
STAY = [number for number in ASKED if number not in GONE]
RECEIPT = b'{"version": 10, "id": 7, "status": "pending", "dataset_id": "mesh_to_pos"}'
EXAMPLES = (
    "9000543664",
    "9000956406",
    "9000617017",
    "9000429321",
    "9000504543",
    "9000962382",
    "9000898358",
    "9000803888",
    "9000925967",
)
"""Of the numbers in NHS guidance: five that fail the check digit, and the only four that pass it."""


class Table:
    """An asker at a mailbox in a world without chance faults."""

    def __init__(self, folder: Path) -> None:
        self.world = World(Chance(random.Random(1), 0, 0.0))
        self.journal = DyingJournal(Disk(folder, in_memory=False), self.world.chance)
        self.mailbox = SimulatedMailbox(self.world, TRUST, self.journal)
        self.asker = Asker(self.journal, self.mailbox, PROFILE, self.world.clock, folder)

    def asks(self, numbers: list[str] = ASKED) -> MeshRequest:
        people = SmallSet(numbers)
        asked = self.asker.ask(people, len(people.numbers))
        self.asker.round()
        return self.now(asked)

    def replies(self, asked: MeshRequest, body: bytes, *, sender: str = NATIONAL, **more: str) -> None:
        local_id = sendings_of(self.journal, asked)[-1].local_id
        plain = MeshMessage(self.world.new_id(), sender, WORKFLOW, local_id, "x", body)
        self.world.deliver(replace(plain, **more), TRUST)

    def now(self, asked: MeshRequest) -> MeshRequest:
        return request(self.journal, asked.id)

    def allowed(self, asked: MeshRequest) -> set[str]:
        people = answer(self.journal, self.now(asked))
        return {number for number in POOL if NHSNumber(number) in people}

    def count(self, call: str) -> list[str]:
        """Notes the ids with which the mailbox is called from now on."""
        seen: list[str] = []
        before = getattr(self.mailbox, call)

        def noting(*arguments: object) -> object:
            seen.append(str(arguments[0]) if arguments else "")
            return before(*arguments)

        setattr(self.mailbox, call, noting)
        return seen


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path)
    yield made
    made.journal.close()


def question() -> MeshQuestion:
    return MeshQuestion(NATIONAL, WORKFLOW, SmallSet(ASKED), len(ASKED))


def reply(body: bytes) -> MeshMessage:
    return MeshMessage("1", NATIONAL, WORKFLOW, "l", "s", body)


def who() -> CleanedList:
    now = World(Chance(random.Random(1), 0, 0.0)).now
    return CleanedList(Provenance(Polarity.OPTED_OUT, "test", None, now, 0, 21, len(GONE)), SmallSet(GONE))


def parts(body: bytes, subject: str = "RA9OT001-02112026-0001", local_id: str = "a-1") -> list[bytes]:
    asked = MeshMessage("1", TRUST, WORKFLOW, local_id, subject, body)
    came = national_answer(asked, who(), Habits(), World(Chance(random.Random(1), 0, 0.0)).now)
    return [b"".join(part.body) for part in came.parts]


def test_a_receipt_is_not_the_list(table: Table) -> None:
    assert naive.opted_out_is_what_did_not_come_back(set(ASKED), RECEIPT) == set(ASKED), "everybody is opted out"
    assert isinstance(judge(question(), reply(RECEIPT)), MeshReceipt)
    asked = table.asks()
    table.replies(asked, RECEIPT)
    table.asker.round()
    assert table.now(asked).state is RequestState.OPEN
    table.replies(asked, lines(STAY))
    table.asker.round()
    assert table.allowed(asked) == set(STAY)


def test_the_first_message_with_our_local_id_is_not_the_list(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, RECEIPT)
    table.replies(asked, lines(STAY))
    local_id = sendings_of(table.journal, asked)[0].local_id
    assert naive.takes_the_first_message(table.mailbox, WORKFLOW, local_id) == RECEIPT
    table.asker.round()
    assert table.allowed(asked) == set(STAY)


@pytest.mark.parametrize(
    "body", [REJECTION, REJECTION + b"\r\n", b"\n", b""], ids=["rejection", "crlf", "blank", "empty"]
)
def test_a_rejection_or_a_blank_says_nothing_about_anybody(body: bytes, table: Table) -> None:
    assert naive.opted_out_is_what_did_not_come_back(set(ASKED), body) == set(ASKED), "everybody is opted out"
    assert naive.no_opt_outs_in_what_cannot_be_read(set(ASKED), body) == set(ASKED), "or everybody stays"
    asked = table.asks()
    table.replies(asked, body)
    table.asker.round()
    state = table.now(asked).state
    assert state is (RequestState.REJECTED if body.strip() else RequestState.OPEN)
    with pytest.raises(NoUsableList):
        answer(table.journal, table.now(asked))


def test_one_invalid_number_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    column = [*ASKED[:6], "1234567890", *ASKED[6:]]
    assert parts(naive.sends_as_it_is(column))[-1].strip() == REJECTION
    path = tmp_path / "numbers.csv"
    path.write_text("nhs_number\n" + "\n".join(column) + "\n")
    gathered = gather(path)
    assert (gathered.asked, dict(gathered.held)) == (12, {"check_digit": 1})
    assert parts(b"".join(gathered.people.lines()))[-1].split() == [f"{n},".encode() for n in sorted(STAY)]


def test_the_example_numbers_of_the_guidance_are_not_sent_as_they_are(tmp_path: Path) -> None:
    assert parts(naive.sends_as_it_is(EXAMPLES))[-1].strip() == REJECTION
    path = tmp_path / "examples.dat"
    path.write_bytes(naive.sends_as_it_is(EXAMPLES))
    gathered = gather(path)
    assert (gathered.asked, dict(gathered.held)) == (4, {"check_digit": 5})


def test_somebody_who_was_not_asked_about_makes_a_list_somebody_elses(table: Table) -> None:
    other = lines(POOL[12:24])
    assert naive.allowed_is_every_line(other) & set(ASKED) == set()
    mixed = lines([*STAY, POOL[40]])
    assert POOL[40] in naive.allowed_is_every_line(mixed)
    for body in (other, mixed):
        assert judge(question(), reply(body)) == Other(Why.NOT_A_SUBSET)
    asked = table.asks()
    table.replies(asked, mixed)
    table.asker.round()
    assert table.now(asked).state is RequestState.OPEN


def test_two_batches_in_flight_are_not_mixed_up(table: Table) -> None:
    first, second = table.asks(POOL[:12]), table.asks(POOL[12:24])
    answers = [[number for number in batch if number not in GONE] for batch in (POOL[:12], POOL[12:24])]
    table.replies(second, lines(answers[1]))
    table.replies(first, lines(answers[1]))
    table.asker.round()
    assert (table.now(first).state, table.now(second).state) == (RequestState.OPEN, RequestState.ANSWERED)
    table.replies(first, lines(answers[0]))
    table.asker.round()
    assert [table.allowed(first), table.allowed(second)] == [set(answers[0]), set(answers[1])]


@pytest.mark.parametrize("end", [",\n", ",\r\n", "\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_form_of_a_reply_takes_nobody_out(end: str, mark: str) -> None:
    body = (mark + "".join(number + end for number in STAY)).encode()
    if end == "\n":
        assert naive.cuts_the_last_character(body).isdisjoint(STAY), "a digit is cut off"
    if end == ",\n":
        assert naive.compares_untrimmed(set(ASKED), body) == set(), "the comma stays on"
    came = judge(question(), reply(body))
    assert isinstance(came, CleanedReply)
    assert came.count == len(STAY)
    assert all(NHSNumber(number) in came.allowed for number in STAY)


@pytest.mark.parametrize("cut", range(1, 24))
def test_half_a_list_is_no_list(cut: int) -> None:
    body = lines(STAY)[:-cut]
    whole = body.endswith((b",\n", b","))
    if cut > 2:
        assert naive.opted_out_is_what_did_not_come_back(set(ASKED), body) != set(ASKED) - set(STAY)
    if not whole:
        assert judge(question(), reply(body)) == Other(Why.HALF)
    else:  # cut between two lines: it cannot be seen here, and takes people out, never in
        came = judge(question(), reply(body))
        assert isinstance(came, CleanedReply)
        assert came.count >= len(STAY) - 2


def test_a_message_for_another_program_does_not_make_the_loop_spin(table: Table) -> None:
    asked = table.asks()
    table.world.deliver(MeshMessage("other", STRANGER, "SOME_OTHER_WORKFLOW", "z", "x", b"results"), TRUST)
    table.replies(asked, lines(STAY), sender=STRANGER)
    assert naive.empties_the_inbox(table.mailbox, "NO_SUCH", 50) == 50, "it never ends"
    fetched, acknowledged = table.count("fetch"), table.count("acknowledge")
    for _ in range(5):
        assert table.asker.round().left == 2
    assert acknowledged == []
    assert len(fetched) == 2, "each was looked at once"
    assert table.now(asked).state is RequestState.OPEN


def test_a_message_is_fetched_once_and_acknowledged_once(table: Table) -> None:
    asked = table.asks()
    table.replies(asked, RECEIPT)
    assert naive.fetches_at_every_look(table.mailbox, WORKFLOW, 66) == 66
    fetched, acknowledged = table.count("fetch"), table.count("acknowledge")
    for _ in range(5):
        table.asker.round()
    assert (len(fetched), len(acknowledged)) == (1, 1)


def test_the_mailbox_says_every_day_that_it_is_in_use(table: Table) -> None:
    said = table.count("handshake")
    table.asks()
    table.asker.round()
    assert len(said) == 1
    table.world.now += HANDSHAKE_EVERY
    table.asker.round()
    assert len(said) == 2


def test_the_inbox_is_looked_into_right_after_sending(table: Table) -> None:
    looked = table.count("waiting")
    table.asks()
    assert len(looked) == 2, "before, and after"


def test_a_late_reply_is_taken_in(table: Table) -> None:
    asked = table.asks()
    table.world.now += timedelta(days=4)
    assert not naive.still_knows_its_request(asked.created, table.world.now)
    table.replies(asked, lines(STAY))
    table.asker.round()
    assert table.allowed(asked) == set(STAY)


def test_an_answer_that_was_lost_is_looked_for_before_anything_is_sent_again(table: Table, tmp_path: Path) -> None:
    losing = World(Chance(random.Random(3), 3, 1.0))
    losing.chance.hits = lambda what, weight=1.0: what == "lost after"  # type: ignore[method-assign]
    mailbox = SimulatedMailbox(losing, TRUST, table.journal)
    letter = Letter(NATIONAL, WORKFLOW, "naive", "s", "f")
    assert naive.sends_again(mailbox, letter, lines(ASKED), 4) == 4, "four times the same request"
    losing.taken.clear()
    asker = Asker(table.journal, mailbox, PROFILE, losing.clock, tmp_path)
    asked = asker.ask(SmallSet(ASKED), len(ASKED))
    for _ in range(5):
        asker.round()
        losing.now += timedelta(hours=1)
    assert len(losing.taken) == 1
    assert [sending.state for sending in sendings_of(table.journal, asked)] == ["sent"]


def test_an_odd_subject_is_never_sent(table: Table) -> None:
    for subject, local_id in (("a:b", "ok"), ("", "ok"), ("ok", "a b"), ("ok", "")):
        assert parts(lines(ASKED), subject, local_id) == [], "the live service says nothing, ever"
    asked = table.asks()
    sending = sendings_of(table.journal, asked)[0]
    assert SAFE.fullmatch(sending.local_id)
    assert SAFE.fullmatch(sending.file_name.removesuffix(".dat"))


def test_the_same_people_are_asked_about_in_another_file(table: Table) -> None:
    bodies: list[bytes] = []
    taken = table.world.take

    def noting(sender: str, letter: Letter, body: bytes, *, half: bool = False) -> str:
        bodies.append(body)
        return taken(sender, letter, body, half=half)

    table.world.take = noting  # type: ignore[method-assign]
    for _ in range(4):
        table.asks()
    assert len(set(bodies)) == 4
    assert {tuple(sorted(body.split())) for body in bodies} == {tuple(sorted(lines(ASKED).split()))}
    asked = MeshMessage("1", TRUST, WORKFLOW, "a", "s", bodies[0])
    came = national_answer(asked, who(), Habits(same_file=SameFile.SILENCE), table.world.now, had_before=True)
    assert (came.parts, came.notes) == ([], {ListNote.HAD_BEFORE}), "the same file again is met with silence"


def test_a_mailbox_that_was_switched_off_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_CONFIG", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ndoo.toml").write_text(
        '[mesh.old]\nurl="https://mesh.example"\nmailbox="RA9OT001"\npassword="a"\nshared_key="b"\nrecipient="X26HC036"\n'
    )
    with pytest.raises(UsageFault, match="switched off at the end of March 2021; the live mailbox is X26HC065"):
        read_profile("old")


def test_a_list_is_stale_one_day_after_its_limit() -> None:
    now = datetime.fromisoformat("2026-11-22T09:00:00+00:00")
    checked = now - timedelta(days=400)
    assert not naive.is_stale(checked, now, 7), "a sign is never over 7"
    assert judge_age(now - timedelta(days=7), now, 7).days == 7
    with pytest.raises(NoUsableList, match="8 days old"):
        judge_age(now - timedelta(days=8), now, 7)


def test_whoever_is_unknown_to_the_list_is_not_allowed(table: Table) -> None:
    assert not naive.opted_out_is_who_is_listed(GONE, POOL[50]), "nobody asked about them, so they stay"
    asked = table.asks()
    table.replies(asked, lines(STAY))
    table.asker.round()
    people = answer(table.journal, table.now(asked))
    cleaned = CleanedList(
        Provenance(Polarity.ALLOWED, "mesh", None, table.world.now, 0, 21, 9), people, SmallSet(ASKED)
    )
    assert cleaned.answer(NHSNumber(POOL[50])) == "unknown"
    assert cleaned.answer(NHSNumber(STAY[0])) == "allowed"
    assert cleaned.answer(NHSNumber(sorted(set(ASKED) - set(STAY))[0])) == "withheld"


@pytest.mark.parametrize("kind", ["missing", "empty", "old"])
def test_without_a_fresh_list_nobody_is_allowed(kind: str, tmp_path: Path) -> None:
    assert naive.allowed_without_a_list(None, ASKED[0])
    assert naive.allowed_without_a_list(set(), "")
    assert not any(naive.opted_out_is_who_is_listed(set(), number) for number in GONE), "an empty view clears everybody"
    now, path = datetime.fromisoformat("2026-11-22T09:00:00+00:00"), tmp_path / "list.dat"
    if kind != "missing":
        path.write_bytes(b"" if kind == "empty" else lines(STAY))
    with pytest.raises(NoUsableList):
        read_list(path, Polarity.ALLOWED, checked_at=now - timedelta(days=30 if kind == "old" else 0), now=now)


def test_a_death_halfway_through_a_reply_marks_everybody_or_nobody(table: Table) -> None:
    marked: dict[str, str] = {}
    naive.marks_one_by_one(marked, ASKED, lines(STAY), dies_after=5)
    assert len(marked) == 5, "and seven are as they were"
    for step in range(12):
        asked = table.asks()
        table.replies(asked, lines(STAY))
        countdown = iter(range(step, -1, -1))
        table.journal.chance.hits = lambda *_, left=countdown: next(left, 1) == 0  # type: ignore[method-assign]
        with suppress(CrashError, UnreachableError):
            table.asker.round()
        table.journal.chance.hits = lambda *_: False  # type: ignore[method-assign]
        if table.now(asked).state is RequestState.OPEN:
            with pytest.raises(NoUsableList):
                answer(table.journal, table.now(asked))
        else:
            assert table.allowed(asked) == set(STAY)
        table.asker.round()
        assert table.allowed(asked) == set(STAY)


def test_what_was_asked_about_leaves_the_journal(table: Table) -> None:
    audit: list[bytes] = []
    naive.writes_down_for_audit(audit, lines(ASKED))
    assert audit == [lines(ASKED)], "for good"
    asked = table.asks()
    table.replies(asked, lines(STAY))
    table.replies(asked, b"something else")
    table.asker.round()
    table.journal.expire(table.world.now + timedelta(days=22))
    for kept in ("SELECT numbers FROM request", "SELECT answer FROM request", "SELECT body FROM message"):
        assert {row[0] for row in table.journal.rows(kept)} == {None}


def test_what_a_judge_lets_through_is_what_the_simulator_catches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ten thousand schedules would find a judge that takes any list for ours."""
    from ndoo.checking.mesh import reply_kinds
    from tests.mesh.schedules import judged

    monkeypatch.setattr(reply_kinds, "all_of", lambda lines, asked: True)
    caught = 0
    for seed in range(60):
        try:
            judged(seed)
        except AssertionError:
            caught += 1
    assert caught


def test_a_rejection_is_known_by_its_beginning() -> None:
    assert judge(question(), reply(b"\xef\xbb\xbf" + REJECTION.upper())) == Rejection()
