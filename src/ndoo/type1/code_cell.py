"""Reads one cell of a column of codes: a code of an opt-out, plainly some other entry, or one of which nobody can say.

This is the only place that decides it, for text, Parquet, databases and FHIR alike. An entry is some other one only where no code of
an opt-out stands in its cell under any way of writing it. What may be a code of ours and is not plainly written is uncertain, and is
held; so is a withdrawal under any decoration, because it would let somebody through. Read codes are compared with their case: see
`CodeReading.near`.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import IntFlag

from ndoo.domain.snomed import is_snomed_identifier
from ndoo.type1.bare_text import bare_text, is_none, written_forms
from ndoo.type1.code_table import SCHEMES, CodeTable


class CodeSays(IntFlag):
    """What a code says. The numbers are the kernel's."""

    NOTHING = 0
    DISSENT = 1
    WITHDRAWN = 2
    TYPE2 = 4


_SAYS = {"dissent": CodeSays.DISSENT, "withdrawn": CodeSays.WITHDRAWN, "type2": CodeSays.TYPE2}
_ANY_TYPE1 = CodeSays.DISSENT | CodeSays.WITHDRAWN
_FOREIGN, _FOREIGN_CASED = re.compile("[^0-9a-z]+"), re.compile("[^0-9A-Za-z]+")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+")
_POWER = re.compile(
    r"(?<![0-9a-z.,])[0-9]+(?:[.,][0-9]+)?e\+[0-9]{1,3}(?![0-9a-z])|^[0-9][.,][0-9]+e(?:[89]|[1-9][0-9])$"
)
_READ_SHAPED = re.compile(r"(?=[A-Za-z]*[0-9])[0-9A-Za-z]{1,5}\.{0,4}(?:[0-9A-Za-z]{2})?")
_DESCRIPTION = re.compile(r"[0-9]{1,8}100000011[0-9]")
"""A description of the United Kingdom's edition, where the concepts of the opt-outs are: which concept it describes is not said."""
_TERM = re.compile(
    r"\bdissent\w*\b.{0,60}\bsecondary use"
    r"|\bsecondary use\w*\b.{0,60}\bdissent"
    r"|\btype ?(?:1|one|i) (?:objection|dissent|(?:\w+ ){0,2}(?:opt|opts|opted|opting) ?out)\b"
    r"|\b(?:objection|objected|objects|dissent\w*|(?:opt|opts|opted|opting) ?outs?) (?:\w+ ){0,3}type ?(?:1|one|i)\b"
    r"|\bt1 ?oo\b|\bt1 (?:objection|dissent|(?:opt|opts|opted|opting) ?out)\b"
)
_OTHER_NUMBERS = re.compile("[0-9]{16,18}")
_LOOKALIKE, _LONG_RUNS = re.compile(r"\b9Nu[oOiIl][0-9A-Za-z]{0,3}\b"), re.compile("[0-9]{9,}")
"""A Read code of ours with a letter that looks like its digit; and so many digits as the fewest that a code cut off may have."""
_RUNS_ALONE = re.compile("(?<![0-9a-z])[0-9]{9,}(?![0-9a-z])")
_LIKE = str.maketrans("oOiIl", "00111")
_FEWEST_DIGITS = 9
"""So many of a code's first digits, and no fewer, are seen as a code that was cut off."""


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What one cell says. Where both are nothing it is plainly some other entry."""

    sure: CodeSays = CodeSays.NOTHING
    maybe: CodeSays = CodeSays.NOTHING
    near: CodeSays = CodeSays.NOTHING
    """It would say this if its letters were of another case: another code, where the column's codes have kept their case."""
    scheme: int = 0
    """Of a code that is sure, counted from 1 in `SCHEMES`."""
    unconfirmed: bool = False
    damaged: bool = False
    """Written as a power of ten, so that digits are lost."""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    """Without the dots at its end."""
    folded: str
    says: CodeSays
    scheme: int
    confirmed: bool

    @property
    def is_number(self) -> bool:
        return self.text.isdigit()


class CodeReader:
    """Reads cells by a table of codes, and notices whether the letters of Read codes have kept their case."""

    def __init__(self, table: CodeTable) -> None:
        self._spelt: dict[str, _Known] = {}
        known: dict[str, _Known] = {}
        for code in table.codes:
            for scheme, text in code.spellings:
                bare = text.removesuffix("00").rstrip(".") if "." in text else text
                one = _Known(
                    bare, bare.lower(), _SAYS[code.meaning], SCHEMES.index(scheme) + 1, bool(code.confirmed_by)
                )
                known.setdefault(bare, one)
                self._spelt[text] = known[bare]
        self._numbers = [one for one in known.values() if one.is_number]
        self._letters = [one for one in known.values() if not one.is_number]
        self._by_text = known
        self._damaged = {
            text: one.says for one in self._numbers if one.says & _ANY_TYPE1 for text in _damaged(one.text)
        }
        self._stumps = tuple(text for text in self._damaged if len(text) >= _FEWEST_DIGITS)
        self.keeps_case = False
        """A Read code of another meaning was met whose letters are small ones."""

    def read(self, cell: str) -> CodeReading:
        """What the cell says."""
        text = cell.strip(" ")
        if (one := self._spelling(text)) is not None:
            self.keeps_case |= not one.is_number
            return CodeReading(sure=one.says, scheme=one.scheme, unconfirmed=not one.confirmed)
        if is_none(text):
            return CodeReading(blank=True)
        bare = bare_text(text)
        folded = bare.casefold()
        if _POWER.search(folded):
            return CodeReading(damaged=True)
        one = self._spelling(bare) or self._with_term_number(bare)
        if one is not None:
            if one.says == CodeSays.WITHDRAWN:
                return CodeReading(maybe=one.says)
            return CodeReading(sure=one.says, scheme=one.scheme, unconfirmed=not one.confirmed)
        maybe = near = CodeSays.NOTHING
        for form in written_forms(bare):
            found, but_for_case = self._traces(form)
            maybe |= found
            near |= but_for_case
        if not maybe and not near and _READ_SHAPED.fullmatch(bare) and bare != bare.upper():
            self.keeps_case = True
        return CodeReading(maybe=maybe, near=near)

    def _spelling(self, text: str) -> _Known | None:
        if (met := _WHOLE_NUMBER.fullmatch(text)) is not None:
            text = met[1]
        return self._spelt.get(text)

    def _with_term_number(self, text: str) -> _Known | None:
        """A Read code of seven characters: five of the code and two of the term, `9Nu0.11`; or with dots at its end."""
        if len(text) == 7 and text[5:].isalnum():
            text = text[:5]
        return self._by_text.get(text.rstrip("."))

    def _traces(self, text: str) -> tuple[CodeSays, CodeSays]:
        """What stands anywhere in a text; and what would, but for its case."""
        folded = text.casefold()
        squeezed = _FOREIGN.sub("", folded)
        maybe = near = CodeSays.NOTHING
        for one in self._letters:
            if one.folded in squeezed:
                as_written = _FOREIGN_CASED.sub("", text)
                if one.text not in as_written and one.text.upper() in as_written:
                    near |= one.says
                else:
                    maybe |= one.says
        for word in _LOOKALIKE.findall(text):
            like = word.translate(_LIKE)
            for one in self._letters:
                if like.startswith(one.text):
                    maybe |= one.says
        alone = {*_RUNS_ALONE.findall(folded)}
        joined = _LONG_RUNS.findall(_FOREIGN.sub("", _OTHER_NUMBERS.sub(_set_apart, folded)))
        for run in {*_LONG_RUNS.findall(folded), *joined}:
            maybe |= self._by_run(run, another=run in alone and is_snomed_identifier(run))
        if ("dissent" in folded or "type" in folded or "t1" in folded) and _TERM.search(_FOREIGN.sub(" ", folded)):
            maybe |= CodeSays.WITHDRAWN if "withdr" in folded else CodeSays.DISSENT
        return maybe, near

    def _by_run(self, run: str, *, another: bool) -> CodeSays:
        """A run of digits: itself, behind noughts, or, its last digit lost or not, inside a number that is no identifier of its own;
        and what damage left of it, with other digits before or behind.

        Args:
            another: it stands alone and is an identifier of SNOMED CT. One that letters touch, or that separators between digits are
                left out of, is so by chance.
        """
        says = self._damaged.get(run, CodeSays.NOTHING)
        for one in self._numbers:
            begun = one.text[:-1] if one.says & _ANY_TYPE1 else one.text
            if run.lstrip("0") == one.text or (begun in run and not another):
                says |= one.says
        if not another and (run.startswith(self._stumps) or run.endswith(self._stumps)):
            for text in self._stumps:
                if run.startswith(text) or run.endswith(text):
                    says |= self._damaged[text]
        if not says and _DESCRIPTION.fullmatch(run) and is_snomed_identifier(run):
            says = _ANY_TYPE1
        return says


def _set_apart(number: re.Match[str]) -> str:
    """A long identifier of SNOMED CT stays by itself where the separators between digits are left out."""
    return "x" if is_snomed_identifier(number[0]) else number[0]


def _damaged(code: str) -> set[str]:
    """What is left of a number where arithmetic rounded it, or a field was too short for it."""
    value, length = int(code), len(code)
    rounded = {str(round(value, keep - length)) for keep in range(3, length)}
    cut = {str(value // 10 ** (length - keep) * 10 ** (length - keep)) for keep in range(3, length)}
    single = {str(int(struct.unpack("f", struct.pack("f", value))[0]))}
    begun = {code[:keep] for keep in range(_FEWEST_DIGITS, length)}
    ended = {code[lost:] for lost in (1, 2)}
    return rounded | cut | single | {part for part in begun | ended if not is_snomed_identifier(part)}
