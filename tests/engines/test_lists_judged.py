"""Every engine judges its lists alike: the wrong way round, several as one, doubted, too old but for a setting."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ndoo.upholding.what_works_where import SourceKind
from tests.conftest import TODAY, Ndoo
from tests.engines.databases import made
from tests.engines.test_support_table import _made
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SOURCES = [
    pytest.param(
        source, id=source.name.lower(), marks=pytest.mark.xdist_group("spark") if source is SourceKind.SPARK else ()
    )
    for source in SourceKind
]
A_MONTH_AGO = (datetime.fromisoformat(TODAY) - timedelta(days=30)).date().isoformat()


@pytest.mark.parametrize("source", SOURCES)
def test_a_list_is_judged_alike_wherever_the_data_lies(
    source: SourceKind, ndoo: Ndoo, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source is SourceKind.SPARK:
        request.getfixturevalue("spark")
    lists = {
        "gone": [GO],
        "stay": PEOPLE[1:],
        "first": PEOPLE[1:5],
        "second": PEOPLE[4:],
        "asked_first": PEOPLE[:6],
        "asked_second": PEOPLE[4:],
    }
    for name, people in lists.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(people))
    places = made("postgresql", tmp_path, request) if source in (SourceKind.TABLE, SourceKind.SCHEMA) else iter([None])
    for place in places:
        call, into, proven = _made(source, tmp_path, place)
        _judged(ndoo, ("uphold", *call, *into, "--json"), proven, monkeypatch)


def _judged(ndoo: Ndoo, uphold: tuple[str, ...], proven: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (("--allowed", "gone.txt"), ("--opted-out", "stay.txt")):
        said = ndoo(*uphold, *wrong, "--checked-at", TODAY)
        assert (said.status, said.json["error"]["code"]) == (4, "list-wrong-way-round"), said.told

    said = ndoo(*uphold, "--opted-out", "gone.txt", "--opted-out", "gone.txt", "--checked-at", TODAY)
    assert (said.json["people"]["removed"], [one["numbers"] for one in said.json["list"]["lists"]]) == (1, [1, 1])

    pairs = (
        "--allowed",
        "first.txt",
        "--requested",
        "asked_first.txt",
        "--allowed",
        "second.txt",
        "--requested",
        "asked_second.txt",
    )
    said = ndoo(*uphold, *pairs, "--checked-at", TODAY, "--expect-removed", "0-50")
    assert said.status == 6, said.told
    assert said.json["rows"]["held"]["ambiguous"] >= 1, "one list leaves them out, and the other allows them"
    assert said.json["people"] == {"read": 8, "kept": 6, "removed": 1, "held": 1}
    assert said.json["expected_removed"] == [0, 50]
    assert ndoo("verify", *proven, *pairs, "--checked-at", TODAY).status == 0

    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "60")
    said = ndoo(*uphold, "--opted-out", "gone.txt", "--checked-at", A_MONTH_AGO, "--quiet")
    (warned,) = said.json["warnings"]
    assert (said.status, warned["code"]) == (0, "list-limit-lifted")
    assert said.told == f"WARNING: {warned['message']}\n"
    monkeypatch.delenv("NDOO_LIST_LIMIT_DAYS")
    verified = ndoo("verify", *proven, "--opted-out", "gone.txt", "--checked-at", TODAY, "--quiet", "--json")
    assert (verified.status, verified.told, verified.json["warnings"]) == (0, said.told, [warned])
