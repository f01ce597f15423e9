"""Texts that stand where evidence is asked for, and say that there is none."""

from __future__ import annotations

import re

NOTHING = frozenset({"", "-", "?", "none", "n/a", "na", "nil", "no", "unknown", "not known", "not seen", "tbc", "tbd"})
"""What people write where they have nothing."""

_BEGINS = re.compile(
    r"(?:no|none|never|without|lacking|missing|pending|awaiting|awaited|waiting|outstanding|draft|requested|expected|"
    r"applied for|asked for|to follow|to be|not|we (?:think|believe|assume|expect|hope)|i (?:think|believe|assume)|"
    r"presumably|probably|assumed|unsure|unclear|see above|as above|same as)\b(?! conditions?\b| objections?\b)"
)
_WITHIN = re.compile(
    r"\b(?:awaiting|awaited|pending|to follow|outstanding|requested|applied for|"
    r"(?:is|are|being|still|was|has been)? ?(?:expected|missing|lost|drafted|in draft|in preparation|in progress)|"
    r"to be (?:\w+ )?(?:confirmed|documented|done|obtained|sought|signed|written|completed|agreed|provided|sent|received|found|decided|added)|"
    r"not (?:yet|(?:been )?(?:seen|received|done|obtained|sought|signed|written|complete|completed|available|found|held|recorded|"
    r"documented|started|applied|on file|to hand|in hand))|nothing|no \w+(?: \w+)? (?:on file|found|held|seen|available|exists|yet)|"
    r"none (?:on file|found|held|seen|yet)|does not exist|do(?:es)? not have|don't have|haven't|hasn't|cannot be found|can't find)\b"
)

_NO_DUTY = re.compile(
    r"(?:nhs|national health service) act(?: of)?(?: 2006)?,? *(?:section|sec\.?|s\.?) *251(?! *[ab])|"
    r"(?:section|sec\.?|s\.?) *251(?! *[ab])(?: support| approval)?(?:,? (?:of )?(?:the )?(?:nhs|national health service) act(?: of)?(?: 2006)?)?|"
    r"(?:the )?(?:copi|health service \(control of patient information\))(?: regulations?)?(?: of)?(?: 2002)?,? *(?:regulations?|regs?\.?) *[25]\b|"
    r"(?:regulations?|regs?\.?) *[25]\b(?:,? (?:of )?(?:the )?(?:copi|health service \(control of patient information\))"
    r"(?: regulations?)?(?: of)?(?: 2002)?)?|"
    r"[0-9]{2}/cag/[0-9]{4}|\bcag\b|confidentiality advisory group|"
    r"(?:the )?(?:uk )?(?:gdpr|general data protection regulation)|data protection act(?: of)?(?: (?:1998|2018))?|"
    r"(?:articles?|art\.?) *[69]\b[()0-9a-z]*|\b[69](?:\([0-9a-z]\))+|"
    r"public task|public interest|legitimate interests?|common law|explicit consent|consent|"
    r"crime and disorder act(?: of)?(?: 1998)?,? *(?:section|sec\.?|s\.?) *115|"
    r"(?:data )?(?:sharing |processing |sub-?licen[cs]e )?agreements?|memorandum of understanding|\bmou\b|\bdsa\b|\bdpa\b|contracts?\b"
)
_LAW = re.compile(
    r"\bacts?\b|\bregulations?\b|\bregs?\b|\borders?\b|\bdirections?\b|\bnotices?\b|\bsections?\b|\bsec\b|\bss?\.? *[0-9]|\bsch(?:edule)?\b|"
    r"\brules?\b|\bstatut|\blaws?\b|\bcoroner|\binquest|\bwarrant|\bjudge|\bcourt"
)


def says_that_there_is_none(text: str) -> bool:
    """`letter requested, not yet received`, `awaiting the minutes`, `DPIA to be done`: evidence is what somebody has seen.

    What is not understood counts as evidence, as every other text does: a letter can have any name.
    """
    said = " ".join(text.lower().split())
    return said in NOTHING or bool(_BEGINS.match(said) or _WITHIN.search(said))


def cites_no_duty(text: str) -> bool:
    """A citation that names only what permits or supports, where a duty is asked for.

    Support under section 251, a basis of the UK GDPR, an agreement or a contract compel nobody to give anything. Section 251B of the
    Health and Social Care Act 2012 does, and so may any other law that is named beside them.
    """
    said = " ".join(text.lower().split())
    rest = _NO_DUTY.sub(" ", said)
    return rest != said and not _LAW.search(rest)
