"""Set a journal right that was written while this machine's clock was ahead: nothing in it is later than MESH says it is.

No request is lost: each stays in its state, with its numbers. What it rests on becomes older, never younger: an answer whose
date cannot be known counts as given up, so that its people are asked about again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.trusted_time import MAY_DIFFER

_LONG_AGO = "1970-01-01T00:00:00+00:00"
"""For a sending of which nobody can say when it was tried: an answer to it is too old to be used."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """How much was changed."""

    mark_was: str
    """The latest time that the journal had been advanced to; empty where it was right."""
    requests: int
    sendings: int
    answers_given_up: int
    messages: int
    expired: int
    """Requests whose numbers a wrong clock, or time, had taken out before: they cannot come back, and are asked anew."""

    @property
    def changed(self) -> bool:
        return bool(self.mark_was or self.requests or self.sendings or self.answers_given_up or self.messages)


def repair(journal: Journal, now: datetime) -> Repaired:
    """Take out of the journal whatever is later than `now`, which MESH vouched for; what was done stands in it as well."""
    most, at = (now + MAY_DIFFER).isoformat(), now.isoformat()
    with journal.transaction():
        mark = journal.fact("clock") or ""
        floor = _latest_before(journal, most)
        given_up = _changed(
            journal,
            "UPDATE request SET state = 'given_up', checked_at = NULL, answer = NULL WHERE state = 'answered' AND checked_at > ?",
            most,
        )
        moved = _changed(journal, "UPDATE request SET created = ? WHERE created > ?", at, most)
        for column in ("settled", "delivered"):
            _changed(journal, f"UPDATE request SET {column} = ? WHERE {column} > ?", at, most)  # noqa: S608  our own words
        sendings = _changed(journal, "UPDATE sending SET tried = ? WHERE tried > ?", floor or _LONG_AGO, most)
        messages = _changed(journal, "UPDATE message SET seen = ? WHERE seen > ?", at, most)
        _changed(journal, "UPDATE message SET acknowledged = ? WHERE acknowledged > ?", at, most)
        messages += _changed(journal, "UPDATE job SET seen = ? WHERE seen > ?", at, most)
        _changed(journal, "UPDATE aside SET last = ? WHERE last > ?", at, most)
        journal.execute("DELETE FROM fact WHERE name LIKE 'handshake %' AND value > ?", most)
        if mark > most:
            journal.remember("clock", at)
        expired = len(journal.rows("SELECT id FROM request WHERE state = 'expired'"))
        done = Repaired(mark if mark > most else "", moved, sendings, given_up, messages, expired)
        if done.changed:
            journal.execute("INSERT INTO repair VALUES (?, ?, ?)", at, mark, json.dumps(asdict(done)))
    return done


def _changed(journal: Journal, statement: str, *values: str) -> int:
    journal.execute(statement, *values)
    return int(journal.rows("SELECT changes() AS n")[0]["n"])


def _latest_before(journal: Journal, most: str) -> str:
    """The latest time in the journal that can be right; empty where there is none."""
    row = journal.row(
        "SELECT max(moment) AS latest FROM (SELECT created AS moment FROM request UNION ALL SELECT tried FROM sending"
        " UNION ALL SELECT seen FROM message UNION ALL SELECT seen FROM job) WHERE moment <= ?",
        most,
    )
    return (row["latest"] if row else None) or ""
