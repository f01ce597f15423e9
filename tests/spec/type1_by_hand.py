"""A patient's Type 1 status as a clerk would find it with the record on the desk, and the wrong ways of finding it.

Entries are `(code, date)` as they stand in the record. The wrong ways are those of tools in use (see `peers.md`); each must
fail a case of `test_type1.py`, so that the cases are known to bite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

Entry = tuple[str, str]
DISSENT = {"827241000000103", "9Nu0.", "9Nu0", "9Nu0.00", "XaZ89"}
WITHDRAWN = {"827261000000102", "9Nu1.", "9Nu1", "9Nu1.00", "XaZ8A"}
TODAY = date(2026, 11, 22)


def by_hand(entries: Sequence[Entry]) -> str:
    """Write down what is dated and not in the future, look at the last day; then at what could not be dated."""
    dated: list[tuple[date, str]] = []
    loose: set[str] = set()
    for code, day in entries:
        says = "dissent" if code in DISSENT else "withdrawn" if code in WITHDRAWN else None
        if says is None:
            continue
        try:
            when = date.fromisoformat(day[:10])
        except ValueError:
            when = None
        if when is None or when > TODAY or when < date(2000, 1, 1):
            loose.add(says)
        else:
            dated.append((when, says))
    if dated:
        last = max(when for when, _ in dated)
        if "dissent" in {says for when, says in dated if when == last}:
            return "dissent"
        return "held" if "dissent" in loose else "withdrawn"
    return "held" if loose else "not_recorded"


def withdrawal_is_an_opt_out(entries: Sequence[Entry]) -> str:
    """One regional model: any code of either cluster counts."""
    return "dissent" if any(code in DISSENT | WITHDRAWN for code, _ in entries) else "not_recorded"


def once_dissented_always(entries: Sequence[Entry]) -> str:
    """Looks for the dissent code and never for its withdrawal."""
    return "dissent" if any(code in DISSENT for code, _ in entries) else "not_recorded"


def null_lets_through(entries: Sequence[Entry]) -> str:
    """An entry that says nothing of when is dropped, and nothing means allowed."""
    return by_hand([(code, day) for code, day in entries if day])


def wrong_code(entries: Sequence[Entry]) -> str:
    """Keyed on 93C1 (consent to a local record) where 9Nu0 is meant."""
    return by_hand([("9Nu0." if code == "93C1." else "", day) for code, day in entries])


def one_terminology(entries: Sequence[Entry]) -> str:
    """SNOMED CT only; records written under Read v2 or CTV3 are passed over."""
    return by_hand([(code, day) for code, day in entries if code.isdigit()])


def the_last_row_wins(entries: Sequence[Entry]) -> str:
    """The order of the file is taken for the order of time."""
    return by_hand([e for e in entries if e[0] in DISSENT | WITHDRAWN][-1:])


def the_first_entry_wins(entries: Sequence[Entry]) -> str:
    """`drop_duplicates` after sorting by date, the wrong way round."""
    return by_hand(sorted((e for e in entries if e[0] in DISSENT | WITHDRAWN), key=lambda e: e[1])[:1])


def on_one_day_withdrawal_wins(entries: Sequence[Entry]) -> str:
    """`max` over pairs of date and text: "withdrawn" sorts after "dissent"."""
    last = max(
        (
            (day, "withdrawn" if code in WITHDRAWN else "dissent")
            for code, day in entries
            if code in DISSENT | WITHDRAWN
        ),
        default=("", "not_recorded"),
    )
    return last[1]


def the_future_counts(entries: Sequence[Entry]) -> str:
    """A withdrawal booked for next year lets somebody through today."""
    return by_hand([(code, min(day, TODAY.isoformat()) if day else day) for code, day in entries])


def case_does_not_matter(entries: Sequence[Entry]) -> str:
    """9NU0. is another code than 9Nu0."""
    right = {code.lower(): code for code in DISSENT | WITHDRAWN}
    return by_hand([(right.get(code.lower(), ""), day) for code, day in entries])


def type_2_counts(entries: Sequence[Entry]) -> str:
    """Dead since 2018, and read as if it were a Type 1."""
    return by_hand([("9Nu0." if code in {"9Nu4.", "XaaVL", "881561000000100"} else code, day) for code, day in entries])


def arithmetic_codes(entries: Sequence[Entry]) -> str:
    """A reader that guesses types has made SNOMED codes floating point, and Read codes nothing."""
    return by_hand([(f"{float(code):.5g}" if code.isdigit() else "", day) for code, day in entries])


WRONG: tuple[Callable[[Sequence[Entry]], str], ...] = (
    withdrawal_is_an_opt_out,
    once_dissented_always,
    null_lets_through,
    wrong_code,
    one_terminology,
    the_last_row_wins,
    the_first_entry_wins,
    on_one_day_withdrawal_wins,
    the_future_counts,
    case_does_not_matter,
    type_2_counts,
    arithmetic_codes,
)
