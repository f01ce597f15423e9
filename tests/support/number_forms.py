"""Ways in which files of the world write an NHS number: with other separators, in markup, encoded, among other digits.

`AS_WRITTEN` are forms in which ten digits are somebody's number, whoever reads them; `AMONG_DIGITS` are those in which the ten digits
could stand there by chance, so that a number counts where it is known whose it is. `UNSEEN` are not looked for, and docs say so.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable

Form = Callable[[str], str]

SEPARATORS = (
    *" -./_,:;|~^!@#$%*+='`()[]{}<>?\\",
    "  ",
    "--",
    " - ",
    " / ",
    ", ",
    " | ",
    "\t",
    "\n",
    "\r\n",
    "\n ",
    "\u00a0",
    "\u2009",
    "\u202f",
    "\u2013",
    "\u2014",
    "\u2212",
    "\u00b7",
    "\u2022",
    "\u200b",
    "\u00ad",
    "\u200e",
    "\ufeff",
    "\ufffd",
    "??",
    "Â ",
    "Â\u00a0",
    "â€¦",
    "â€“",
    "ï¿½",
    "Ã‚Â ",
    "\\u00a0",
    "&nbsp;",
    "&nbsp",
    "&#160;",
    "&#160",
    "&#xA0;",
    "&lrm;",
    "&NoBreak;",
    "&ThinSpace;",
    "&CounterClockwiseContourIntegral;",
    "&frac12;",
    "&amp;lrm;",
    "&amp;nbsp;",
    "&amp;amp;nbsp;",
    "%20",
    "%2520",
    "%C2%A0",
    "%u00a0",
    "=20",
    "=C2=A0",
    "\\~",
    "\\_",
    "\\-",
    "\\'a0",
    "\\u160?",
    "\\u-3913?",
    "\\tab ",
    "\\line ",
    "\\n",
    "\\t",
    "\\r\\n",
    "\\n\\n",
    "\\x20",
    "\\040",
    "<br>",
    "<br/>",
    "</td><td>",
    "</td>\n      <td>",
    "<wbr>",
    "<!-- -->",
    "<span class='x'> </span>",
    "\\T\\",
    "\\S\\",
    "\\.br\\",
    "\\X0D\\",
    "\u3000",
    "\u30fb",
    "…",
    " … ",
    "),(",
    "], [",
    '", "',
    "\\,",
    "{}",
    "~~",
    "→",
)
"""What parts three, three and four digits."""


def three(number: str) -> tuple[str, str, str]:
    return number[:3], number[3:6], number[6:]


def parted(separator: str) -> Form:
    return lambda number: separator.join(three(number))


def of_digits(zero: str) -> Form:
    return lambda number: "".join(chr(ord(zero) + int(digit)) for digit in number)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


AS_WRITTEN: dict[str, Form] = {
    **{f"parted by {separator!r}": parted(separator) for separator in SEPARATORS},
    "in brackets of several kinds": lambda n: "({}) {}-{}".format(*three(n)),
    "in a list of texts": lambda n: json.dumps(three(n)),
    "in a list of digits": lambda n: json.dumps([int(digit) for digit in n]),
    "digit by digit, quoted": lambda n: json.dumps(list(n)),
    "thousands with points": lambda n: f"{int(n):,}".replace(",", "."),
    "thousands with apostrophes": lambda n: f"{int(n):,}".replace(",", "'"),
    "as a formula": lambda n: f'="{n}"',
    "as a fraction of Germany's": lambda n: f"{n},00",
    "with a sign": lambda n: f"-{n}",
    "scientific, as Java has it": lambda n: f"{n[0]}.{n[1:]}E9",
    "scientific, in JSON": lambda n: f'{{"a": [{n[0]}.{n[1:]}e+09]}}',
    "scientific, three digits": lambda n: f"{n[0]}.{n[1:]}E+009",
    "scientific, below one": lambda n: f"0.{n}E10",
    "scientific, in thousands": lambda n: f"{n[:4]}.{n[4:]}E6",
    "scientific, comma": lambda n: f"{n[0]},{n[1:]}E+09",
    "scientific, as Fortran has it": lambda n: f"0.{n}D+10",
    "scientific, whole": lambda n: f"{n}0E-1",
    "filled with noughts": lambda n: f"00{n}",
    "filled with many noughts": lambda n: n.zfill(20),
    "hexadecimal": lambda n: hex(int(n)),
    "hexadecimal, as bytes": lambda n: n.encode().hex(),
    "hexadecimal, as PostgreSQL shows bytes": lambda n: f"\\x{n.encode().hex()}",
    "hexadecimal, byte by byte": lambda n: n.encode().hex(" "),
    "hexadecimal, as C writes bytes": lambda n: ", ".join(f"0x{byte:02X}" for byte in n.encode()),
    "hexadecimal, escaped": lambda n: "".join(f"\\x{byte:02x}" for byte in n.encode()),
    "percent signs": lambda n: "".join(f"%{byte:02X}" for byte in n.encode()),
    "references": lambda n: "".join(f"&#{byte};" for byte in n.encode()),
    "references that nothing ends": lambda n: "".join(f"&#{byte}" for byte in n.encode()),
    "references in base sixteen that nothing ends": lambda n: "".join(f"&#x{byte:04X}" for byte in n.encode()),
    "quoted-printable": lambda n: "".join(f"={byte:02X}" for byte in n.encode()),
    "escaped, JSON": lambda n: "".join(f"\\u{byte:04x}" for byte in n.encode()),
    "escaped, octal": lambda n: "".join(f"\\{byte:03o}" for byte in n.encode()),
    "a soft line end": lambda n: f"{n[:5]}=\n{n[5:]}",
    "a soft line end of a mail": lambda n: f"{n[:2]}=\r\n{n[2:]}",
    "base64": encoded,
    "base64 of a sentence": lambda n: encoded(f"Her mother ({n}) came along today."),
    "base64 of markup": lambda n: encoded("<td>{}&nbsp;{}&nbsp;{}</td>".format(*three(n))),
    "base64 of UTF-16": lambda n: base64.b64encode(f"NHS {n}".encode("utf-16-le")).decode(),
    "base64 of base64": lambda n: encoded(encoded(f"NHS number {n}")),
    "base64 in lines": lambda n: base64.encodebytes(("Dear colleague, " * 12 + n + " was seen.").encode()).decode(),
    "base64, as a URL holds it": lambda n: f"data:text/plain;base64,{encoded(f'see {n} there')}",
    "RTF": lambda n: "{{\\rtf1{{\\b {}}}{{\\i {}}} {{\\ul {}}}\\par}}".format(*three(n)),
    "RTF, in characters": lambda n: "{\\rtf1 " + "".join(f"\\u{ord(digit)}?" for digit in n) + "}",
    "RTF, in bytes": lambda n: "{\\rtf1 " + "".join(f"\\'{ord(digit):02x}" for digit in n) + "}",
    "markup, escaped": lambda n: html.escape("{}<br>{}<br>{}".format(*three(n))),
    "markup, escaped twice": lambda n: html.escape(html.escape("{}&nbsp;{}&nbsp;{}".format(*three(n)))),
    "markup around digits": lambda n: "".join(f"<span>{digit}</span>" for digit in n),
    "HL7": lambda n: f"PID|1||{n}^^^NHS^NH||",
    "JSON in JSON": lambda n: json.dumps({"p": json.dumps({"n": " ".join(three(n))})}),
    "in circles": lambda n: "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(digit)] for digit in n),
    "raised": lambda n: "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in n),
    "on keys": lambda n: "".join(f"{digit}\ufe0f\u20e3" for digit in n),
    "struck through": lambda n: "".join(f"{digit}\u0336" for digit in n),
    "Devanagari": of_digits("०"),
    "Adlam": of_digits("\U0001e950"),
    "bold": of_digits("\U0001d7ce"),
    "of two scripts": lambda n: "".join(of_digits("٠")(d) if at % 2 else d for at, d in enumerate(n)),
}
AMONG_DIGITS: dict[str, Form] = {
    "before a date of birth": lambda n: f"{n}19640212",
    "behind a date of birth": lambda n: f"120264{n}",
    "behind an organisation": lambda n: f"RX9{n}",
    "behind another number": lambda n: f"9998530729{n}",
    "before another number": lambda n: f"{n}9998530729",
    "in a key": lambda n: f"ABC123{n}X9",
    "between letters": lambda n: f"x{n}y",
    "behind a long label": lambda n: f"PATIENTNUMBER{n}",
    "before a time": lambda n: f"{n}T1030",
    "with a digit behind": lambda n: f"{n}7",
    "with a nought before": lambda n: f"0{n}",
    "in pence": lambda n: f"{n}00",
    "with decimals": lambda n: f"{n}.5",
    "as decimals": lambda n: f"0.{n}",
    "in a UUID": lambda n: f"00000001-0000-4000-8000-1{n}0",
    "in odd groups": lambda n: f"{n[:4]}/{n[4:5]}:{n[5:]}",
    "like a date": lambda n: f"{n[:2]}/{n[2:4]}/{n[4:8]} {n[8:]}",
    "like an address of the internet": lambda n: f"{n[:3]}.{n[3:6]}.{n[6:8]}.{n[8:]}",
    "in two and two": lambda n: ".".join(n[at : at + 2] for at in range(0, 10, 2)),
    "as India groups": lambda n: f"{n[:1]},{n[1:3]},{n[3:5]},{n[5:7]},{n[7:]}",
    "deep in a long number": lambda n: "1" * 57 + n + "2" * 80,
    "at the end of a long number": lambda n: "1" * 71 + n,
}
UNSEEN: dict[str, Form] = {
    "in words": lambda n: " ".join(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][int(d)] for d in n
    ),
    "a word between": lambda n: "{} and {} and {}".format(*three(n)),
    "base32": lambda n: base64.b32encode(n.encode()).decode(),
    "backwards": lambda n: n[::-1],
    "binary": lambda n: bin(int(n)),
}
