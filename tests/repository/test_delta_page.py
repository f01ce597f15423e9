"""The page on Delta tables says what comes, what does not and what is refused: each line of its tables is bound to tests that are there."""

from __future__ import annotations

from tests.repository.test_databases_page import ROOT, lines_of

PAGE = ROOT / "docs/how-to/uphold-a-delta-table.md"
TABLES = "engines/test_delta_tables.py"
TYPES = (TABLES, "test_every_type_comes_out_as_it_went_in")
LINES = {
    "rows": [
        (TABLES, "test_rows_that_a_deletion_vector_deletes_do_not_come_back"),
        (TABLES, "test_whatever_happened_to_a_table_the_release_is_its_rows_without_those_who_go"),
    ],
    "columns": [TYPES, (TABLES, "test_a_column_that_was_dropped_is_not_released")],
    "partitions": [(TABLES, "test_partitions_that_are_peoples_numbers_come_out_as_a_column")],
    "order": [TYPES],
    "`delta-feature`": [(TABLES, "test_a_feature_that_is_not_read_here_is_refused_by_its_name")],
    "`delta-elsewhere`": [(TABLES, "test_rows_that_stand_outside_the_folder_are_refused")],
    "`delta-version`": [
        (TABLES, "test_a_version_is_read_as_it_was"),
        (TABLES, "test_a_version_that_was_cleaned_up_is_said_to_be_gone"),
    ],
    "`delta-unreadable`": [(TABLES, "test_a_version_is_read_as_it_was")],
    "`delta-path`": [(TABLES, "test_a_path_that_the_reader_takes_for_another_is_refused")],
    "`metadata-identifies`": [(TABLES, "test_a_column_that_somebody_was_named_in_the_comment_of_is_refused")],
}
"""The first cell of a line, and the tests that hold it."""


def test_each_line_of_the_page_is_bound_to_tests() -> None:
    assert sorted(lines_of(PAGE)) == sorted(LINES)


def test_the_tests_that_lines_are_bound_to_are_there() -> None:
    for path, name in {one for tests in LINES.values() for one in tests}:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(), f"{path}::{name}"
