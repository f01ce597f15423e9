"""Columns with NHS numbers are found, and others are left alone, at 0.99 or better both ways on the labelled corpus."""

from __future__ import annotations

from collections import Counter

from ndoo.scanning.column_verdict import judged
from ndoo.scanning.kinds import ColumnKind
from ndoo.scanning.survey import TableSurvey
from tests.support.labelled_columns import Labelled, corpus


def found(column: Labelled) -> bool:
    """Does the finding say that NHS numbers stand in it?"""
    survey = TableSurvey([column.heading])
    survey.take_texts([column.cells])
    finding = judged(column.heading, survey.sights[0], survey.values(0))
    return ColumnKind.NHS_NUMBER in (finding.kind, *finding.holds)


def test_precision_and_recall_of_nhs_number_columns() -> None:
    counts: Counter[tuple[bool, bool]] = Counter()
    wrong: Counter[str] = Counter()
    for column in corpus(rounds=2):
        said = found(column)
        counts[column.truth, said] += 1
        wrong[f"{column.why} ({len(column.cells)} cells)"] += said != column.truth
    assert min(counts[True, True], counts[False, False]) > 180
    precision = counts[True, True] / (counts[True, True] + counts[False, True])
    recall = counts[True, True] / (counts[True, True] + counts[True, False])
    assert (precision >= 0.99, recall >= 0.99) == (True, True), f"{precision:.4f} {recall:.4f} {+wrong}"


def naive(column: Labelled) -> bool:
    """What most scanners do: a cell is a number when its pattern and its check digit are right, a column when one cell is."""
    from ndoo.domain.nhs_number import NHSNumber, read

    return any(isinstance(read(cell), NHSNumber) for cell in column.cells)


def test_the_corpus_bites_a_scanner_that_judges_cells() -> None:
    counts: Counter[tuple[bool, bool]] = Counter((column.truth, naive(column)) for column in corpus(rounds=1))
    assert counts[False, True] > 20
    assert counts[True, False] > 60
