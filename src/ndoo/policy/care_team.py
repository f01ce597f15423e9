"""Says who cannot be a care team: a board, its supplier, a council, a national body. What such a body calls its own care is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ndoo.policy.conditions import All, Among, AnyOf, AsSaid, Condition, Dated, Given, InWords, Mentions, Not
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


def beyond_care(words: Words, not_exempt: Iterable[Exemption]) -> Condition:
    """Whoever receives what is called care gives none: a research database, a company, or a national use that is listed as not exempt.

    The other texts count only where nobody says who receives the data, and only of what is called the person's own care: a local audit
    may be held against a national one, and whoever invites patients to a study speaks of research.

    Args:
        words: who gives no care, and what is none (`mentions`).
        not_exempt: the uses that are listed because they are not exempt.
    """

    def named(*texts: str) -> Condition:
        uses = tuple(
            All((Dated(one.first, one.last), Mentions(texts, one.names, apart=one.apart)))
            for one in not_exempt
            if one.names
        )
        return AnyOf((Mentions(texts, words["mentions"]), *uses))

    own_care = Among("purpose", frozenset({"individual_care", "screening"}))
    unsaid = All((Given(RECIPIENT, False), own_care, named(*OTHER)))
    return InWords(AsSaid(AnyOf((named(RECIPIENT), unsaid))), "who receives the records gives no care")


def leaves_the_organisation(words: Words) -> Condition:
    """What is recorded as use inside an organisation leaves it, by its own words.

    Args:
        words: what says that records leave, or come from others (`mentions`), and what says that they do not (`apart`).
    """
    told = Mentions((RECIPIENT, *OTHER), words["mentions"], apart=words["apart"])
    return InWords(AsSaid(told), "the flow's words say that records leave the organisation")
