"""What the register should hold, as plain as it can be said: a list of choices for each person."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ndoo.service.choices.import_row import COLUMNS
from ndoo.service.choices.models import ChoiceEvent


@dataclass(frozen=True)
class Fact:
    """One choice, with everything that a file of choices can say of it."""

    choice: str
    at: datetime
    channel: str
    by: str = "self"
    role: str = ""


def fact(event: ChoiceEvent) -> Fact:
    return Fact(event.choice, event.recorded_at, event.channel, event.by, event.proxy_role)


class Model:
    """A dict of lists. It shares no line with the register."""

    def __init__(self) -> None:
        self.choices: dict[str, list[Fact]] = defaultdict(list)

    def choose(self, number: str, said: Fact) -> Fact:
        """The choice as it is kept: after the last one, whatever the clock says."""
        known = self.choices[number]
        at = said.at if not known or said.at > known[-1].at else known[-1].at + timedelta(microseconds=1)
        kept = Fact(said.choice, at, said.channel, said.by, said.role)
        known.append(kept)
        return kept

    def take_in(self, rows: list[tuple[str, Fact]]) -> tuple[int, int, int]:
        """Taken, already there, refused."""
        taken = there = 0
        for number, said in sorted(rows, key=lambda row: row[1].at):
            rivals = {other for one, other in rows if one == number and other.at == said.at}
            at_that_time = [known for known in self.choices[number] if known.at == said.at]
            if said in at_that_time:
                there += 1
            elif len(rivals) == 1 and (not self.choices[number] or self.choices[number][-1].at < said.at):
                self.choices[number].append(said)
                taken += 1
        return taken, there, len(rows) - taken - there

    def as_at(self, number: str, when: datetime) -> str:
        before = [known.choice for known in self.choices[number] if known.at <= when]
        return before[-1] if before else "not_set"


def written(path: Path, rows: list[tuple[str, Fact]]) -> Path:
    """A file of choices."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, said in rows:
            writer.writerow((number, said.choice, said.at.isoformat(), said.channel, said.by, said.role))
    return path
