"""A statement as a page of its own: one HTML file without scripts, pictures or anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from ndoo.assets.statement_blocks import HEADING, POINT, TITLE, USE, StatementBlock, blocks

_LINK = re.compile(r"https://[^\s<>\"']*[^\s<>\"'.,;:)]")
_TAGS = {TITLE: "h1", HEADING: "h2", USE: "h3"}
_STYLE = """
body { color: #212b32; background: #fff; font: 1.125rem/1.5 Arial, sans-serif; margin: 0 auto; max-width: 44rem; padding: 1.5rem; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { font-size: 1.5rem; margin-top: 2.5rem; } h3 { font-size: 1.25rem; margin-top: 2rem; }
a { color: #005eb8; } a:focus { background: #ffeb3b; color: #212b32; outline: 4px solid #212b32; }
li { margin-bottom: .4rem; overflow-wrap: anywhere; }
body.large { font-size: 1.75rem; } .large h1 { font-size: 3.25rem; } .large h2 { font-size: 2.25rem; }
@media print { body { font-size: 11pt; padding: 0; } h2, h3 { break-after: avoid; } }
"""


def html(document: Mapping[str, Any]) -> str:
    """The whole statement as one page."""
    return page_of(list(blocks(document)))


def page_of(told: Sequence[StatementBlock], *, large: bool = False) -> str:
    """These blocks as one page; `large` is for a wall."""
    size = ' class="large"' if large else ""
    body = []
    for listed, group in groupby(told, key=lambda block: block.kind == POINT):
        if listed:
            points = "\n".join(f"<li>{_label(block)}{_linked(block.text)}</li>" for block in group)
            body.append(f"<ul>\n{points}\n</ul>")
        else:
            body += [_plain(block) for block in group]
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(told[0].text)}</title>\n<style>{_STYLE}</style>\n</head>\n<body{size}>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _plain(block: StatementBlock) -> str:
    tag = _TAGS.get(block.kind, "p")
    return f"<{tag}>{_linked(block.text)}</{tag}>"


def _label(block: StatementBlock) -> str:
    return f"<strong>{escape(block.label)}:</strong> " if block.label else ""


def _linked(text: str) -> str:
    """The text with nothing in it that a page would take for a tag, and its addresses as links."""
    told, at = "", 0
    for found in _LINK.finditer(text):
        told += escape(text[at : found.start()]) + f'<a href="{escape(found[0])}">{escape(found[0])}</a>'
        at = found.end()
    return told + escape(text[at:])
