"""What is open: findings that no asset explains, records that are due for review, flows that nothing proves.

Three things that nobody else joins: what a scan found, what the register says, and what the manifests prove. Whatever
cannot be matched is open: an asset explains a table only by naming it, and a flow is proven only by a sealed run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from ndoo.assets.evidence import AppliedRun, last_runs
from ndoo.assets.findings import FoundTable, plain_target
from ndoo.assets.record import AssetTable, Record
from ndoo.assets.register import Register
from ndoo.assets.review_rules import ReviewStanding, rhythm_on, scan_days_on
from ndoo.domain.london import london_date
from ndoo.domain.plurals import counted
from ndoo.policy import Decision
from ndoo.policy.pack import APPLIES, REVIEW

GROUPS = ("undeclared", "due_for_review", "unproven", "undecided", "expired")
WORDS = {
    "undeclared": "no asset explains what a scan found",
    "due_for_review": "due for review",
    "unproven": "the opt-out applies, and nothing proves that it was applied",
    "undecided": "no decision that stands",
    "expired": "past the last day",
}


@dataclass(frozen=True, slots=True)
class OpenThing:
    """One open thing: a table, or an asset or flow by its reference, and the reason in a sentence."""

    kind: str
    id: str
    name: str
    because: str

    def to_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id, "name": self.name, "because": self.because}


@dataclass(frozen=True, slots=True)
class Joined:
    """What is open, by group, and what comes up; `unseen` are locations of assets at which no scan has looked, `released` what was found
    of ndoo's own releases, which is said and not open."""

    undeclared: tuple[OpenThing, ...] = ()
    due_for_review: tuple[OpenThing, ...] = ()
    unproven: tuple[OpenThing, ...] = ()
    undecided: tuple[OpenThing, ...] = ()
    expired: tuple[OpenThing, ...] = ()
    soon: tuple[OpenThing, ...] = ()
    unseen: tuple[OpenThing, ...] = ()
    released: tuple[OpenThing, ...] = ()

    @property
    def count(self) -> int:
        """How many things are open."""
        return sum(len(items) for items in self.groups().values())

    def groups(self) -> dict[str, tuple[OpenThing, ...]]:
        """What is open, by the name of its group."""
        return {name: getattr(self, name) for name in GROUPS}

    def to_dict(self) -> dict[str, Any]:
        groups = {**self.groups(), "soon": self.soon, "unseen": self.unseen, "released": self.released}
        return {"open": self.count} | {name: [item.to_dict() for item in items] for name, items in groups.items()}


@dataclass(frozen=True, slots=True)
class JoinedRecords:
    """Everything that is joined."""

    register: Register
    decisions: Mapping[str, Decision]
    findings: Sequence[FoundTable] = ()
    applied: Sequence[AppliedRun] = ()
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a flow's reference: why its recorded decision does not stand."""
    standings: Mapping[tuple[str, str], ReviewStanding] | None = None
    """By kind and reference; None where reviews are not kept with the register."""
    scanned: Mapping[str, date] = field(default_factory=dict)
    """By place: the day of its newest scan."""
    undated: frozenset[str] = frozenset()
    """Places of whose newest scan nobody says when it was made; it counts as of today, and no day is told of it."""

    def of(self, member: str) -> JoinedRecords:
        """What is joined for one of the organisations that share the register: its own flows, and all that is shared.

        Raises:
            UnfitData: none of this name shares it.
        """
        register = self.register.of(member)
        held = {(record.kind, record.id) for record in register.records()}
        standings = self.standings and {key: one for key, one in self.standings.items() if key in held}
        decisions = {name: self.decisions[name] for name in register.flows}
        stale = {name: why for name, why in self.stale.items() if name in register.flows}
        return replace(self, register=register, decisions=decisions, stale=stale, standings=standings)


def join(known: JoinedRecords, today: date) -> Joined:
    """What is open on a day in London."""
    places = _Places(known)
    matched = [(found, places.explained(found)) for found in known.findings]
    return Joined(
        undeclared=tuple(_undeclared(matched, known, places, today)),
        due_for_review=tuple(_due(known, matched, places, today)),
        unproven=tuple(_unproven(known, today)),
        undecided=tuple(_undecided(known)),
        expired=tuple(_ends(known, lambda day: day < today, "ended")),
        soon=tuple(_soon(known, today)),
        unseen=tuple(_unseen(known, places)),
        released=tuple(_released(matched)),
    )


def days_scanned(known: JoinedRecords) -> dict[str, date]:
    """By an asset's reference: since which day each of its places has been looked at. Without assets of which a place was
    not scanned, could not be read, or was scanned on a day that nobody says."""
    places = _Places(known)
    unread = {found.target for found in known.findings if not found.columns}
    unsure = {place for target in {*unread, *known.undated} for place in _and_above(target)}
    return {
        ident: min(places.seen[place] for place in of_asset)
        for ident, of_asset in places.of.items()
        if of_asset and all(place in places.seen and place not in unsure for place in of_asset)
    }


Matched = list[tuple[FoundTable, tuple[Record, AssetTable] | None]]


class _Places:
    """Which assets lie at a place, and which tables did scans find at or below it? Looked up: there are thousands."""

    def __init__(self, known: JoinedRecords) -> None:
        self.of = {ident: _places_of(asset) for ident, asset in known.register.assets.items()}
        self._named: dict[tuple[str, str], Explained] = {}
        self._patterns: dict[str, list[Explained]] = {}
        for at, (ident, asset) in enumerate(known.register.assets.items()):
            for place in (ANYWHERE, *self.of[ident]):
                for table in asset.tables:
                    self._named.setdefault((place, table.name), (at, asset, table))
                    if "*" in table.name:
                        self._patterns.setdefault(place, []).append((at, asset, table))
        self._above = {target: _and_above(target) for target in {found.target for found in known.findings}}
        self.tables: dict[str, dict[str, None]] = {}
        """By place: the names of the tables that scans found there or below."""
        self.seen: dict[str, date] = {}
        """By place: the day of the oldest scan on which anything rests that is known of it."""
        for target in known.scanned:
            covering = (known.scanned[place] for place in _and_above(target) if place in known.scanned)
            day = max(covering)
            for place in _and_above(target):
                self.tables.setdefault(place, {})
                self.seen[place] = min(day, self.seen.get(place, day))
        for found in known.findings:
            for place in self._above[found.target]:
                self.tables.setdefault(place, {})[found.name] = None

    def explained(self, found: FoundTable) -> tuple[Record, AssetTable] | None:
        """The asset and the table of it that explain what was found; a name said in full goes before a pattern, and the
        first asset before the next."""
        places = self._above[found.target] if found.target else (ANYWHERE,)
        named = [one for place in places if (one := self._named.get((place, found.name))) is not None]
        fits = named or [one for place in places for one in self._patterns.get(place, ()) if _fits(one[2], found.name)]
        _, asset, table = min(fits, key=lambda one: one[0], default=(0, None, None))
        return (asset, table) if asset is not None and table is not None else None


Explained = tuple[int, Record, AssetTable]
"""With the asset's place in the order of the register."""
ANYWHERE = "\n"
"""Where a table lies of which nobody says where: no place is called so."""


def _places_of(asset: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(plain_target, asset.texts("location"))))


def _fits(table: AssetTable, name: str) -> bool:
    return fnmatchcase(name, table.name.replace("[", "[[]").replace("?", "[?]"))


def _and_above(target: str) -> tuple[str, ...]:
    """A place and every one that covers it: those that end before one of its slashes."""
    return (target, *(target[:at] for at, letter in enumerate(target) if letter == "/"))


def _undeclared(matched: Matched, known: JoinedRecords, places: _Places, today: date) -> Iterator[OpenThing]:
    for found, asset in matched:
        if asset is None and found.patient_information != "no" and not found.is_release:
            where = _where(found)
            sure = "holds" if found.patient_information == "yes" else "may hold"
            because = f" {found.because}" if found.because else ""
            yield OpenThing(
                "table", "", f"{found.name}{where}", f"It {sure} confidential patient information.{because}"
            )
    declared = {place for of_asset in places.of.values() for place in of_asset}
    for target in known.scanned:
        if target and declared.isdisjoint(_and_above(target)):
            for sentence in _long_ago([target], places, today):
                yield OpenThing("place", "", target, f"{sentence} No asset lies there.")


def _released(matched: Matched) -> Iterator[OpenThing]:
    for found, asset in matched:
        if asset is None and found.patient_information != "no" and found.is_release:
            because = "A sealed release of ndoo's, byte for byte as its manifest says. No asset names it."
            yield OpenThing("table", "", f"{found.name}{_where(found)}", because)


def _where(found: FoundTable) -> str:
    return f" at {found.target}" if found.target else ""


def _due(known: JoinedRecords, matched: Matched, places: _Places, today: date) -> Iterator[OpenThing]:
    reasons: dict[tuple[str, str], list[str]] = {}
    records = {(record.kind, record.id): record for record in known.register.records()}
    for found, explained in matched:
        if explained is not None:
            asset, table = explained
            reasons.setdefault((asset.kind, asset.id), []).extend(_differs(found, asset, table))
    for asset in known.register.assets.values():
        reasons.setdefault((asset.kind, asset.id), []).extend(_gone(asset, places))
        reasons[asset.kind, asset.id].extend(_long_ago(places.of[asset.id], places, today))
    for key, standing in (known.standings or {}).items():
        if standing.is_due(today):
            who = standing.waiting_for.replace("_", " ")
            reasons.setdefault(key, []).append(f"{standing.because} It waits for the {who}.")
    for key, sentences in reasons.items():
        if sentences:
            yield OpenThing(key[0], key[1], records[key].text("name"), " ".join(dict.fromkeys(sentences)))


def _differs(found: FoundTable, asset: Record, table: AssetTable) -> Iterator[str]:
    said = asset.text("patient_information") or "unsure"
    if found.patient_information == "yes" and said != "yes":
        yield f"The asset says {said} to confidential patient information, and a scan of {found.name} says yes."
    if not found.columns:
        yield f"A scan could not read {found.name}. {found.because}".rstrip()
        return
    if table.columns and set(table.columns) != set(found.columns):
        new = sorted(set(found.columns) - set(table.columns))
        gone = sorted(set(table.columns) - set(found.columns))
        told = [f"new: {', '.join(new)}"] * bool(new) + [f"gone: {', '.join(gone)}"] * bool(gone)
        yield f"The columns of {found.name} changed ({'; '.join(told)})."
    if not table.columns:
        yield f"The columns of {found.name} were never declared."


def _long_ago(of_asset: Iterable[str], places: _Places, today: date) -> Iterator[str]:
    """Nobody knows what lies there now: an old scan does not show that nothing undeclared has come since."""
    days = scan_days_on(today)
    for place in of_asset:
        last = places.seen.get(place)
        if last is not None and today - last > timedelta(days=days):
            yield f"The last scan of {place} is of {last}, more than {counted(days, 'day')} ago."


def _gone(asset: Record, places: _Places) -> Iterator[str]:
    """Tables that are not there any more, where a scan has looked at every place of the asset."""
    of_asset = places.of[asset.id]
    if not of_asset or not all(place in places.tables for place in of_asset):
        return
    for table in asset.tables:
        if "*" not in table.name and not any(table.name in places.tables[place] for place in of_asset):
            yield f"The table {table.name} is not where the asset says it is."


def _unproven(known: JoinedRecords, today: date) -> Iterator[OpenThing]:
    last = last_runs(known.applied)
    live = {flow.id: flow for flow in known.register.live if known.decisions[flow.id].outcome == APPLIES}
    of_one_file: dict[str, list[str]] = {}
    for ident in filter(last.__contains__, live):
        of_one_file.setdefault(last[ident].released, []).append(ident)
    for flow in live.values():
        run = last.get(flow.id)
        ran = flow.day("last_run")
        if ran is None:
            yield _item(flow, "Nobody recorded when it last ran.")
        elif ran > today:
            yield _item(flow, f"Its last run, {ran}, lies in the future.")
        elif run is None:
            yield _item(flow, f"It ran on {ran}, and no sealed manifest shows that the opt-out was ever applied.")
        elif (proof := london_date(run.created)) < ran:
            yield _item(flow, f"It ran on {ran}, and the last sealed manifest is of {proof}.")
        elif "apply_type_1" in known.decisions[flow.id].obligations and not run.type_1:
            yield _item(flow, "It takes GP data; its last sealed manifest says that no Type 1 opt-outs were upheld.")
        else:
            same = [known.register.flows[ident] for ident in (of_one_file[run.released] if run.released else ())]
            for sentence in _of_another(flow, run, known, same):
                yield _item(flow, sentence)


def _of_another(flow: Record, run: AppliedRun, known: JoinedRecords, same: Iterable[Record]) -> Iterator[str]:
    """Why the last run may have been another flow's: it was released as another asset, or its file proves others too (`same`)."""
    assets = [known.register.assets[ident] for ident in flow.texts("assets") if ident in known.register.assets]
    names = {_plain(name) for one in (flow, *assets) for name in (one.id, one.text("name"))}
    if run.asset and assets and _plain(run.asset) not in names:
        yield f"Its last sealed manifest was made for another asset than the ones that it takes from ({run.asset})."
    for other in same:
        if flow.id == other.id or other.id in flow.texts("same_release") or flow.id in other.texts("same_release"):
            continue
        yield (
            f"The file that proves it proves {other.id} too. Are both the very same file? If so, say it in “Other flows of the same "
            "file”; if not, uphold each for itself."
        )


def _plain(name: str) -> str:
    """A name without capitals, and with one space for whatever is no letter or digit, as `--asset` has it."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _undecided(known: JoinedRecords) -> Iterator[OpenThing]:
    for flow in known.register.live:
        decision = known.decisions[flow.id]
        sentences = list(known.stale.get(flow.id, ()))
        if decision.outcome == REVIEW:
            missing = ", ".join(item.fact for item in decision.missing)
            sentences.append(f"The answer is review ({decision.reason}){f'. To find: {missing}' if missing else ''}.")
        if sentences:
            yield _item(flow, " ".join(sentences))


def _ends(known: JoinedRecords, concerned: Callable[[date], bool], word: str) -> Iterator[OpenThing]:
    """Approvals and agreements of live flows whose last day is one of these."""
    for flow in known.register.live:
        facts = known.decisions[flow.id].flow
        approval, agreement = facts.day("gateway.valid_to"), flow.day("agreement_ends")
        if approval is not None and concerned(approval):
            reference = facts.text("gateway.reference")
            yield _item(flow, f"The approval{f' {reference}' if reference else ''} {word} on {approval}.")
        if agreement is not None and concerned(agreement):
            yield _item(flow, f"The agreement {word} on {agreement}.")


def _soon(known: JoinedRecords, today: date) -> Iterator[OpenThing]:
    rhythm = rhythm_on(today)
    horizon = today + timedelta(days=rhythm.expiring_days)
    yield from _ends(known, lambda day: today <= day <= horizon, "ends")
    records = {(record.kind, record.id): record for record in known.register.records()}
    for key, standing in (known.standings or {}).items():
        if standing.is_near(today, rhythm):
            yield _item(records[key], f"Its review is due on {standing.due}.")


def _unseen(known: JoinedRecords, places: _Places) -> Iterator[OpenThing]:
    for asset in known.register.assets.values():
        for place in places.of[asset.id]:
            if place not in places.tables:
                yield _item(asset, f"No scan has looked at {place}.")


def _item(record: Record, because: str) -> OpenThing:
    return OpenThing(record.kind, record.id, record.text("name"), because)
