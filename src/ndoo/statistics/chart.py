"""A chart of rates: a line for each group, a mark for each series, as SVG with words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, GRID = "#3D3D3D", "#BFC1C3"
COLOURS = ("#12436D", "#F46A25")
"""Two series of the Analysis Function's palette; the second one's marks are squares, so that nobody needs the colour."""
WIDTH, LEFT, RIGHT, TOP, ROW = 520, 168, 24, 70, 30
_FONT = 'font-family="Arial, Helvetica, sans-serif"'


@dataclass(frozen=True, slots=True)
class Chart:
    """Per cent by group. A rate that is None is not drawn; the table beside the chart says why."""

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
    step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0) if max(chart.rates) / s <= 7 or s == 20.0)
    end = step * (int(max(chart.rates) / step - 1e-9) + 1)
    height = TOP + ROW * len(chart.rows) + 40

    def x(rate: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * rate / end

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title {name}-words" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" {_FONT} font-size="15" fill="{INK}">',
        f'<title id="{name}-title">{escape(chart.title)}</title>',
        f'<desc id="{name}-words">{escape(described(chart))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        f'<text x="0" y="16">{escape(chart.subtitle)}</text>',
    ]
    place = 8
    for at, said in enumerate(chart.series):
        out.append(_mark(at, place, 38) + f'<text x="{place + 14}" y="43">{escape(said)}</text>')
        place += 44 + 8 * len(said)
    for tick in range(round(end / step) + 1):
        across = f"{x(tick * step):.1f}"
        out.append(f'<line x1="{across}" x2="{across}" y1="{TOP - 8}" y2="{height - 34}" stroke="{GRID}"/>')
        out.append(f'<text x="{across}" y="{height - 14}" text-anchor="middle">{tick * step:g}%</text>')
    for row, (group, rates) in enumerate(chart.rows):
        y = TOP + ROW * row + ROW // 2
        out.append(f'<text x="{LEFT - 14}" y="{y + 5}" text-anchor="end">{escape(_short(group))}</text>')
        seen = [x(rate) for rate in rates if rate is not None]
        if len(seen) > 1:
            out.append(f'<line x1="{min(seen):.1f}" x2="{max(seen):.1f}" y1="{y}" y2="{y}" stroke="{INK}"/>')
        out += [_mark(at, x(rate), y) for at, rate in enumerate(rates) if rate is not None]
    return "\n".join([*out, "</svg>"])


def described(chart: Chart) -> str:
    """The chart in words."""
    told = []
    for group, rates in chart.rows:
        each = [f"{said} {rate:.2f}" for said, rate in zip(chart.series, rates, strict=True) if rate is not None]
        if each:
            told.append(f"{group}: {', '.join(each)}")
    return f"{chart.subtitle}. {'; '.join(told)} per cent."


def _mark(at: int, x: float, y: int) -> str:
    if at:
        return f'<rect x="{x - 6:.1f}" y="{y - 6}" width="12" height="12" fill="{COLOURS[at]}" stroke="{INK}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{COLOURS[at]}"/>'


def _short(text: str, most: int = 22) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
