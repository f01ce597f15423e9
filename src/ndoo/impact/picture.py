"""A picture of one column: each group's rate of loss with its interval, beside the whole cohort's. SVG, with words for it."""

from __future__ import annotations

from html import escape
from textwrap import wrap

from ndoo.domain.plurals import counted
from ndoo.impact.report import GroupLine, ReportColumn
from ndoo.impact.report_text import headline, per_cent

INK, ALL, MORE, GRID = "#3D3D3D", "#12436D", "#F46A25", "#BFC1C3"
WIDTH, LEFT, RIGHT, ROW, LINE = 340, 10, 16, 46, 20
"""As wide as a telephone shows it without making it smaller: a group's name and its rate stand above its mark."""
_LETTERS = 42
"""Of a line."""
MOST = 40
"""Groups in a picture; the table beside it has them all."""
_FONT = 'font-family="Arial, Helvetica, sans-serif"'
_OVER_LINES = 'paint-order="stroke" stroke="#FFFFFF" stroke-width="4"'
"""A name is read where lines of the grid cross it."""


def picture(table: ReportColumn, overall: float, at: int) -> str:
    """The SVG of column number `at`; empty where nothing may be shown.

    Not by colour alone: a group that lost more has a square, the others a dot, and every rate stands beside its mark.
    """
    lines = _drawn(table.lines)
    if not lines:
        return ""
    most = max([line.high for line in lines] + [overall]) or 1.0
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if most / s <= 6 or s == 0.5)
    end = step * (int(most / step - 1e-9) + 1)
    subtitle = wrap(f"{_short(table.column, 40)}: per cent left out, 95% interval", _LETTERS)
    top = LINE * (len(subtitle) + 2 + bool(table.hidden)) + 20
    height = top + ROW * len(lines) + 34

    def x(share: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(share, end) / end

    title, words = f"impact-{at}-title", f"impact-{at}-words"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{title} {words}" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" {_FONT} font-size="14" fill="{INK}">',
        f'<title id="{title}">{escape(headline(table))}</title>',
        f'<desc id="{words}">{escape(_described(table, lines, overall))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        *(
            f'<text x="0" y="{16 + LINE * row}" font-weight="bold">{escape(said)}</text>'
            for row, said in enumerate(subtitle)
        ),
        f'<g transform="translate(0 {16 + LINE * len(subtitle)})">{_key(table.hidden)}</g>',
    ]
    for tick in range(round(end / step) + 1):
        place = x(tick * step)
        out.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{top - 6}" y2="{height - 28}" stroke="{GRID}"/>')
        out.append(f'<text x="{place:.1f}" y="{height - 10}" text-anchor="middle">{100 * tick * step:g}%</text>')
    out.append(
        f'<line x1="{x(overall):.1f}" x2="{x(overall):.1f}" y1="{top - 6}" y2="{height - 28}" stroke="{INK}" '
        'stroke-width="2" stroke-dasharray="5 4"/>'
    )
    out += [_row(line, top + ROW * row + 32, x(line.low), x(line.rate), x(line.high)) for row, line in enumerate(lines)]
    return "\n".join([*out, "</svg>"])


def _key(hidden: int) -> str:
    stars = (
        f'<text x="0" y="{2 * LINE}">* {hidden} {"group" if hidden == 1 else "groups"} not shown: small numbers</text>'
    )
    return (
        f'<circle cx="8" cy="-5" r="5" fill="{ALL}"/><text x="20" y="0">a group</text>'
        f'<rect x="100" y="-10" width="10" height="10" fill="{MORE}" stroke="{INK}"/><text x="117" y="0">lost more than the others</text>'
        f'<line x1="0" x2="30" y1="{LINE - 5}" y2="{LINE - 5}" stroke="{INK}" stroke-width="2" stroke-dasharray="5 4"/>'
        f'<text x="38" y="{LINE}">everybody</text>' + (stars if hidden else "")
    )


def _row(line: GroupLine, y: int, low: float, middle: float, high: float) -> str:
    more = line.verdict == "more"
    mark = (
        f'<rect x="{middle - 5:.1f}" y="{y - 5}" width="10" height="10" fill="{MORE}" stroke="{INK}"/>'
        if more
        else f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{ALL}"/>'
    )
    return (
        f'<text x="0" y="{y - 14}" {_OVER_LINES}>{escape(_short(line.group, 34))}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{MORE if more else ALL}" stroke-width="2"/>{mark}'
        f'<text x="{WIDTH}" y="{y - 14}" text-anchor="end" {_OVER_LINES}>{per_cent(line.rate)}%</text>'
    )


def _drawn(lines: tuple[GroupLine, ...]) -> list[GroupLine]:
    largest = sorted(lines, key=lambda line: -line.before)[:MOST]
    return [line for line in lines if line in largest]


def _described(table: ReportColumn, lines: list[GroupLine], overall: float) -> str:
    told = "; ".join(f"{line.group} {per_cent(line.rate)} per cent" for line in lines)
    left = (
        f" Of {counted(len(table.lines), 'group')} the {len(lines)} largest are drawn."
        if len(lines) < len(table.lines)
        else ""
    )
    hidden = f" {table.hidden} {'group is' if table.hidden == 1 else 'groups are'} not shown." if table.hidden else ""
    return f"Of everybody {per_cent(overall)} per cent were left out. By group: {told}.{left}{hidden} The table has the counts."


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
