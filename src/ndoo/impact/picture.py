"""A picture of one column: each group's rate of loss with its interval, beside the whole cohort's. SVG, with words for it."""

from __future__ import annotations

from html import escape

from ndoo.impact.report import Line, Table
from ndoo.impact.report_text import headline, per_cent

INK, ALL, MORE, GRID = "#3D3D3D", "#12436D", "#F46A25", "#BFC1C3"
WIDTH, LEFT, RIGHT, TOP, ROW = 760, 210, 90, 64, 26
MOST = 40
"""Groups in a picture; the table beside it has them all."""
_FONT = 'font-family="Arial, Helvetica, sans-serif"'


def picture(table: Table, overall: float, at: int) -> str:
    """The SVG of column number `at`; empty where nothing may be shown.

    Not by colour alone: a group that lost more has a square, the others a dot, and every rate stands beside its mark.
    """
    lines = _drawn(table.lines)
    if not lines:
        return ""
    most = max([line.high for line in lines] + [overall]) or 1.0
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if most / s <= 6 or s == 0.5)
    end = step * (int(most / step - 1e-9) + 1)
    height = TOP + ROW * len(lines) + 44

    def x(share: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(share, end) / end

    title, words = f"impact-{at}-title", f"impact-{at}-words"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{title} {words}" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" {_FONT} font-size="14" fill="{INK}">',
        f'<title id="{title}">{escape(headline(table))}</title>',
        f'<desc id="{words}">{escape(_described(table, lines, overall))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        f'<text x="0" y="16" font-weight="bold">{escape(_short(table.column, 40))}: per cent left out, 95% interval</text>',
        _key(),
    ]
    for tick in range(round(end / step) + 1):
        place = x(tick * step)
        out.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP - 6}" y2="{height - 34}" stroke="{GRID}"/>')
        out.append(f'<text x="{place:.1f}" y="{height - 16}" text-anchor="middle">{100 * tick * step:g}%</text>')
    out.append(
        f'<line x1="{x(overall):.1f}" x2="{x(overall):.1f}" y1="{TOP - 6}" y2="{height - 34}" stroke="{INK}" '
        'stroke-width="2" stroke-dasharray="5 4"/>'
    )
    out += [
        _row(line, TOP + ROW * row + ROW // 2, x(line.low), x(line.rate), x(line.high))
        for row, line in enumerate(lines)
    ]
    return "\n".join([*out, "</svg>"])


def _key() -> str:
    return (
        f'<circle cx="8" cy="37" r="5" fill="{ALL}"/><text x="20" y="42">a group</text>'
        f'<rect x="90" y="32" width="10" height="10" fill="{MORE}" stroke="{INK}"/><text x="107" y="42">lost more than the others</text>'
        f'<line x1="300" x2="330" y1="37" y2="37" stroke="{INK}" stroke-width="2" stroke-dasharray="5 4"/>'
        '<text x="338" y="42">everybody</text>'
    )


def _row(line: Line, y: int, low: float, middle: float, high: float) -> str:
    more = line.verdict == "more"
    mark = (
        f'<rect x="{middle - 5:.1f}" y="{y - 5}" width="10" height="10" fill="{MORE}" stroke="{INK}"/>'
        if more
        else f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{ALL}"/>'
    )
    return (
        f'<text x="{LEFT - 12}" y="{y + 5}" text-anchor="end">{escape(_short(line.group, 26))}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{MORE if more else ALL}" stroke-width="2"/>{mark}'
        f'<text x="{WIDTH - RIGHT + 12}" y="{y + 5}">{per_cent(line.rate)}%</text>'
    )


def _drawn(lines: tuple[Line, ...]) -> list[Line]:
    largest = sorted(lines, key=lambda line: -line.before)[:MOST]
    return [line for line in lines if line in largest]


def _described(table: Table, lines: list[Line], overall: float) -> str:
    told = "; ".join(f"{line.group} {per_cent(line.rate)} per cent" for line in lines)
    left = f" The {len(lines)} largest of {len(table.lines)} groups are drawn." if len(lines) < len(table.lines) else ""
    return f"Of everybody {per_cent(overall)} per cent were left out. By group: {told}.{left} The table has the counts."


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
