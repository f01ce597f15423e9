"""A chart of rates: a line for each group, a mark for each series, as SVG with words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

INK, GRID = "#3D3D3D", "#BFC1C3"
COLOURS = ("#12436D", "#F46A25")
"""Two series of the Analysis Function's palette; the second one's marks are squares, so that nobody needs the colour."""
WIDTH, LEFT, RIGHT, ROW, LINE = 340, 10, 26, 46, 20
"""As wide as a telephone shows it without making it smaller: a group's name stands above its marks."""
_LETTERS = 44
"""Of a line."""
NOT_SHOWN = "* not shown: small, or it would give a small one away"
_FONT = 'font-family="Arial, Helvetica, sans-serif"'
_OVER_LINES = 'paint-order="stroke" stroke="#FFFFFF" stroke-width="4"'
"""A name is read where lines of the grid cross it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Per cent by group. Of a rate that is None a star says that it is not shown; the table beside the chart says why."""

    title: str
    subtitle: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float | None]]]

    @property
    def rates(self) -> list[float]:
        return [rate for _, rates in self.rows for rate in rates if rate is not None]


def drawn(chart: Chart, name: str) -> str:
    """The SVG; `name` tells its parts from those of other charts on the page. Empty where there is nothing to draw."""
    if not chart.rates:
        return ""
    step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if max(chart.rates) / s <= 6 or s == 20.0)
    end = step * (int(max(chart.rates) / step - 1e-9) + 1)
    subtitle, hides = wrap(chart.subtitle, _LETTERS), any(None in rates for _, rates in chart.rows)
    top = LINE * (len(subtitle) + len(chart.series) + hides) + 22
    height = top + ROW * len(chart.rows) + 34

    def x(rate: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * rate / end

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title {name}-words" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" {_FONT} font-size="14" fill="{INK}">',
        f'<title id="{name}-title">{escape(chart.title)}</title>',
        f'<desc id="{name}-words">{escape(described(chart))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
    ]
    above = [_text(0, said) for said in subtitle]
    above += [_mark(at, 8, -5) + _text(22, _short(said, _LETTERS)) for at, said in enumerate(chart.series)]
    above += [_text(0, NOT_SHOWN)] * hides
    out += [f'<g transform="translate(0 {16 + LINE * at})">{line}</g>' for at, line in enumerate(above)]
    for tick in range(round(end / step) + 1):
        across = f"{x(tick * step):.1f}"
        out.append(f'<line x1="{across}" x2="{across}" y1="{top - 8}" y2="{height - 28}" stroke="{GRID}"/>')
        out.append(f'<text x="{across}" y="{height - 10}" text-anchor="middle">{tick * step:g}%</text>')
    for row, (group, rates) in enumerate(chart.rows):
        y = top + ROW * row + 30
        hidden = " and ".join(said for said, rate in zip(chart.series, rates, strict=True) if rate is None)
        stars = f"  *{f' {hidden}' if len(chart.series) > 1 else ''}" if hidden else ""
        out.append(
            f'<text x="0" y="{y - 14}" {_OVER_LINES}>{escape(_short(group, _LETTERS - len(stars)) + stars)}</text>'
        )
        seen = [x(rate) for rate in rates if rate is not None]
        if len(seen) > 1:
            out.append(f'<line x1="{min(seen):.1f}" x2="{max(seen):.1f}" y1="{y}" y2="{y}" stroke="{INK}"/>')
        out += [_mark(at, x(rate), y) for at, rate in enumerate(rates) if rate is not None]
    return "\n".join([*out, "</svg>"])


def described(chart: Chart) -> str:
    """The chart in words."""
    told = []
    for group, rates in chart.rows:
        each = [
            f"{said} {'not shown' if rate is None else f'{rate:.2f}'}"
            for said, rate in zip(chart.series, rates, strict=True)
        ]
        told.append(f"{group}: {', '.join(each)}")
    return f"{chart.subtitle}. {'; '.join(told)} per cent."


def _mark(at: int, x: float, y: int) -> str:
    if at:
        return f'<rect x="{x - 6:.1f}" y="{y - 6}" width="12" height="12" fill="{COLOURS[at]}" stroke="{INK}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{COLOURS[at]}"/>'


def _text(x: int, said: str) -> str:
    return f'<text x="{x}" y="0">{escape(said)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
