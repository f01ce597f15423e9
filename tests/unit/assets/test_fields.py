"""The tables behind the register: read from the package, whole, and without two things of one name."""

from __future__ import annotations

import pytest

from ndoo.assets import fields as of_fields
from ndoo.assets import review_rules, sheets, statement
from ndoo.assets.fields import ASSET, FLOW, ORGANISATION


@pytest.fixture(autouse=True)
def read_anew() -> None:
    for kept in (
        of_fields._document,
        of_fields.fields,
        sheets.columns,
        review_rules._settings,
        review_rules.rhythms,
        statement.words,
    ):
        kept.cache_clear()


@pytest.mark.parametrize("kind", [ORGANISATION, ASSET, FLOW])
def test_every_field_has_a_heading_of_its_own_in_the_workbook(kind: str) -> None:
    fields, columns = of_fields.fields(kind), sheets.columns(kind)
    assert [columns[field.heading] for field in fields.values()] == list(fields)
    assert len(set(columns.values())) == len(columns) >= len(fields)
    assert all(field.ask for field in fields.values())


def test_a_flow_has_a_column_for_each_fact_that_is_decided_on() -> None:
    assert set(of_fields.fact_headings()) < {name.removeprefix("facts.") for name in sheets.columns(FLOW).values()}


def test_the_dated_values_of_review_are_in_the_order_of_their_dates() -> None:
    rhythms = review_rules.rhythms()
    assert rhythms and sorted(rhythms, key=lambda one: one.start) == list(rhythms)


def test_no_word_of_the_statement_is_blank() -> None:
    assert all(text.strip() for table in statement.words().values() for text in table.values())
