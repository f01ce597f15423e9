"""The page on Spark says what is read, kept and refused: each line of its tables is bound to tests that are there."""

from __future__ import annotations

from tests.repository.test_databases_page import ROOT, lines_of

PAGE = ROOT / "docs/how-to/uphold-with-spark.md"
FOLDERS, FRAMES, AGREES = (f"engines/test_spark_{name}.py" for name in ("folders", "frames", "agrees"))
PARTS = "unit/upholding/parquet_and_arrow/test_parquet_parts.py"
NOT_ONE_TABLE = (PARTS, "test_what_is_not_one_table_is_refused")
IN_NAMES = (FRAMES, "test_names_inside_a_column_are_looked_at")
LINES = {
    "a folder of Parquet": [(AGREES, "test_a_partitioned_folder_comes_to_what_the_file_comes_to")],
    "paths": [
        (FOLDERS, "test_a_path_is_taken_as_it_is_written"),
        (FOLDERS, "test_spark_takes_a_path_as_it_is_written_too"),
    ],
    "cells of a frame that name somebody": [(FRAMES, "test_every_kind_of_cell_that_names_somebody_stops_the_frame")],
    "a session of Spark Connect": [(FRAMES, "test_a_session_of_spark_connect_is_upheld")],
    "types": [(FOLDERS, "test_every_type_comes_out_as_it_went_in")],
    "types of files without a schema of Arrow": [(FOLDERS, "test_types_stay_that_only_parquet_says")],
    "values": [(FOLDERS, "test_every_type_comes_out_as_it_went_in")],
    "timestamps of 96 bits (INT96)": [(FOLDERS, "test_old_timestamps_keep_their_year_or_are_refused_by_name")],
    "what is said of them": [(FOLDERS, "test_every_type_comes_out_as_it_went_in")],
    "names of partitions": [(FOLDERS, "test_spark_takes_a_path_as_it_is_written_too")],
    "`table-has-log`": [NOT_ONE_TABLE],
    "`file-hidden`": [
        (FOLDERS, "test_rows_in_hidden_files_are_not_lost_in_silence"),
        (FOLDERS, "test_what_writers_leave_beside_the_rows_is_passed_over"),
    ],
    "`folder-linked`": [(FOLDERS, "test_a_partition_behind_a_link_is_not_lost_in_silence")],
    "`columns-differ`": [NOT_ONE_TABLE],
    "`columns-alike`, `columns-double`": [
        (FOLDERS, "test_names_that_differ_in_capitals_only_are_refused"),
        NOT_ONE_TABLE,
        IN_NAMES,
    ],
    "`partition-identifies`": [
        (FOLDERS, "test_no_escape_hides_a_number_in_a_partitions_name"),
        (FOLDERS, "test_a_number_behind_an_escape_is_a_mention"),
        (FOLDERS, "test_a_number_in_another_script_or_in_two_partitions_is_a_mention"),
    ],
    "`partition-unreadable`": [(FOLDERS, "test_a_folder_whose_name_is_no_text_is_refused")],
    "`type-refused`": [(FOLDERS, "test_a_type_that_is_not_released_is_refused_by_name")],
    "`type-not-kept`": [(FOLDERS, "test_what_cannot_be_written_back_is_refused_by_name")],
    "`timestamps-mixed`": [(FOLDERS, "test_old_timestamps_keep_their_year_or_are_refused_by_name")],
    "`column-mentions`": [
        (AGREES, "test_a_withheld_person_in_another_columns_text_stops_the_release"),
        (FRAMES, "test_every_kind_of_cell_that_names_somebody_stops_the_frame"),
    ],
    "`session-function`": [(FRAMES, "test_a_function_of_the_session_is_not_asked_instead_of_sparks_own")],
    "`session-setting`": [(FRAMES, "test_a_setting_that_makes_patterns_of_names_is_refused")],
    "`column-type`": [
        (FRAMES, "test_a_key_of_another_type_is_refused_by_name"),
        (FOLDERS, "test_a_fault_names_the_file"),
    ],
    "`type-unseen`": [(FRAMES, "test_what_nobody_can_look_into_is_refused_by_name")],
    "`column-identifies`, `metadata-identifies`": [IN_NAMES, (FRAMES, "test_metadata_of_a_column_names_nobody")],
    "`input-changed`": [(FOLDERS, "test_a_file_that_has_other_rows_than_were_decided_on_is_not_released")],
    "`executors-lack-ndoo`": [(FRAMES, "test_executors_without_ndoo_are_named")],
}
"""The first cell of a line, and the tests that hold it."""


def test_each_line_of_the_page_is_bound_to_tests() -> None:
    assert sorted(lines_of(PAGE)) == sorted(LINES)


def test_the_tests_that_lines_are_bound_to_are_there() -> None:
    for path, name in {one for tests in LINES.values() for one in tests}:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(), f"{path}::{name}"
