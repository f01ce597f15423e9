"""The report as one HTML page that stands by itself: no script, no other file, every picture with its words and its table."""

from __future__ import annotations

from html import escape

from ndoo.impact.picture import WIDTH, picture
from ndoo.impact.report import Impact, ReportColumn
from ndoo.impact.report_text import HEADING, TOO_FEW, headline, paragraph, rows

_STYLE = """
body { font: 16px/1.5 Arial, Helvetica, sans-serif; color: #212b32; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.3rem; margin-top: 2.5rem; }
figure { margin: 0; } figcaption { margin-bottom: .5rem; } svg { width: 100%; max-width: 27rem; height: auto; }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: bold; }
th, td { padding: .25rem .75rem .25rem 0; text-align: right; border-bottom: 1px solid #d8dde0; }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; } blockquote { margin: 1rem 0; padding: .5rem 1rem; border-left: 4px solid #12436D; }
"""


def page(impact: Impact, title: str) -> str:
    """The whole page."""
    body = [
        f"<h1>{escape(title)}</h1>",
        "<h2>In a paragraph</h2>",
        f"<blockquote><p>{escape(paragraph(impact))}</p></blockquote>",
    ]
    if impact.total is None or impact.rate is None:
        body.append(f"<p>{escape(TOO_FEW)}</p>")
    else:
        body += [_section(table, impact.rate[0], at) for at, table in enumerate(impact.tables)]
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )


def pictures(impact: Impact) -> str:
    """The pictures alone, one below the other, as one SVG."""
    drawn = [picture(table, impact.rate[0], at) for at, table in enumerate(impact.tables)] if impact.rate else []
    drawn = [svg for svg in drawn if svg]
    heights = [int(svg.split('height="')[1].split('"')[0]) for svg in drawn]
    total = sum(heights) + 24 * len(heights)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" height="{total}">']
    for at, svg in enumerate(drawn):
        out.append(svg.replace("<svg ", f'<svg y="{sum(heights[:at]) + 24 * at}" ', 1))
    return "\n".join([*out, "</svg>\n"])


def _section(table: ReportColumn, overall: float, at: int) -> str:
    head = "".join(f'<th scope="col">{escape(cell or table.column)}</th>' for cell in HEADING)
    lines = "".join(
        "<tr>"
        + f'<th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>\n"
        for first, *rest in rows(table)
    )
    return (
        f"<section>\n<figure>\n<figcaption><h2>{escape(headline(table))}</h2>\n<p>{escape(table.grouping)}; the intervals allow "
        f"for the number of groups.</p></figcaption>\n{picture(table, overall, at)}\n</figure>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {escape(table.column)}"><table>\n'
        f"<caption>{escape(table.column)}: people before and after</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{lines}</tbody>\n</table></div>\n</section>"
    )
