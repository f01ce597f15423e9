"""The ways in which an NHS number hides in data, as functions of the number: the twelve of the catalogue, and more."""

from __future__ import annotations


def _three(number: str) -> tuple[str, str, str]:
    return number[:3], number[3:6], number[6:]


def bare(number: str) -> str:
    return number


def spaced(number: str) -> str:
    return " ".join(_three(number))


def hyphened(number: str) -> str:
    return "-".join(_three(number))


def dotted(number: str) -> str:
    return ".".join(_three(number))


def slashed(number: str) -> str:
    return "/".join(_three(number))


def underscored(number: str) -> str:
    return "_".join(_three(number))


def no_break_spaced(number: str) -> str:
    return "\u00a0".join(_three(number))


def no_break_hyphened(number: str) -> str:
    return "\u2011".join(_three(number))


def digit_by_digit(number: str) -> str:
    return " ".join(number)


def full_width(number: str) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in number)


def arabic(number: str) -> str:
    return "".join(chr(0x660 + int(digit)) for digit in number)


def split_by_tags(number: str) -> str:
    return "<b>{}</b><i>{}</i><u>{}</u>".format(*_three(number))


def split_by_tags_anywhere(number: str) -> str:
    return f"<td>{number[:2]}<wbr>{number[2:7]}</td> <td>{number[7:]}</td>"


def split_by_entities(number: str) -> str:
    return "{}&nbsp;{}&#8209;{}".format(*_three(number))


def split_by_escapes(number: str) -> str:
    return "{}%20{}%C2%A0{}".format(*_three(number))


def split_by_json_escapes(number: str) -> str:
    return "{}\\u00a0{}\\u2011{}".format(*_three(number))


def split_by_nothing_visible(number: str) -> str:
    return "{}\u200b{}\u00ad{}".format(*_three(number))


def two_halves(number: str) -> str:
    return f"{number[:5]} {number[5:]}"


def as_a_fraction(number: str) -> str:
    return f"{number}.0"


def with_thousands(number: str) -> str:
    return f"{int(number):,}"


def to_a_power(number: str) -> str:
    return f"{int(number):.9E}"


def quoted_by_a_spreadsheet(number: str) -> str:
    return f'="{number}"'


def labelled(number: str) -> str:
    return f"NHS{number}"


def in_a_file_name(number: str) -> str:
    return f"scan_{number}_p2.pdf"


def in_an_attribute(number: str) -> str:
    return f'<patient id="{number}"/>'


WHOLE = (
    bare,
    spaced,
    hyphened,
    dotted,
    slashed,
    underscored,
    no_break_spaced,
    no_break_hyphened,
    digit_by_digit,
    full_width,
    arabic,
    split_by_tags,
    split_by_tags_anywhere,
    split_by_entities,
    split_by_escapes,
    split_by_json_escapes,
    split_by_nothing_visible,
    two_halves,
    as_a_fraction,
    with_thousands,
    to_a_power,
    quoted_by_a_spreadsheet,
)
"""Nothing stands in the cell besides."""
DISGUISES = (
    *(disguise for disguise in WHOLE if disguise not in (to_a_power,)),
    labelled,
    in_a_file_name,
    in_an_attribute,
)
"""Those that are met among other words."""
