"""What programs and people put around the code of a coded entry, on its way from a GP system to an analyst.

Each takes the code as it stands in the record and gives the cell as it was met: in exports, spreadsheets, messages and code lists.
"""

from __future__ import annotations

from collections.abc import Callable

Decoration = Callable[[str], str]
OTHER = "171207006"
TERM = "Dissent from secondary use of general practitioner patient identifiable data"

_AROUND = (
    "'{}",
    '"{}"',
    "'{}'",
    '""{}""',
    '="{}"',
    '=""{}""',
    "={}",
    "+{}",
    "-{}",
    "`{}`",
    "“{}”",
    "‘{}’",
    "«{}»",
    "({})",
    "[{}]",
    "{{{}}}",
    "<{}>",
    " {}",
    "\t{}",
    "{}\t",
    "\u00a0{}",
    "{}\u00a0",
    "\u2003{}",
    "\u3000{}",
    "{}\u2028",
    "{}\r",
    "{}\n",
    "\ufeff{}",
    "\u200b{}",
    "{}\u2060",
    "ï»¿{}",
    "Â\u00a0{}",
    "\ufffd{}",
    "{}\ufffd",
    "{}…",
    "*{}",
    "{}*",
    "#{}",
    "{}.",
    "{},",
    "{};",
    "{}:",
    "{}?",
    "{}/",
    "{}\\",
    "\\{}",
    "{} |" + TERM + "|",
    "{} | " + TERM,
    "|{}|",
    "{}^" + TERM + "^SCT",
    "{} some words",
    "{}_x",
    "{}x",
    "{}null",
    "null{}",
    "{}-1",
    "http://snomed.info/id/{}",
    "http://snomed.info/sct/{}",
    "https://browser.example/?conceptId1={}&edition=uk",
    "urn:oid:2.16.840.1#{}",
    "sct:{}",
    "SNOMED-CT:{}",
    "SNOMED CT {}",
    "SCTID: {}",
    "SCT{}",
    "Read:{}",
    "EMIS{}",
    "READ2{}",
    '["{}"]',
    "['{}']",
    '{{"code": "{}"}}',
    "<code>{}</code>",
    '<code value="{}"/>',
    "b'{}'",
    "Decimal('{}')",
    OTHER + ";{}",
    "{};" + OTHER,
    OTHER + ",{}",
    OTHER + " {}",
    OTHER + "|{}",
    OTHER + "\n{}",
    OTHER + "{}",
    "{}" + OTHER,
    "{}20210601",
    "{}:246090004=" + OTHER,
    "=== {}",
    "<< {}",
    "%20{}",
    "%22{}%22",
    "&quot;{}&quot;",
    "&#39;{}",
    "&nbsp;{}",
    "\\u00a0{}",
    "\\x20{}",
    '\\"{}\\"',
)


def _around(form: str) -> Decoration:
    return form.format


def _parted(by: str) -> Decoration:
    """Thousands separators, or the letters of a Read code set apart."""
    return lambda code: by.join(code[at : at + 3] for at in range(0, len(code), 3))


def _full_width(code: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if character.isascii() else character for character in code)


def _accented(code: str) -> str:
    return code[:1] + "\u0301" + code[1:]


DECORATIONS: tuple[Decoration, ...] = (
    *(_around(form) for form in _AROUND),
    *(_parted(by) for by in (",", " ", ".", "'", "-", "_", "\u00a0", "\u202f", "\u200b", "\u00ad", "\ufffd")),
    _full_width,
    _accented,
)
"""What can stand around any code."""
WITH_NUL: tuple[Decoration, ...] = (*(_around(form) for form in ("{}\0\0\0", "\0{}")), _parted("\0"))
"""Padding of fields of fixed width: in text it makes the row unreadable, in other places it is a character."""


def _in_script(zero: str) -> Decoration:
    return lambda code: "".join(chr(ord(zero) + int(digit)) for digit in code)


OF_NUMBERS: tuple[Decoration, ...] = (
    *(_around(form) for form in ("{}.0", "{}.00", "{},0", "0{}", "000{}", "{}0", "{}L")),
    lambda code: str(float(code)),
    lambda code: code[:-1],
    lambda code: code[1:],
    lambda code: code[:10],
    lambda code: code[:9] + "000000",
    lambda code: str(round(int(code), -3)),
    _in_script("٠"),
    _in_script("०"),
)
"""What arithmetic, short fields and other scripts make of a number."""
OF_READ_CODES: tuple[Decoration, ...] = (
    *(_around(form) for form in ("{}.", "{}..", "{}.00", "{}.11", "{}.1A", "{}11", "{}-11", "{}.00 Dissent")),
    str.lower,
    str.swapcase,
)
"""What only a code of letters meets."""
