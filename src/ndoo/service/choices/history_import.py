"""Takes history from elsewhere into the register, after what is there, in the order of its times, or not at all.

A row that is in the register already, in every respect, is passed over: running an import twice changes nothing, and
an import that was cut short is finished by running it again. That is why it need not be one transaction, which would
keep patients waiting for as long as it takes; each piece is one, with its audit entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from django.db import IntegrityError, connection, transaction

from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.import_file import ImportedRows, by_person
from ndoo.service.choices.import_row import ImportedChoice, Reason, Refused, Row, unpacked
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.sorted_rows import RefusedRows
from ndoo.service.choices.witnessed import Told, leaf_of_many, told

PIECE = 5_000
"""Rows of one transaction: a patient's choice waits for one at most, some tenths of a second."""
_INSERT = """INSERT INTO choices_choiceevent (nhs_number, sequence, choice, previous, recorded_at, channel, "by", proxy_role,
evidence, actor, policy_version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s)"""
POLICY_VERSION = "unknown"
"""A file does not say under which guidance the question was put."""


@dataclass(slots=True)
class Imported:
    """What became of every row: read = taken + already there + refused."""

    read: int
    taken: int = 0
    already_there: int = 0
    refused: RefusedRows = field(default_factory=RefusedRows)

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were refused, by reason."""
        return dict(sorted(self.refused.reasons.items()))


@dataclass(slots=True)
class _Person:
    """What the register holds of one person."""

    said: dict[datetime, ImportedChoice] = field(default_factory=dict)
    last: datetime | None = None
    choice: str = ""


@dataclass(slots=True)
class _Judged:
    """What is to become of the rows of one piece."""

    new: list[tuple[str | int | None, ...]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    """The same, for the ledger."""
    already_there: int = 0
    refused: list[tuple[int, Reason]] = field(default_factory=list)


def take_in(rows: ImportedRows, audit: Entry, now: datetime, progress: Callable[[int], object]) -> Imported:
    """Add every row that the register does not hold and that is later than all it holds of that person.

    Args:
        audit: the entry that each piece repeats, with its counts and the file's digest.
        progress: called with the number of rows dealt with so far.

    Raises:
        OperationalError: the database did not take a piece; the pieces before it are in. Run the import again.
    """
    done = Imported(rows.read, refused=rows.refused)
    for piece in by_person(rows.sorted, PIECE):
        judged = _recorded([unpacked(key) for key in piece], audit, now, rows.digest)
        done.taken += len(judged.new)
        done.already_there += judged.already_there
        for row, reason in judged.refused:
            done.refused.add(row, reason)
        progress(done.taken + done.already_there + len(done.refused))
    done.refused.sort()
    return done


def _recorded(piece: list[Row], audit: Entry, now: datetime, digest: str) -> _Judged:
    """One transaction; tried again where one of these people chose in between."""
    while True:
        numbers = {row.digits for row in piece}
        before = 0
        try:
            with transaction.atomic():
                held = _held(numbers)
                before = _events(held)
                judged = _judged(piece, held, audit.actor)
                if judged.new:
                    with connection.cursor() as cursor:  # a quarter of the time that Django's bulk_create takes
                        cursor.executemany(_INSERT, judged.new)
                    entry = replace(audit, details={**audit.details, "sha256": digest, "taken": len(judged.new)})
                    write(entry, now, also=[leaf_of_many(judged.told)])
                return judged
        except IntegrityError:
            if _events(_held(numbers)) == before:  # nobody was first: a row itself is at fault
                raise


def _events(held: dict[str, _Person]) -> int:
    return sum(len(person.said) for person in held.values())


def _held(numbers: set[str]) -> dict[str, _Person]:
    people: dict[str, _Person] = defaultdict(_Person)
    columns = ("nhs_number", "choice", "channel", "by", "proxy_role", "recorded_at")
    events = ChoiceEvent.objects.filter(nhs_number__in=numbers).order_by("nhs_number", "sequence")
    for digits, choice, channel, by, role, at in events.values_list(*columns):
        person = people[digits]
        person.said[at] = ImportedChoice(Choice(choice), Channel(channel), By(by), ProxyRole(role) if role else None)
        person.last, person.choice = at, choice
    return people


def _judged(piece: list[Row], held: dict[str, _Person], actor: str) -> _Judged:
    judged = _Judged()
    for (digits, at), group in groupby(piece, key=lambda row: (row.digits, row.at)):
        person, alike = held[digits], list(group)
        there = person.said.get(at)
        if there is None and len({row.said for row in alike}) == 1:
            if person.last is not None and at < person.last:
                judged.refused += [(row.row, Refused.OLDER) for row in alike]
                continue
            event, words = _event(alike[0], len(person.said) + 1, person.choice, actor)
            judged.new.append(event)
            judged.told.append(words)
            there = person.said[at] = alike[0].said
            person.last, person.choice = at, there.choice
            judged.already_there -= 1
        for row in alike:
            if row.said == there:
                judged.already_there += 1
            else:
                judged.refused.append((row.row, Refused.SAME_TIME))
    return judged


def _event(row: Row, sequence: int, previous: str, actor: str) -> tuple[tuple[str | int | None, ...], Told]:
    """The row for the database, and what the ledger is told of it."""
    choice, channel, by, role = row.said
    at = connection.ops.adapt_datetimefield_value(row.at)
    how = (channel.value, by.value, role.value if role else "")
    words = (row.digits, sequence, choice.value, previous)
    return (
        (*words, at, *how, actor, POLICY_VERSION),
        told((*words, row.at, *how, "", actor, POLICY_VERSION)),
    )
