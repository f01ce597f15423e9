"""The publication as one page that stands by itself: no script, no other file, every chart with its table and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ndoo.policy.explanation import day_in_words
from ndoo.statistics.cells import AGE_GEN, ALL, BANDS, DEAD, FEMALE, MALE, REG_GEO, SEXES, TOTAL, UNALLOCATED, Cell
from ndoo.statistics.chart import Chart, drawn
from ndoo.statistics.publication import STEP, ShownCells
from ndoo.statistics.published import PublishedNumbers
from ndoo.statistics.references import References
from ndoo.statistics.tables import FILES

MOST = 30
"""Practices on the page; the file has them all."""
STYLE = """
body { font: 18px/1.5 Arial, Helvetica, sans-serif; color: #212b32; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.8rem; line-height: 1.25; } h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.5rem 0 .25rem; }
figure { margin: 0; } svg { width: 100%; max-width: 27rem; height: auto; } .big { font-size: 1.35rem; }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: bold; }
th, td { padding: .3rem 1rem .3rem 0; text-align: right; border-bottom: 1px solid #d8dde0; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } a { color: #005eb8; }
.scroll { overflow-x: auto; }
:focus { outline: 3px solid #212b32; outline-offset: 2px; }
"""
MOST_NAMED = 3
"""Groups that a headline says have the highest rate."""
CLOSE = 0.05
"""Rates that differ by so much of a per cent are told to be alike."""
_NO_PRACTICE = "<section>\n<h2>Opt-outs by practice are not shown</h2>\n<p>Each number is small, or would give a small one away.</p>\n</section>"
Row = tuple[str, ...]


def page(publication: ShownCells, references: References, title: str, beside: PublishedNumbers | None) -> str:
    """The whole page. Every number on it is one of the tables, or made of those alone."""
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>As at {day_in_words(publication.as_at)}.</p>",
        f'<p class="big">{escape(headline(publication))}</p>',
        _by_age(publication),
    ]
    if beside:
        body.append(_beside(publication, beside))
    body += [_by_practice(publication, references), _files(), _method(publication)]
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def headline(publication: ShownCells) -> str:
    """How many, in a sentence."""
    said, size, dead = publication.cells[TOTAL], publication.list_sizes.get(TOTAL), publication.cells[DEAD]
    if said.value is None:
        return "So few people have opted out that their number is not shown."
    about = "" if said.step == 1 else "About "
    share = f", {100 * said.value / size:.2f}% of the people registered with a GP practice" if size else ""
    died = "" if dead.step == 1 else "About "
    also = f" {died}{dead.value:,} people who have died had opted out too." if dead.value else ""
    return f"{about}{said.value:,} people have opted out{share}.{also}"


def rate(publication: ShownCells, cell: Cell) -> float | None:
    """Per cent of the people registered, of the count as it is shown."""
    said, size = publication.cells.get(cell), publication.list_sizes.get(cell)
    return 100 * said.value / size if said and said.value is not None and size else None


def age_chart(publication: ShownCells) -> Chart:
    """Rates by age and sex; of everybody by age, where none by sex may be shown."""
    bands = [band for band in BANDS if publication.list_sizes.get(Cell(AGE_GEN, band, ALL))]

    def chart(by: str, names: Sequence[str], sexes: Sequence[str]) -> Chart:
        rows = [(band, [rate(publication, Cell(AGE_GEN, band, sex)) for sex in sexes]) for band in bands]
        title, subtitle = _age_message(publication, bands), f"Per cent of registered patients who opted out, {by}"
        return Chart(title, subtitle, names, rows)

    by_sex = chart("by age and sex", (FEMALE, MALE), (FEMALE, MALE))
    return by_sex if by_sex.rates else chart("by age; by sex it is not shown", ("Everybody",), (ALL,))


def age_table(publication: ShownCells) -> tuple[Row, list[Row]]:
    """The heading and the rows of the table beside that chart."""
    heading = ("Age", *(f"{sex}: {what}" for sex in (ALL, FEMALE, MALE) for what in ("opted out", "rate")))
    rows = [
        (band, *(text for sex in (ALL, FEMALE, MALE) for text in _both(publication, Cell(AGE_GEN, band, sex))))
        for band in (*BANDS, ALL)
    ]
    return heading, rows


def _by_age(publication: ShownCells) -> str:
    heading, rows = age_table(publication)
    not_said = publication.cells[Cell(AGE_GEN, ALL, SEXES[2])]
    note = f"<p>Sex unknown, or the person prefers not to say: {not_said.text}.</p>"
    return _figure(age_chart(publication), "age", heading, rows, "People who opted out, by age and sex") + note


def _age_message(publication: ShownCells, bands: Sequence[str]) -> str:
    rates = {band: found for band in bands if (found := rate(publication, Cell(AGE_GEN, band, ALL))) is not None}
    if not rates:
        return "Opt-outs by age and sex"
    top = _highest(publication, {band: Cell(AGE_GEN, band, ALL) for band in rates})
    ages = [band.replace("-", " to ").replace("90+", "90 and over") for band in top]
    if len(ages) > MOST_NAMED:
        return "No age stands out: the numbers are rounded"
    of_those = "" if len(rates) == len(bands) else "Of the ages that may be shown: "
    return f"{of_those}{'people' if of_those else 'People'} aged {' and '.join(ages)} opted out most often"


def bounds(publication: ShownCells, cell: Cell) -> tuple[float, float]:
    """Between which rates the true one of a number that is shown lies: the number is rounded, and the rate is made of it."""
    shown, half = rate(publication, cell) or 0.0, publication.cells[cell].step // 2
    about = 100 * half / publication.list_sizes[cell]
    return shown - about, shown + about


def _highest(publication: ShownCells, groups: Mapping[str, Cell]) -> list[str]:
    """The groups of which each may have the highest rate, as far as rounded numbers tell."""
    between = {name: bounds(publication, cell) for name, cell in groups.items()}
    best = max(low for low, _ in between.values())
    return [name for name, (_, high) in between.items() if high >= best]


def _beside(publication: ShownCells, beside: PublishedNumbers) -> str:
    cells = [
        cell
        for cell in (*(Cell(AGE_GEN, band, ALL) for band in BANDS), *(Cell(AGE_GEN, ALL, s) for s in SEXES[:2]), TOTAL)
        if cell in beside.lines
    ]
    theirs = f"NHS Digital, {day_in_words(beside.as_at)}"
    pairs = {cell: (rate(publication, cell), beside.lines[cell].rate) for cell in cells}
    mine, other = pairs.get(TOTAL, (None, None))
    title = "Beside what NHS Digital published"
    if mine is not None and other is not None:
        low, high = bounds(publication, TOTAL)
        how = "more often than" if low - other > CLOSE else "less often than" if other - high > CLOSE else "as often as"
        title = f"People opted out here {how} in England on {day_in_words(beside.as_at)}"
    chart = Chart(
        title,
        "Per cent of registered patients who opted out",
        ("This publication", theirs),
        [(_group(cell), pairs[cell]) for cell in cells],
    )
    heading = ("Group", "Opted out here", "Rate here", f"Opted out, {theirs}", f"Rate, {theirs}")
    rows = [
        (
            _group(cell),
            *_both(publication, cell),
            _number(beside.lines[cell].opted_out),
            _per_cent(beside.lines[cell].rate),
        )
        for cell in cells
    ]
    return _figure(chart, "beside", heading, rows, "Beside NHS Digital's own publication")


def _by_practice(publication: ShownCells, references: References) -> str:
    size = publication.list_sizes
    rates = {
        cell.group: rate(publication, cell) for cell in publication.cells if cell.table == REG_GEO and size.get(cell)
    }
    largest = sorted(rates, key=lambda code: (-size[Cell(REG_GEO, code)], code))[:MOST]
    shown = [code for code in largest if rates[code] is not None]
    if not shown:
        return _NO_PRACTICE if largest else ""
    named = {code: references.practices[code][2] or code for code in largest}
    top = _highest(publication, {code: Cell(REG_GEO, code) for code in shown})
    many = f"the {len(largest)} largest practices" if len(rates) > MOST else "the practices"
    if len(shown) < len(largest):
        many += " that may be shown"
    by_rate = sorted(largest, key=lambda code: (rates[code] is None, -(rates[code] or 0.0)))
    chart = Chart(
        f"Among {many}, the rate is highest at {' and '.join(named[code] for code in top)}"
        if len(top) <= MOST_NAMED
        else f"Among {many}, none stands out: the numbers are rounded",
        "Per cent of registered patients who opted out, by practice",
        ("A practice",),
        [(named[code], (rates[code],)) for code in by_rate],
    )
    heading = ("Practice", "Code", "Opted out", "Registered", "Rate")
    rows = [
        (
            named[code],
            code,
            publication.cells[Cell(REG_GEO, code)].text,
            _number(size[Cell(REG_GEO, code)]),
            _per_cent(rates[code]),
        )
        for code in by_rate
    ]
    elsewhere = publication.cells[Cell(REG_GEO, UNALLOCATED)].text
    return _figure(chart, "practice", heading, rows, "By practice of registration") + (
        f"<p>Not allocated to a practice (closed, unknown, or with very few patients): {elsewhere}.</p>"
    )


def _figure(chart: Chart, name: str, heading: Row, rows: Sequence[Row], caption: str) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heading)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest) + "</tr>\n"
        for first, *rest in rows
    )
    return (
        f"<section>\n<figure>\n<figcaption><h2>{escape(chart.title)}</h2></figcaption>\n"
        f"{drawn(chart, name)}\n</figure>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {escape(caption)}"><table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table></div>\n</section>"
    )


def _files() -> str:
    what = {
        "age_gen": "by age and sex",
        "reg_geo": "by practice of registration",
        "res_geo": "by small area of residence",
    }
    items = "".join(f'<li><a href="{name}">{name}</a>: {what[table]} (CSV)</li>\n' for table, name in FILES.items())
    return f"<h2>The data</h2>\n<ul>\n{items}</ul>"


def _method(publication: ShownCells) -> str:
    total = publication.cells[TOTAL]
    national = "The national number is exact." if total.step == 1 else f"The national number is rounded to {STEP} too."
    return (
        "<h2>How to read the numbers</h2>\n"
        f"<p>A star (*) stands for a number that is not shown. Numbers of 1 to 7 are never shown, and others are left out where "
        f"they would give one away. All other numbers are rounded to the nearest {STEP}. {escape(national)} Because of that, "
        "numbers may not add up. Rates are made of the numbers as they are shown.</p>\n"
        "<p>The tables were checked together with every earlier publication: a solver tried to work out small numbers from "
        "them, and could not. People who have died are counted apart. List sizes are the people registered with a practice, "
        "not the people who live in England.</p>"
    )


def _both(publication: ShownCells, cell: Cell) -> tuple[str, str]:
    said = publication.cells[cell]
    return _number(said.value) if said.value is not None else said.text, _per_cent(rate(publication, cell))


def _group(cell: Cell) -> str:
    return "Everybody" if cell == TOTAL else cell.sex if cell.group == ALL else cell.group


def _number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _per_cent(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}%"
