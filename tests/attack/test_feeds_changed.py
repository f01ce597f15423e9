"""A supplier changes a feed without a word: sixty ways, each stops the run, or comes to the same people and is shown to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.attack.naive import anti_join
from tests.attack.scene import GO, STAY, Scene
from tests.support.numbers import some

HEADING = ["nhs_number", "seen", "age", "ward"]
PEOPLE = [*STAY, GO[0], *some(11, seed=51)]
ROWS = [[number, f"2026-01-{at + 1:02}", str(30 + at), "AB"[at % 2]] for at, number in enumerate(PEOPLE)]


def text(heading: list[str] | None = None, rows: list[list[str]] | None = None, by: str = ",", end: str = "\n") -> str:
    return "".join(by.join(row) + end for row in (heading or HEADING, *(ROWS if rows is None else rows)))


def _moved(order: list[int]) -> str:
    return text([HEADING[at] for at in order], [[row[at] for at in order] for row in ROWS])


def _with(at: int, change: Callable[[str], str]) -> str:
    return text(rows=[[change(cell) if place == at else cell for place, cell in enumerate(row)] for row in ROWS])


def _named(at: int, name: str) -> str:
    return text([name if place == at else column for place, column in enumerate(HEADING)])


MUTATIONS: dict[str, bytes] = {
    name: made.encode() if isinstance(made, str) else made
    for name, made in {
        **{
            f"columns moved {order}": _moved(order)
            for order in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [3, 2, 1, 0], [1, 2, 3, 0], [2, 1, 0, 3])
        },
        **{
            f"column {at} gone": text(
                [c for k, c in enumerate(HEADING) if k != at], [[c for k, c in enumerate(r) if k != at] for r in ROWS]
            )
            for at in range(4)
        },
        **{f"column {at} renamed": _named(at, "renamed") for at in range(4)},
        **{f"column {at} in capitals": _named(at, HEADING[at].upper()) for at in range(4)},
        **{
            f"a new column at {at}": text(
                [*HEADING[:at], "new", *HEADING[at:]], [[*r[:at], "x", *r[at:]] for r in ROWS]
            )
            for at in range(5)
        },
        **{f"split by {by!r}": text(by=by) for by in (";", "\t", "|", "^", "~", "\x1f")},
        "line ends CRLF": text(end="\r\n"),
        "line ends mixed": text(end="\r\n")[:200] + text()[200:].replace("\r", ""),
        "line ends CR": text(end="\r"),
        "a mark in front": b"\xef\xbb\xbf" + text().encode(),
        **{f"in {name}": text().encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")},
        "in Windows-1252": _with(3, lambda _: "é").encode("cp1252"),
        "no heading": text().partition("\n")[2],
        "heading twice": text().partition("\n")[0] + "\n" + text(),
        "two columns of one name": _named(1, "nhs_number"),
        "no rows": text(rows=[]),
        "a third of the rows": text(rows=ROWS[:6]),
        "cut in the middle of a row": text()[:-9],
        "thrice the rows": text(rows=ROWS * 3),
        "empty": "",
        "days first": _with(1, lambda cell: f"{cell[8:]}/{cell[5:7]}/{cell[:4]}"),
        "days as words": _with(1, lambda _: "yesterday"),
        "days as numbers": _with(1, lambda _: "46023"),
        "ages as words": _with(2, lambda _: "thirty"),
        "ages with decimals": _with(2, lambda cell: cell + ".5"),
        "ages as powers": _with(2, lambda cell: cell + "E0"),
        "wards as numbers": _with(3, lambda _: "7"),
        "wards as days": _with(3, lambda _: "2026-01-01"),
        "numbers as powers": _with(0, lambda cell: f"{float(cell):.3e}"),
        "numbers with decimals": _with(0, lambda cell: cell + ".0"),
        "numbers with letters": _with(0, lambda cell: "N" + cell),
        "a quote that is never closed": _with(3, lambda cell: '"' + cell),
        "a NUL": _with(3, lambda cell: cell + "\0"),
        "a title above": "Extract of today\n" + text(),
        "a total below": text() + "Total: 20\n",
        "everybody opted out": text(rows=[[GO[0], *row[1:]] for row in ROWS]),
    }.items()
}

NORMALISED = {
    "cells in quotes": text([f'"{c}"' for c in HEADING], [[f'"{c}"' for c in row] for row in ROWS]),
    "no line end at the end": text()[:-1],
    "numbers in quotes": _with(0, lambda cell: f'"{cell}"'),
    "cells left blank": _with(2, lambda _: ""),
}


@pytest.fixture
def feed(scene: Scene) -> Scene:
    """A feed that was pinned."""
    scene.put_lists(stay=PEOPLE[:8] + PEOPLE[9:], go=GO)
    scene.put(text())
    assert scene.uphold("--shape", "feed.json").status == 0
    for name in ("out.csv", "out.csv.manifest.json"):
        (scene.folder / name).unlink()
    return scene


def test_there_are_sixty_of_them() -> None:
    assert len(MUTATIONS) + len(NORMALISED) >= 60


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_feed_that_changed_stops_the_run(name: str, feed: Scene) -> None:
    feed.put(MUTATIONS[name])
    said = feed.uphold("--shape", "feed.json")
    assert said.status in (2, 3, 4), said.told
    assert not (feed.folder / "out.csv").exists()


@pytest.mark.parametrize("name", NORMALISED)
def test_a_feed_that_is_only_written_otherwise_comes_to_the_same_people(name: str, feed: Scene) -> None:
    feed.put(NORMALISED[name])
    said = feed.uphold("--shape", "feed.json")
    assert said.status == 0, said.told
    assert said.json["people"] == {"read": 20, "kept": 19, "removed": 1, "held": 0}


def test_a_short_script_takes_most_of_them_without_a_word() -> None:
    """The naive way notices only what makes it fall over."""
    taken = 0
    for content in MUTATIONS.values():
        try:
            taken += GO[0] in anti_join(content.decode(), "".join(f"{number}\n" for number in GO)) or True
        except Exception:  # noqa: BLE001, S112  whatever it falls over
            continue
    assert taken >= 40


def test_the_kinds_of_parquet_are_pinned_by_type(scene: Scene) -> None:
    scene.put_lists(stay=PEOPLE, go=GO)
    for ages, status in ((pa.int32(), 0), (pa.int32(), 0), (pa.int64(), 3)):
        table = pa.table({"nhs_number": PEOPLE, "age": pa.array(range(len(PEOPLE)), ages)})
        pq.write_table(table, scene.folder / "in.parquet")
        assert scene.uphold("--shape", "f.json", source="in.parquet", output="out.parquet").status == status


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"format": 1, "columns": [], "rows": [1, 2], "per_cent_removed": [0, 1]}',
        '{"format": "csv", "columns": [], "rows": [2, 1], "per_cent_removed": [0, 1]}',
    ],
)
def test_a_shape_that_cannot_be_read_stops_the_run(content: str, feed: Scene) -> None:
    (feed.folder / "feed.json").write_text(content)
    said = feed.refuses(3, "shape-unreadable", "--shape", "feed.json")
    assert "--shape feed.json is not a shape that ndoo pinned." in said.err and "elete" not in said.err


def test_a_shape_is_of_tables(feed: Scene) -> None:
    feed.put('{"resourceType": "Patient"}\n', "in.ndjson")
    feed.refuses(2, "shape-of-file", "--shape", "feed.json", source="in.ndjson", output="out.ndjson")


def test_what_is_pinned_names_nobody(feed: Scene) -> None:
    told = json.loads((feed.folder / "feed.json").read_text())
    assert told["columns"][0] == {"name": "nhs_number", "kinds": ["digits"]}
    assert told["rows"] == [10, 41]
    assert not any(number in (feed.folder / "feed.json").read_text() for number in PEOPLE)


def test_a_packed_feed_and_a_workbook_have_a_shape_too(scene: Scene, tmp_path: Path) -> None:
    import gzip

    import openpyxl

    scene.put_lists(stay=PEOPLE, go=GO)
    scene.put(gzip.compress(text().encode()), "in.csv.gz")
    book = openpyxl.Workbook()
    for row in (HEADING, *ROWS):
        book.active.append(row)
    book.save(scene.folder / "in.xlsx")
    for source, output in (("in.csv.gz", "out.csv.gz"), ("in.xlsx", "out2.csv")):
        for _ in range(2):
            assert scene.uphold("--shape", f"{source}.json", source=source, output=output).status == 0


def test_a_long_feed_is_looked_at_as_far_as_its_first_rows(scene: Scene) -> None:
    scene.put_lists(stay=PEOPLE, go=GO)
    scene.put(text(rows=ROWS * 200))
    for _ in range(2):
        assert scene.uphold("--shape", "f.json").status == 0


def test_a_shape_that_is_a_folder_is_said(feed: Scene) -> None:
    (feed.folder / "f.json").mkdir()
    feed.refuses(2, "output-is-folder", "--shape", "f.json")


def test_a_shape_under_a_folder_that_is_a_file_is_said(feed: Scene) -> None:
    assert feed.uphold("--shape", "in.csv/f.json").status in (2, 5)
