"""Why rows are held back, in the words of whoever reads about it."""

from __future__ import annotations

from collections.abc import Mapping

from ndoo.domain.nhs_number import Undecided

_PHRASES: dict[str, str] = {
    Undecided.MISSING: "no NHS number",
    Undecided.MALFORMED: "an NHS number that is not ten digits",
    Undecided.CHECK_DIGIT: "a wrong check digit",
    Undecided.PLACEHOLDER: "ten equal digits in place of a number",
    Undecided.NOT_COVERED: "a person whom the list does not cover",
    Undecided.AMBIGUOUS: "two different answers about a person",
    Undecided.ORPHAN: "a reference to a row that is not there",
    Undecided.TYPE1_UNDECIDED: "Type 1 entries that cannot be decided",
    Undecided.UNSEARCHABLE: "a document that cannot be searched",
    Undecided.MENTIONS: "the number of somebody else who may not be released",
}


def why_held(held: Mapping[str, object]) -> str:
    """The reasons of rows that were held back, each with its number where there are several.

    Args:
        held: rows by their reason; a reason of a later version is named as it is.
    """
    phrases = {reason: _PHRASES.get(reason, str(reason)) for reason in held}
    if len(held) == 1:
        return "".join(phrases.values())
    return ", ".join(f"{phrases[reason]} ({many:,})" for reason, many in held.items() if isinstance(many, int))
