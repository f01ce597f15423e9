"""A frame in memory comes back as the same kind of frame, as it was, without the people who opted out."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ndoo
from tests.conftest import TODAY
from tests.unit.library.worlds import FRAMES, GONE, PEOPLE, STAY, a_pandas_frame, a_polars_frame, visits_of


@pytest.mark.parametrize("name", FRAMES)
def test_nobody_who_opted_out_stays_in_a_frame_of_any_kind(name: str) -> None:
    frame = FRAMES[name]()
    upheld = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)
    assert isinstance(upheld.kept, type(frame))
    assert isinstance(upheld.held, type(frame))
    assert list(visits_of(upheld.kept)) == list(range(4, 40))
    assert list(visits_of(upheld.held)) == []
    assert (upheld.counts.rows.read, upheld.counts.rows.kept, upheld.counts.people.removed) == (40, 36, 4)


@pytest.mark.parametrize("name", FRAMES)
def test_the_allowed_stay_and_no_others(name: str) -> None:
    upheld = ndoo.uphold(FRAMES[name](), allowed=STAY, checked_at=TODAY)
    assert list(visits_of(upheld.kept)) == list(range(4, 40))


@pytest.mark.parametrize("name", ["pandas", "polars", "table", "batch"])
def test_what_came_with_a_removed_row_is_in_no_corner_of_what_is_kept(name: str) -> None:
    """A category that only a removed row used names that row."""
    upheld = ndoo.uphold(FRAMES[name](), nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)
    kept = upheld.kept.to_arrow() if name == "polars" else upheld.kept
    whole = pickle.dumps(kept)
    assert STAY[0].encode() in whole
    assert not [number for number in GONE if number.encode() in whole]


def test_every_type_of_pandas_and_its_index_come_back() -> None:
    frame = a_pandas_frame()
    kept = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY).kept
    pd.testing.assert_frame_equal(kept.drop(columns="site"), frame.iloc[4:].drop(columns="site"))
    assert kept["site"].cat.categories.tolist() == ["main"]
    assert kept["lists"].iloc[0] == [4]


def test_a_plain_index_stays_as_pandas_filters_it() -> None:
    frame = a_pandas_frame().reset_index(drop=True)
    kept = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY).kept
    assert kept.index.tolist() == list(range(4, 40))


def test_every_type_of_polars_comes_back() -> None:
    frame = a_polars_frame()
    kept = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY).kept
    assert kept.equals(frame[4:])
    assert kept.schema == frame.schema


@pytest.mark.parametrize("lazy", [False, True])
def test_an_enumeration_of_polars_lists_nothing_that_only_rows_had_that_went(lazy: bool) -> None:
    """Also where a column beside it is of the same type, and has no values; what no row has tells of nobody."""
    codes = [f"P{1000 + at}" for at in range(40)]
    listed = pl.Enum([*codes, "P9999"])
    given = {"code": pl.Series(codes, dtype=listed), "other": pl.Series([None] * 40, dtype=listed)}
    frame = pl.DataFrame({"nhs_number": PEOPLE, **given})
    kept = ndoo.uphold(frame.lazy() if lazy else frame, opted_out=GONE, checked_at=TODAY).kept.lazy().collect()
    assert kept.schema["code"] == pl.Enum([*codes[4:], "P9999"])
    assert kept.schema["other"] == pl.Enum(["P9999"])
    assert kept["code"].to_list() == codes[4:]
    whole = ndoo.uphold(frame, allowed=PEOPLE, checked_at=TODAY, expect_removed=(0, 100)).kept
    assert whole.schema == frame.schema


@pytest.mark.parametrize("there", [0, 4, 6])
def test_a_category_without_values_comes_back(there: int) -> None:
    codes = [f"P{1000 + at}" for at in range(40)]
    site = pd.Categorical([*codes[:there], *[None] * (40 - there)], categories=codes, ordered=True)
    frame = pd.DataFrame({"nhs_number": PEOPLE, "site": site})
    kept = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY).kept["site"]
    assert kept.cat.categories.tolist() == codes[4:there]
    assert kept.dropna().tolist() == codes[4:there]
    assert kept.cat.ordered
    assert len(kept) == 36


def test_metadata_of_an_arrow_table_stays() -> None:
    table = FRAMES["table"]().replace_schema_metadata({"made": "by the trust"})
    assert ndoo.uphold(table, opted_out=GONE, checked_at=TODAY).kept.schema == table.schema


def test_a_frame_without_anybody_is_given_back_empty() -> None:
    batch = FRAMES["batch"]()
    upheld = ndoo.uphold(batch, opted_out=PEOPLE, checked_at=TODAY, expect_removed=(0, 100))
    assert upheld.kept.num_rows == 0
    assert upheld.kept.schema == batch.schema


def test_rows_of_nobody_known_are_held_apart_and_can_be_looked_at() -> None:
    frame = pd.DataFrame({"nhs_number": [*PEOPLE, None, "9991234567"], "visit": range(42)})
    upheld = ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)
    assert upheld.held["visit"].tolist() == [40, 41]
    assert upheld.counts.rows.held == {"missing": 1, "check_digit": 1}
    assert "2 held" in repr(upheld)
    assert "missing 1, check_digit 1" in upheld._repr_html_()


def test_the_counts_are_shown_as_a_table() -> None:
    shown = ndoo.uphold(FRAMES["table"](), opted_out=GONE, checked_at=TODAY)._repr_html_()
    assert "<tr><th>People</th><td>40</td><td>36</td><td>4</td><td>0</td></tr>" in shown
    assert "Held back:" not in shown


def test_somebody_withheld_in_another_cell_stops_the_run() -> None:
    frame = FRAMES["pandas"]().assign(note=["seen with mother " + GONE[0]] * 40)
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(frame, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == "column-mentions"
    frame["note"] = ["x"] * 39 + [GONE[0]]
    upheld = ndoo.uphold(frame, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY, mentions="hold")
    assert upheld.counts.rows.held == {"mentions": 1}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({GONE[0]: range(40)}, "column-identifies"),
        ({"lists": [[GONE[0]]] * 40}, "column-mentions"),
        ({"records": [{"a": GONE[0]}] * 40}, "column-mentions"),
        ({"mother": PEOPLE[::-1]}, "column-unclassified"),
        ({"first": [GONE[0][:5]] * 40, "second": [GONE[0][5:]] * 40}, "column-mentions"),
    ],
)
def test_somebody_withheld_anywhere_else_in_a_frame_stops_the_run(more: dict[str, Any], code: str) -> None:
    frame = pd.DataFrame({"nhs_number": PEOPLE, **more})
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(frame, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == code


def test_somebody_withheld_in_what_a_frame_says_of_itself_stops_the_run() -> None:
    frame = pd.DataFrame({"nhs_number": PEOPLE, "visit": range(40)})
    frame.attrs = {"made for": GONE[0]}
    listed = pl.Series(["x"] * 40, dtype=pl.Enum(["x", GONE[0]]))
    for one in (frame, pl.DataFrame({"nhs_number": PEOPLE, "listed": listed})):
        with pytest.raises(ndoo.NdooError) as refused:
            ndoo.uphold(one, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)
        assert refused.value.code == "metadata-identifies"


def test_somebody_withheld_in_the_index_stops_the_run() -> None:
    frame = FRAMES["pandas"]().set_index(pd.Index([*PEOPLE[5:], *PEOPLE[:5]], name="baby"))
    with pytest.raises(ndoo.NdooError):
        ndoo.uphold(frame, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)
    upheld = ndoo.uphold(frame, nhs_number="nhs_number", also=["baby"], opted_out=GONE, checked_at=TODAY)
    assert not set(GONE) & set(upheld.kept.index)


def test_rows_without_a_number_stay_only_with_a_reason() -> None:
    frame = pd.DataFrame({"nhs_number": [*PEOPLE, None], "visit": range(41)})
    with pytest.raises(ndoo.NdooError, match="justification"):
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY, undecided="keep-missing")
    with pytest.raises(ndoo.NdooError, match="justification"):
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY, justification="anonymous callers")
    upheld = ndoo.uphold(
        frame, opted_out=GONE, checked_at=TODAY, undecided="keep-missing", justification="anonymous callers"
    )
    assert upheld.kept["visit"].tolist() == list(range(4, 41))


def test_a_list_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(FRAMES["table"](), opted_out=STAY, checked_at=TODAY)
    assert refused.value.exit_status == 4


def test_a_warning_is_a_warning_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "60")
    with pytest.warns(UserWarning, match="60"):
        ndoo.uphold(FRAMES["table"](), opted_out=GONE, checked_at=TODAY)


@pytest.mark.parametrize(
    "frame", [None, [1], {"nhs_number": PEOPLE}, "visits.csv", pd.Series(PEOPLE), pl.Series(PEOPLE)]
)
def test_what_is_no_frame_is_refused(frame: Any) -> None:
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == "frame-unknown"


class Unread:
    """Nobody knows what is in it."""


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"nhs_number": PEOPLE, "odd": [1, "x"] * 20}),
        pd.DataFrame({"nhs_number": PEOPLE, "odd": [Unread()] * 40}),
        pl.DataFrame({"nhs_number": PEOPLE, "odd": pl.Series([Unread()] * 40, dtype=pl.Object)}),
    ],
)
def test_a_column_that_nobody_can_read_is_named(frame: Any) -> None:
    with pytest.raises(ndoo.NdooError, match="'odd'") as refused:
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == "frame-column"


def test_an_index_that_nobody_can_read_is_named() -> None:
    frame = pd.DataFrame({"nhs_number": PEOPLE}, index=[1, "x"] * 20)
    with pytest.raises(ndoo.NdooError, match="the index"):
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([[number, number] for number in PEOPLE], columns=["nhs_number", "nhs_number"])
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(frame, opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == "columns-doubled"


def test_numbers_that_became_arithmetic_are_refused() -> None:
    frame = pd.DataFrame({"nhs_number": [float(number) for number in PEOPLE]})
    with pytest.raises(ndoo.NdooError, match="digits may be lost"):
        ndoo.uphold(frame, nhs_number="nhs_number", opted_out=GONE, checked_at=TODAY)


def test_a_reader_that_breaks_off_gives_nothing() -> None:
    batch = FRAMES["batch"]()

    def broken() -> Any:
        yield batch
        raise pa.ArrowInvalid("cut off")

    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.uphold(pa.RecordBatchReader.from_batches(batch.schema, broken()), opted_out=GONE, checked_at=TODAY)
    assert refused.value.code == "frame-unread"


@pytest.mark.parametrize(("option", "value"), [("undecided", "keep"), ("mentions", "ignore")])
def test_an_option_that_is_none_is_refused_with_those_there_are(option: str, value: str) -> None:
    with pytest.raises(ndoo.NdooError, match=f"{option} is one of"):
        ndoo.uphold(FRAMES["table"](), opted_out=GONE, checked_at=TODAY, **{option: value})


def test_nothing_of_the_frame_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ndoo.uphold(FRAMES["table"](), opted_out=GONE, checked_at=TODAY)
    with pytest.raises(ndoo.NdooError):
        ndoo.uphold(FRAMES["table"](), opted_out=STAY, checked_at=TODAY)
    assert list(tmp_path.iterdir()) == []
