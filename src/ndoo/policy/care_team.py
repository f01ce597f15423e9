"""Says who cannot be a care team: a board, its supplier, a council, a national body. What such a body calls its own care is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ndoo.policy.conditions import All, AnyOf, AsSaid, Condition, Given, InWords, Mentions, Not
from ndoo.policy.pack import Exemption

CONTROLLER, RECIPIENT = "controller", "recipient"
OTHER = ("title", "purpose_detail")
Words = Mapping[str, tuple[str, ...]]


def treats_nobody(words: Words) -> Condition:
    """A body that treats nobody decides about the records, or receives them.

    Whoever receives totals receives no record. The other texts count where a flow says neither who decides nor who receives.

    Args:
        words: the bodies (`mentions`), words that stand for one or for somebody else (`doubtful`, and the names of others:
            `apart`), and what says that it is totals (`totals`).
    """

    def named(*texts: str) -> Condition:
        doubtful = Mentions(texts, words["doubtful"], apart=words["apart"])
        return AnyOf((Mentions(texts, words["mentions"]), doubtful))

    totals = words["totals"]
    received = All((named(RECIPIENT), Not(Mentions((RECIPIENT,), totals))))
    unsaid = All((Given(CONTROLLER, False), Given(RECIPIENT, False), named(*OTHER), Not(Mentions(OTHER, totals))))
    return InWords(
        AsSaid(AnyOf((named(CONTROLLER), received, unsaid))), "the records are used by a body that treats nobody"
    )


def finds_cases(bodies: Words, words: Words) -> Condition:
    """A body that treats nobody looks for people at risk, whatever the purpose is called.

    Args:
        bodies: who treats nobody, as `treats_nobody` takes it.
        words: what says that people at risk are looked for (`mentions`).
    """
    sought = All((Mentions(OTHER, words["mentions"]), treats_nobody(bodies)))
    return InWords(AsSaid(sought), "a body that treats nobody looks for people at risk in them")


def gives_no_care(words: Words, not_exempt: Iterable[Exemption]) -> Condition:
    """Whoever receives the records gives nobody care, by a name with nothing else beside it.

    A name alone: people who give care speak of the same bodies in whatever they write about a patient.

    Args:
        words: who gives no care (`mentions`), and the small words that may stand beside a name (`alone`).
        not_exempt: the uses that are listed because they are not exempt.
    """
    names = (*words["mentions"], *(name for one in not_exempt for name in one.names))
    named = Mentions((RECIPIENT,), names, alone=words["alone"])
    return InWords(AsSaid(named), "whoever receives the records gives nobody care")
