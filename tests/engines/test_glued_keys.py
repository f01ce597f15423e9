"""A key that stands in a cell with something else, and that nobody declared, lets no table through; what only looks like one stops nobody."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ndoo.upholding.linked_tables.reference import ReferenceTable
from ndoo.upholding.linked_tables.text_sample import _place
from ndoo.upholding.table_links.glued_keys import readings
from ndoo.upholding.table_links.link import Link
from tests.engines.databases import Place
from tests.engines.key_worlds import PEOPLE, KeyFolder
from tests.engines.test_keys_agree import _found_by_sql, often, walked

OF_ONE: dict[str, Callable[[int], str]] = {
    "words and a number before it": lambda key: f"RX1_{key}",
    "a letter before it": lambda key: f"P-{key}",
    "a nought before it": lambda key: f"0{key}",
    "digits before it": lambda key: f"91{key}",
    "several words before it": lambda key: f"NHS/ENG/{key % 7}/{key}",
    "a number behind it": lambda key: f"{key}-1",
    "words behind it": lambda key: f"{key}_visit{key % 5}",
    "digits behind it": lambda key: f"{key}07",
    "on both sides": lambda key: f"V{key % 3}-{key}-b{key % 4}",
    "an exponent": lambda key: f"{key / 10 ** (len(str(key)) - 1)!r}e+{len(str(key)) - 1:02}",
    "a fraction": lambda key: f"{key}.0",
    "a comma": lambda key: f"{key},00",
}
OF_TWO: dict[str, Callable[[str, str], str]] = {
    "a hyphen": lambda site, no: f"{site}-{no}",
    "turned": lambda site, no: f"{no}/{site}",
    "nothing": lambda site, no: f"{site}{no}",
    "nothing, turned": lambda site, no: f"{no}{site}",
    "blanks": lambda site, no: f"{site}  {no}",
    "words before it": lambda site, no: f"ref {site}-{no}",
    "zeros": lambda site, no: f"{site}|{int(no):05}",
}


def _folder(patients: list[dict[str, str]], key: tuple[str, ...], cells: Sequence[str], name: str = "x") -> KeyFolder:
    rows = [{**row, "nhs_number": PEOPLE[at % len(PEOPLE)]} for at, row in enumerate(patients)]
    notes = [{name: cell, "note": "seen"} for cell in cells]
    return KeyFolder(
        {"patients": ReferenceTable(rows, own="nhs_number"), "notes": ReferenceTable(notes)},
        {"patients": (key,)} if key else {},
    )


def _of_one(way: str, count: int, first: int) -> KeyFolder:
    keys = [first + 3 * at for at in range(count)]
    cells = [OF_ONE[way](key) for key in keys[: max(3, count // 2)]]
    return _folder([{"patient_id": str(key)} for key in keys], ("patient_id",), cells)


def _of_two(way: str, count: int, *, declared: bool) -> KeyFolder:
    keys = [(f"S{at % 4}", str(at // 4)) for at in range(count)]
    return _folder(
        [{"site": site, "no": no} for site, no in keys],
        ("site", "no") if declared else (),
        [OF_TWO[way](*key) for key in keys],
    )


@often
@given(way=st.sampled_from(list(OF_ONE)), count=st.integers(6, 60), first=st.integers(100_000, 9_000_000))
@example(way="words and a number before it", count=20, first=100_000)
@example(way="a number behind it", count=6, first=100_000)
def test_a_key_with_something_around_it_stops_the_run(
    way: str, count: int, first: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = _of_one(way, count, first)
    found = walked(folder, tmp_path_factory.mktemp("world") / "in")
    assert ("notes.x", "patients.patient_id") in {(str(link.column), str(link.there)) for link in found.stops}
    assert found == folder.world().undeclared()
    declared = folder.declared("notes", Link(("x",), "patients", ("patient_id",)))
    assert not walked(declared, tmp_path_factory.mktemp("world") / "in").stops


@pytest.mark.parametrize("way", OF_ONE)
def test_one_of_the_ways_to_read_a_cell_gives_the_key(way: str) -> None:
    """`100003-1` was taken for the first day of a month, and so was every key of five or six digits with one behind it."""
    dice = random.Random(way)
    for size in (4, 5, 6, 7, 8):
        for _ in range(200):
            key = dice.randrange(10 ** (size - 1), 10**size)
            if way != "a number behind it" or not 1800 <= key < 2100:
                assert (str(key),) in {one.parts for one in readings(OF_ONE[way](key))}


@pytest.mark.parametrize("way", OF_TWO)
def test_one_of_the_ways_to_read_a_cell_gives_both_columns_of_a_key(way: str) -> None:
    """`12-3456` was taken for a day, whatever the hospital and the number in it."""
    dice = random.Random(way)
    for size in (1, 2, 3, 4, 5, 6):
        for _ in range(200):
            site, no = (
                dice.choice(["s3", "rx1", str(dice.randrange(10, 1800))]),
                str(dice.randrange(10 ** (size - 1), 10**size)),
            )
            keys = {(site, no), (site, no.zfill(5))}
            if not (way == "turned" and 1800 <= int(no) < 2100):
                assert keys & {one.parts for one in readings(OF_TWO[way](site, no))}, (site, no)


@pytest.mark.parametrize("way", OF_TWO)
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "no key declared"])
def test_a_key_of_two_columns_in_one_cell_stops_the_run(way: str, declared: bool, tmp_path: Path) -> None:
    folder = _of_two(way, 20 if declared else 60, declared=declared)
    found = walked(folder, tmp_path / "in")
    if declared or way not in (
        "nothing",
        "nothing, turned",
        "words before it",
    ):  # small numbers, and no key says that they are
        assert "notes.x" in {str(link.column) for link in found.stops}
    assert found == folder.world().undeclared()


OF_THREE: dict[str, Callable[[str, str, str], str]] = {
    "hyphens": lambda site, no, episode: f"{site}-{no}-{episode}",
    "in another order": lambda site, no, episode: f"{episode}/{site}/{no}",
    "another one between": lambda site, no, episode: f"{site}|{episode}|{no}",
    "words before it": lambda site, no, episode: f"ref {site} {no} {episode}",
    "words behind it": lambda site, no, episode: f"{episode}.{no}.{site}.v1",
}


@pytest.mark.parametrize("way", OF_THREE)
def test_a_key_of_three_columns_in_one_cell_stops_the_run(way: str, tmp_path: Path) -> None:
    """Two of them tell whose an episode is, though many rows have these."""
    keys = [(f"S{at % 4}", str(at % 40), str(at // 40 + 1)) for at in range(120)]
    names = ("site", "no", "episode")
    episodes = [dict(zip(names, key, strict=True)) for key in keys]
    folder = _folder(episodes, names, [OF_THREE[way](*key) for key in keys])
    found = walked(folder, tmp_path / "in")
    assert "notes.x" in {str(link.column) for link in found.stops}
    assert found == folder.world().undeclared()


@pytest.mark.parametrize("names", [("hospital", "no"), ("no", "hospital"), ("a", "b")])
def test_a_key_of_two_columns_under_other_names_stops_the_run(names: tuple[str, str], tmp_path: Path) -> None:
    keys = [(f"S{at % 4}", str(at // 4)) for at in range(20)]
    patients = [{"site": site, "no": no, "nhs_number": PEOPLE[at]} for at, (site, no) in enumerate(keys)]
    here = {"hospital": 0, "a": 0, "no": 1, "b": 1}
    notes = [{"note": "seen", **{name: key[here[name]] for name in names}} for key in keys]
    folder = KeyFolder(
        {"patients": ReferenceTable(patients, own="nhs_number"), "notes": ReferenceTable(notes)},
        {"patients": (("site", "no"),)},
    )
    found = walked(folder, tmp_path / "in")
    assert [{*link.column.names} for link in found.stops] == [{*names}]
    assert found == folder.world().undeclared()


def test_small_keys_behind_words_stop_the_run_under_the_name_of_a_key(tmp_path: Path) -> None:
    patients = [{"patient_id": str(at)} for at in range(1, 21)]
    cells = [f"RX{at % 7}_{at}" for at in range(1, 21)]
    for name, stops in (("visit_ref", True), ("code", False)):
        folder = _folder(patients, ("patient_id",), cells, name)
        found = walked(folder, tmp_path / "in")
        assert bool(found.stops) is stops
        assert found == folder.world().undeclared()


HONEST: dict[str, Callable[[random.Random], str]] = {
    "a day": lambda dice: f"{dice.randrange(1950, 2025)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
    "an English day": lambda dice: (
        f"{dice.randrange(1, 29):02}/{dice.randrange(1, 13):02}/{dice.randrange(1950, 2025)}"
    ),
    "a day in words": lambda dice: (
        f"{dice.randrange(1, 29)} {dice.choice(['Jan', 'March', 'Oct'])} {dice.randrange(1950, 2025)}"
    ),
    "an American day": lambda dice: f"{dice.randrange(1, 13)}/{dice.randrange(1, 29)}/{dice.randrange(1950, 2025)}",
    "a day of two digits": lambda dice: (
        f"{dice.randrange(1, 29):02}.{dice.randrange(1, 13):02}.{dice.randrange(50, 100)}"
    ),
    "a month": lambda dice: f"{dice.randrange(1950, 2025)}-{dice.randrange(1, 13):02}",
    "a financial year": lambda dice: f"{(year := dice.randrange(1999, 2026))}/{(year + 1) % 100:02}",
    "a quarter": lambda dice: f"{dice.randrange(1999, 2026)}-Q{dice.randrange(1, 5)}",
    "a week": lambda dice: f"{dice.randrange(1999, 2026)}-W{dice.randrange(1, 53):02}",
    "a time": lambda dice: (
        f"2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T{dice.randrange(24):02}:{dice.randrange(60):02}:07Z"
    ),
    "an hour": lambda dice: f"{dice.randrange(24):02}:{dice.randrange(60):02}",
    "a postcode": lambda dice: (
        f"{dice.choice(['LS', 'SW', 'M'])}{dice.randrange(1, 30)} {dice.randrange(1, 10)}{dice.choice(['AB', 'XY'])}"
    ),
    "a code": lambda dice: f"{dice.choice('ABEIK')}{dice.randrange(10, 100)}.{dice.randrange(10)}",
    "a code of results": lambda dice: f"{dice.randrange(1000, 99999)}-{dice.randrange(10)}",
    "blood pressure": lambda dice: f"{dice.randrange(90, 180)}/{dice.randrange(50, 110)}",
    "a measurement": lambda dice: f"{dice.random() * 300:.2f}",
    "a fraction": lambda dice: f"{dice.random():.6f}",
    "a small measurement": lambda dice: f"{dice.random() / 1e4:.3e}",
    "a telephone": lambda dice: f"07700 900{dice.randrange(1000):03}",
    "an area": lambda dice: f"E0{dice.randrange(1000000, 1040000)}",
    "an address": lambda dice: f"{dice.randrange(1, 200)} High Street",
    "a UUID": lambda dice: re.sub("(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", f"{dice.getrandbits(128):032x}"),
    "a dose": lambda dice: f"{dice.randrange(1, 9)} x {dice.randrange(50, 600)} mg",
    "a note": lambda dice: " ".join(dice.choices(["seen", "by", "2", "nurses", "on", "ward", "4b"], k=5)),
}
KEYS: dict[str, Callable[[random.Random, int], str]] = {
    "six in a row": lambda _, at: str(100_000 + at),
    "seven": lambda dice, _: str(dice.randrange(10**6, 10**7)),
    "letters": lambda dice, _: f"p{dice.randrange(10**5, 10**6)}",
    "four in a row": lambda _, at: str(4000 + at),
}


@often
@given(
    honest=st.sampled_from(list(HONEST)),
    keys=st.sampled_from(list(KEYS)),
    count=st.integers(20, 300),
    seed=st.integers(0, 9999),
)
def test_what_is_no_key_stops_nobody(
    honest: str, keys: str, count: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dice = random.Random(seed)
    patients = [{"patient_id": key} for key in dict.fromkeys(KEYS[keys](dice, at) for at in range(count))]
    folder = _folder(patients, ("patient_id",), [HONEST[honest](dice) for _ in range(count)])
    found = walked(folder, tmp_path_factory.mktemp("world") / "in")
    assert not found.stops


@pytest.mark.parametrize(
    "folder", [_of_one("words and a number before it", 20, 100_000), _of_two("turned", 20, declared=True)]
)
def test_the_schemas_sql_finds_a_glued_key_too(folder: KeyFolder, postgresql: Place, tmp_path: Path) -> None:
    found = _found_by_sql(postgresql, folder, tmp_path / "in")
    assert [str(link.column) for link in found.stops] == ["notes.x"]
    assert found == folder.world().undeclared()


@given(st.text("0123456789abRX-_/.,: eE+", max_size=30))
def test_a_text_is_read_in_few_ways_each_of_one_or_two_parts(text: str) -> None:
    found = readings(text)
    assert len(found) <= 120
    assert {len(one.parts) for one in found} <= {1, 2}
    assert all(part for one in found for part in one.parts)


def test_a_name_is_found_where_it_is_whole() -> None:
    """The bytes of two names side by side may hold a third."""
    rows = (1 << 56, 0x0203, 1 << 40)
    joined = b"".join(row.to_bytes(8, sys.byteorder) for row in rows)
    wanted = int.from_bytes(joined[5:13], sys.byteorder)
    assert _place(joined + joined[5:13], wanted) == 3


def test_blanks_and_long_texts_are_no_keys_and_hide_none(tmp_path: Path) -> None:
    folder = _of_one("a letter before it", 12, 5_000_000)
    notes = folder.sheets["notes"]
    blanks = replace(notes, rows=[*notes.rows, {"x": "", "note": "seen"}, {"x": "z" * 60, "note": "seen"}])
    folder = replace(folder, sheets={**folder.sheets, "notes": blanks})
    found = walked(folder, tmp_path / "in")
    assert found.stops
    assert found == folder.world().undeclared()
