"""Everything that can happen to a register, in any order, on any database: the machine that Hypothesis drives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import choice_history
from ndoo.service.choices.history_import import Imported, take_in
from ndoo.service.choices.import_file import rows_of
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.opted_out import opted_out
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError, NewChoice, record
from tests.histories.model import Fact, Model, fact, written
from tests.support.numbers import synthetic
from tests.support.registers import WRITERS

Together = Callable[[list[Callable[[], Any]]], list[Any]]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = 2
"""In each history: few, so that their choices meet."""

EVENTS = """SELECT nhs_number, sequence, previous, choice, recorded_at, channel, "by", proxy_role FROM choices_choiceevent
    WHERE nhs_number IN (%s, %s) ORDER BY nhs_number, sequence"""
RECORDED = "SELECT COUNT(*) FROM audit_auditentry WHERE action = 'choice.set' AND subject = %s"
"""What the register holds, as the tables have it: in SQL, which knows nothing of the service."""

people = st.integers(0, PEOPLE - 1)
choices = st.sampled_from(Choice)
minutes = st.integers(0, 30)
facts = st.builds(
    Fact,
    st.sampled_from(Choice.values),
    minutes.map(lambda late: BEGIN + timedelta(minutes=late)),
    st.sampled_from(["online", "post"]),
)


def asked(sql: str, values: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


class Histories(RuleBasedStateMachine):
    """One history a run, with people of its own: the register is never emptied."""

    fresh: Iterator[str]
    together: Together
    folder: Path
    count = 0

    @initialize()
    def begin(self) -> None:
        type(self).count += 1
        self.numbers = [next(self.fresh) for _ in range(PEOPLE)]
        self.model = Model()
        self.clock = BEGIN
        self.acts = 0
        self.seen: dict[str, list[tuple[Any, ...]]] | None = {number: [] for number in self.numbers}

    def person(self, who: int) -> NHSNumber:
        number = read(self.numbers[who])
        assert isinstance(number, NHSNumber)
        return number

    def kept(self, who: int) -> list[Fact]:
        return [fact(event) for event in choice_history.history(self.person(who))]

    def written(self) -> None:
        self.seen = None

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the tables hold of these people; where nothing was written since, nothing is read again."""
        if self.seen is None:
            self.seen = {number: [] for number in self.numbers}
            for number, *event in asked(EVENTS, self.numbers):
                if event[3].tzinfo is None:
                    event[3] = event[3].replace(tzinfo=UTC)  # SQLite knows no time zones
                self.seen[number].append(tuple(event))
        return self.seen

    def change(self, who: int, said: Fact) -> NewChoice:
        role = ProxyRole(said.role) if said.role else None
        return NewChoice(self.person(who), Choice(said.choice), said.at, Channel(said.channel), By(said.by), role)

    def audit(self) -> Entry:
        return Entry("self", "choice.set", self.person(0), details={"history": self.numbers[0]})

    @rule(by=st.integers(-5, 5))
    def time_passes(self, by: int) -> None:
        """Forwards, or backwards where somebody puts a clock right."""
        self.clock += timedelta(minutes=by)

    @rule(who=people, choice=choices)
    def set_or_change(self, who: int, choice: Choice) -> None:
        self.written()
        said = Fact(choice, self.clock, "online")
        event = record(self.change(who, said), self.audit())
        assert fact(event) == self.model.choose(self.numbers[who], said)
        self.acts += 1

    @rule(who=people, choice=choices, stale=st.booleans())
    def approve(self, who: int, choice: Choice, stale: bool) -> None:
        """A second person of the staff approves what the first one saw; not where the choice changed in between."""
        self.written()
        known = self.model.choices[self.numbers[who]]
        said = Fact(choice, self.clock, "post", "proxy", "attorney")
        try:
            event = record(self.change(who, said), self.audit(), expected=len(known) + stale)
        except ChoiceChangedMeanwhileError:
            assert stale
            return
        assert not stale
        assert fact(event) == self.model.choose(self.numbers[who], said)
        self.acts += 1

    @rule(rows=st.lists(st.tuples(people, facts), max_size=5))
    def take_in_history(self, rows: list[tuple[int, Fact]]) -> None:
        named = [(self.numbers[who], said) for who, said in rows]
        done = self.imported(named)
        assert done == self.model.take_in(named)
        assert self.imported(named)[0] == 0, "running it twice changes nothing"

    @rule()
    def restore(self) -> None:
        """Everything is read back in: all of it is there already."""
        rows = [(number, said) for number, known in self.model.choices.items() for said in known]
        assert self.imported(rows) == (0, len(rows), 0)

    @rule(
        acts=st.lists(
            st.tuples(people, choices, st.sampled_from(["any", "expecting", "import"])), min_size=2, max_size=WRITERS
        )
    )
    def at_once(self, acts: list[tuple[int, Choice, str]]) -> None:
        """Each with a connection of its own. Whatever was acknowledged is kept, once, and nothing else is."""
        self.written()
        before = {who: len(self.model.choices[self.numbers[who]]) for who in range(PEOPLE)}
        said = self.together([self.act(at, *act, before) for at, act in enumerate(acts)])
        acknowledged: dict[int, list[Fact]] = {who: [] for who in range(PEOPLE)}
        places: dict[tuple[int, int], Fact] = {}
        for (who, _, kind), answer in zip(acts, said, strict=True):
            if isinstance(answer, ChoiceEvent):
                acknowledged[who].append(fact(answer))
                assert (who, answer.sequence) not in places
                places[who, answer.sequence] = fact(answer)
                assert kind != "expecting" or answer.sequence == before[who] + 1
                self.acts += 1
            elif kind == "import":
                assert not isinstance(answer, Exception), answer
                acknowledged[who] += answer
            else:
                assert kind == "expecting", answer
                assert isinstance(answer, ChoiceChangedMeanwhileError)
        for who, number in enumerate(self.numbers):
            kept = [Fact(*event[2:]) for event in self.held()[number]]
            assert kept[: before[who]] == self.model.choices[number]
            assert Counter(kept[before[who] :]) == Counter(acknowledged[who])
            assert all(kept[place - 1] == known for (one, place), known in places.items() if one == who)
            refusing = {
                who
                for (who, _, kind), answer in zip(acts, said, strict=True)
                if kind == "expecting" and isinstance(answer, ChoiceChangedMeanwhileError)
            }
            assert who not in refusing or len(kept) > before[who], "only somebody else's choice is a reason"
            self.model.choices[number] = kept

    def act(self, at: int, who: int, choice: Choice, kind: str, before: dict[int, int]) -> Callable[[], Any]:
        channel = list(Channel)[at].value  # tells the writers apart
        said = Fact(choice, self.clock, channel)
        if kind == "import":
            row = (self.numbers[who], Fact(choice, self.clock + timedelta(seconds=at), channel))

            def importing() -> list[Fact]:
                return [row[1]] * self.imported([row], f"{at}.csv")[0]

            return importing
        return lambda: record(
            self.change(who, said), self.audit(), expected=before[who] if kind == "expecting" else None
        )

    def imported(self, rows: list[tuple[str, Fact]], name: str = "import.csv") -> tuple[int, int, int]:
        if not rows:
            return 0, 0, 0
        self.written()
        now = BEGIN + timedelta(days=300)
        done: Imported = take_in(rows_of(written(self.folder / name, rows), now), Entry("a", "i"), now, lambda _: None)
        assert done.read == done.taken + done.already_there + len(done.refused) == len(rows)
        return done.taken, done.already_there, len(done.refused)

    @rule(who=people, late=minutes)
    def look_back(self, who: int, late: int) -> None:
        when = BEGIN + timedelta(minutes=late)
        event = choice_history.as_at(self.person(who), when)
        assert (event.choice if event else "not_set") == self.model.as_at(self.numbers[who], when)

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        for number, events in self.held().items():
            known = self.model.choices[number]
            previous = ["", *(said.choice for said in known)]
            assert events == [
                (place, previous[place - 1], said.choice, said.at, said.channel, said.by, said.role)
                for place, said in enumerate(known, start=1)
            ]

    def teardown(self) -> None:
        if not hasattr(self, "numbers"):
            return
        for who, number in enumerate(self.numbers):
            assert self.kept(who) == self.model.choices[number], "read as everybody reads it"
        ((entries,),) = asked(RECORDED, self.numbers[:1])
        assert entries == self.acts, "each recorded choice has its audit entry, and no other"

    @precondition(lambda self: any(self.model.choices.values()))
    @rule()
    def uphold(self) -> None:
        """Withheld is whoever's last choice says so."""
        people, _ = opted_out()
        for who, number in enumerate(self.numbers):
            known = self.model.choices[number]
            assert (self.person(who) in people) == bool(known and known[-1].choice == "opt_out")


def histories(together: Together, folder: Path, seed: int) -> type[Histories]:
    """A machine on the register that is the default now."""
    return type(
        "Histories",
        (Histories,),
        {"together": staticmethod(together), "folder": folder, "fresh": synthetic(seed), "count": 0},
    )
