"""The page on databases says what is read, refused and left behind: each line of its tables is bound to tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/uphold-a-database.md"
CATALOGUES, NEIGHBOURS, NAMES, RIGHTS, TYPES = (
    f"attack/test_{name}.py"
    for name in ("catalogues", "neighbours", "names_meant", "rights_missing", "types_that_tell")
)
DRAWN, KEPT, PRINTED = "engines/test_values_drawn.py", "engines/test_values_kept.py", "engines/test_sql_printed.py"
ANY_TYPE = (DRAWN, "test_a_number_in_a_value_of_any_type_stops_the_run")
VERIFIER, UPHOLDER = (
    (RIGHTS, "test_a_verifier_needs_these_rights_and_no_others"),
    (RIGHTS, "test_who_upholds_needs_these_rights_and_no_others"),
)
STATISTICS = (NEIGHBOURS, "test_of_the_list_nothing_stays_in_the_statistics")
IN_FILE = (NEIGHBOURS, "test_of_the_list_nothing_stays_in_the_file")
LINES = {
    "`input.name`, `output.name`": [("engines/test_tables_refused.py", "test_no_address_shows_an_account")],
    "`output.sha256`": [
        ("attack/test_table_digests.py", "test_the_digest_covers_every_column_whatever_it_is_called"),
        ("attack/test_table_digests.py", "test_names_that_are_exchanged_break_the_digest"),
        ("attack/test_table_digests.py", "test_a_changed_type_breaks_the_digest"),
        ("attack/test_table_digests.py", "test_names_inside_a_type_that_are_exchanged_break_the_digest"),
        ("attack/test_table_digests.py", "test_no_two_values_have_one_digest"),
    ],
    "`required`": [("attack/test_table_digests.py", "test_a_column_that_may_be_missing_since_breaks_the_digest")],
    "`input.sha256`, `bytes`": [("engines/test_tables_upheld.py", "test_a_real_table_comes_to_what_its_file_comes_to")],
    # what a type lets a column hold
    "text, enumerations, JSON": [ANY_TYPE, ("engines/test_table_types.py", "test_an_enumeration_is_text")],
    "whole numbers, fractions": [
        ANY_TYPE,
        ("engines/test_tables_mention.py", "test_numbers_lists_structures_and_bytes"),
    ],
    "`bytea`, `BLOB`": [ANY_TYPE, (CATALOGUES, "test_a_type_is_what_it_is_and_not_what_it_is_called")],
    "`uuid`, bits": [ANY_TYPE, (KEPT, "test_what_stands_in_a_code_is_read_as_what_it_stands_for")],
    "dates, times": [
        (KEPT, "test_every_type_of_postgresql_is_decided"),
        (KEPT, "test_every_type_of_duckdb_is_decided"),
    ],
    "any other": [(KEPT, "test_a_type_that_nobody_knows_is_refused_and_named")],
    "any column of SQLite": [
        (KEPT, "test_values_of_any_type_keep_it"),
        (KEPT, "test_a_view_of_two_tables_keeps_each_values_type_or_is_refused"),
    ],
    # rights
    "whoever verifies a table": [VERIFIER],
    "whoever verifies a schema": [VERIFIER],
    "whoever upholds a table": [UPHOLDER],
    "whoever upholds a schema": [UPHOLDER],
    "whoever says `--replace`": [
        (RIGHTS, "test_an_older_release_is_replaced_by_its_owner_only"),
        (RIGHTS, "test_what_depends_on_an_older_release_keeps_it"),
    ],
    # what is trusted
    "names, functions, operators": [
        (NEIGHBOURS, "test_an_operator_of_somebody_else_is_not_asked"),
        (NEIGHBOURS, "test_a_function_that_stands_before_the_catalogues_own_is_not_asked"),
        (NEIGHBOURS, "test_macros_of_a_file_are_not_asked"),
    ],
    "a view, condition, index": [
        (NEIGHBOURS, "test_a_table_that_runs_somebody_elses_function_is_not_read"),
        (NEIGHBOURS, "test_a_manifest_that_runs_somebody_elses_function_is_not_read"),
    ],
    "a policy that hides rows": [
        (RIGHTS, "test_whoever_is_shown_less_proves_nothing"),
        (NEIGHBOURS, "test_a_verifier_from_whom_a_policy_hides_a_row_proves_nothing"),
    ],
    "a column's type": [(CATALOGUES, "test_a_type_is_what_it_is_and_not_what_it_is_called")],
    "a released table that is now": [
        (CATALOGUES, "test_a_released_table_that_is_none_of_its_own_is_not_verified"),
        (CATALOGUES, "test_a_view_in_a_results_place_is_not_verified"),
        (CATALOGUES, "test_a_column_that_shows_the_verifier_somebody_else_is_not_verified"),
    ],
    "an index of SQLite": [(NEIGHBOURS, "test_an_index_that_says_other_than_the_rows_is_not_believed")],
    "files, databases and extensions": [(NEIGHBOURS, "test_a_view_reads_no_other_file")],
    "settings of the account": [(NEIGHBOURS, "test_the_digest_is_the_same_in_every_session")],
    # what is refused
    "a table that inherits": [(CATALOGUES, "test_a_table_that_inherits_is_refused_because_keys_are_not_inherited")],
    "a foreign table": [
        (CATALOGUES, "test_a_foreign_table_is_named_and_not_left_out"),
        (CATALOGUES, "test_a_partition_of_another_schemas_table_is_named_and_not_left_out"),
    ],
    "a key out of the schema": [
        (CATALOGUES, "test_a_key_that_compares_in_its_own_way_is_refused"),
        (CATALOGUES, "test_a_collation_for_which_other_texts_are_the_same_is_no_fault"),
        (CATALOGUES, "test_a_key_to_a_partition_leads_to_the_table_it_is_of"),
    ],
    "a temporary table": [(NAMES, "test_a_source_is_no_temporary_table"), (NAMES, "test_a_result_goes_where_it_stays")],
    "a result with the name": [
        (NAMES, "test_the_source_is_itself_under_every_name"),
        (NAMES, "test_nothing_is_replaced_but_an_older_release"),
        (NAMES, "test_an_older_release_from_which_the_source_reads_is_not_replaced"),
    ],
    "a type in which a valid NHS number": [
        (TYPES, "test_a_type_inside_which_somebody_is_named_is_refused"),
        (TYPES, "test_a_declared_type_of_sqlite_that_names_somebody_is_refused"),
        (TYPES, "test_a_type_of_postgresql_that_names_somebody_is_refused"),
        (CATALOGUES, "test_a_table_without_columns_is_named_as_what_it_is"),
    ],
    "a name with line feeds": [(NAMES, "test_printed_sql_holds_no_line_that_a_name_brought_along")],
    # what stays behind
    "tables, statistics, logs": [STATISTICS, (NEIGHBOURS, "test_an_operator_of_somebody_else_is_not_asked")],
    "the files of PostgreSQL": [STATISTICS],
    "a file of SQLite": [IN_FILE, (NEIGHBOURS, "test_of_an_older_result_nothing_stays_in_the_files_free_pages")],
    "a file of DuckDB": [IN_FILE],
    "beside a file of DuckDB": [
        ("engines/test_tables_spill.py", "test_a_list_that_does_not_fit_into_memory_stops_no_run_and_is_not_to_be_read")
    ],
    "what is made": [(NEIGHBOURS, "test_default_privileges_open_nothing_that_is_made")],
    # what is printed
    "`view`": [
        (PRINTED, "test_a_view_hides_those_who_must_go_and_everybody_once_the_list_is_old"),
        ("engines/test_sql_drawn.py", "test_what_is_printed_keeps_the_rows_that_the_job_keeps"),
    ],
    "`policy`": [
        (PRINTED, "test_a_row_filter_hides_them_from_a_role_and_from_the_owner"),
        ("engines/test_sql_drawn.py", "test_a_filter_covers_every_partition_that_may_be_read_by_itself"),
        ("engines/test_sql_drawn.py", "test_no_filter_is_put_where_rows_are_read_around_it"),
    ],
}
"""How a line begins, and the tests that hold it."""


def lines_of(page: Path) -> list[str]:
    """The first cell of each line of each table, headings left out."""
    text = page.read_text()
    tables = re.findall(r"(?m)^\|.*\n\| ?--.*\n((?:\|.*\n)+)", text)
    return [line.split("|")[1].strip() for table in tables for line in table.splitlines()]


def test_each_line_of_the_page_is_bound_to_tests() -> None:
    lines = lines_of(PAGE)
    bound = {begin: [line for line in lines if line.startswith(begin)] for begin in LINES}
    assert {begin: found for begin, found in bound.items() if len(found) != 1} == {}
    assert set(lines) == {line for found in bound.values() for line in found}


def test_the_tests_that_lines_are_bound_to_are_there() -> None:
    for path, name in {one for tests in LINES.values() for one in tests}:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(), f"{path}::{name}"
