"""What a database may not be made to do: lose a table, let an unclassified column through, show a row, leave a trace."""

from __future__ import annotations

import builtins
import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.upholding.database_address import address_of
from ndoo.upholding.databases.database import Database, open_database
from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.support.numbers import some

PEOPLE = some(60)
GONE = PEOPLE[:3]


@pytest.fixture
def upholds(place: Place, ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    """Runs `ndoo uphold` on a table `visits` of this place with a list of who opted out."""
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    if not place.tables():
        place.make(
            "visits",
            {"nhs_number": "TEXT", "ward": "TEXT"},
            [(number, f"ward {at}") for at, number in enumerate(PEOPLE)],
        )

    def run(*more: object, table: str = "visits", into: str = "released") -> Said:
        return ndoo(
            "uphold",
            place.address,
            "--table",
            table,
            "--into",
            into,
            "--opted-out",
            "gone.txt",
            "--checked-at",
            TODAY,
            "--json",
            *more,
        )

    return run


def _refused(said: Said, status: int, code: str, place: Place, tables: set[str]) -> None:
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told
    assert place.tables() == tables


def test_the_result_holds_those_who_stay_and_nothing_else_is_left(upholds: Callable[..., Said], place: Place) -> None:
    said = upholds("--manifest", "manifest.json")
    assert said.status == 0, said.told
    assert place.run("SELECT COUNT(*) FROM released") == [(57,)]
    assert place.tables() == {"visits", "released", "released_manifest"}
    assert Path("manifest.json").read_text() == place.run("SELECT manifest FROM released_manifest")[0][0]
    told = said.json["output"]
    assert told["name"].endswith("#released")
    assert told["rows"] == 57
    assert len(told["sha256"]) == 64


def test_no_address_shows_an_account(upholds: Callable[..., Said], place: Place) -> None:
    said = upholds()
    assert "postgres@" not in said.out + said.told
    assert "user" not in said.json["input"]["name"]


def test_an_older_result_goes_only_when_that_is_said(upholds: Callable[..., Said], place: Place) -> None:
    first = upholds()
    _refused(upholds(), 2, "table-exists", place, {"visits", "released", "released_manifest"})
    second = upholds("--replace", "--held", "parked")
    assert second.status == 0, second.told
    assert first.json["output"]["sha256"] == second.json["output"]["sha256"]
    assert place.tables() == {"visits", "released", "released_manifest", "parked"}


def test_the_digest_tells_of_one_changed_letter(upholds: Callable[..., Said], place: Place) -> None:
    first = upholds()
    place.run(f"UPDATE visits SET ward = 'Ward 9' WHERE nhs_number = '{PEOPLE[9]}'")
    second = upholds(into="again")
    assert first.json["rows"] == second.json["rows"]
    assert first.json["output"]["sha256"] != second.json["output"]["sha256"]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"table": "nowhere"}, 2, "table-missing"),
        ({"into": "visits"}, 2, "output-is-input"),
        ({"more": ("--held", "released")}, 2, "outputs-same"),
        ({"more": ("--nhs-number", "ward2")}, 2, "column-missing"),
        (
            {"more": ("--undecided", "keep-missing", "--justification", f"as {PEOPLE[0]} says")},
            2,
            "justification-identifies",
        ),
        ({"more": ("--expect-removed", "20-30")}, 4, "list-wrong-share"),
    ],
)
def test_a_call_that_cannot_be_meant_changes_nothing(
    more: dict[str, Any], status: int, code: str, upholds: Callable[..., Said], place: Place
) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    options = dict(more)
    _refused(upholds(*options.pop("more", ()), **options), status, code, place, {"visits"})


def test_the_columns_that_a_table_declares_are_listed(upholds: Callable[..., Said], place: Place) -> None:
    """Whatever they are called: none of them was read from a first row."""
    place.make("wards", {"pid": "TEXT", "ward": "TEXT"}, [(PEOPLE[0], "1")])
    said = upholds("--nhs-number", "patient", table="wards").json["error"]
    assert (said["code"], said["message"].endswith("The columns are 'pid', 'ward'.")) == ("column-missing", True)


def test_a_table_that_is_not_there_is_answered_with_the_near_one(upholds: Callable[..., Said], place: Place) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    assert "Did you mean 'visits'?" in upholds(table="vists").json["error"]["message"]


def test_a_second_column_of_numbers_stops_the_run_wherever_it_begins(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first rows, by which columns are chosen, do not show it."""
    from ndoo.upholding.databases import table_choice

    monkeypatch.setattr(table_choice, "FIRST_ROWS", 30)
    place.make(
        "visits",
        {"nhs_number": "TEXT", "mother": "TEXT"},
        [(number, PEOPLE[-at] if at > 30 else None) for at, number in enumerate(PEOPLE)],
    )
    _refused(upholds(), 2, "column-unclassified", place, {"visits"})
    assert upholds("--also", "mother").json["rows"]["removed"] == 5
    assert upholds("--ignore-column", "mother", into="other").json["rows"]["removed"] == 3


def test_fractions_are_no_key_and_are_seen_all_the_same(upholds: Callable[..., Said], place: Place) -> None:
    if place.kind.startswith("sqlite"):
        return  # its columns have no types of their own: `test_reading_agrees`
    place.make(
        "visits", {"nhs_number": "DOUBLE PRECISION", "x": "BOOLEAN"}, [(float(number), True) for number in PEOPLE]
    )
    _refused(upholds("--nhs-number", "nhs_number"), 3, "column-type", place, {"visits"})
    _refused(upholds(), 3, "column-type", place, {"visits"})
    place.make("visits", {"nhs_number": "NUMERIC(12)", "x": "TEXT"}, [(int(number), number) for number in PEOPLE])
    _refused(upholds("--nhs-number", "x"), 2, "column-unclassified", place, {"visits"})


def test_undecidable_rows_are_held_and_may_be_parked(upholds: Callable[..., Said], place: Place) -> None:
    place.make(
        "visits",
        {"nhs_number": "TEXT", "ward": "TEXT"},
        [*((number, "a") for number in PEOPLE), ("999000000", "b"), (None, "c"), ("9999999999", "d")],
    )
    _refused(upholds("--undecided", "stop"), 3, "rows-undecided", place, {"visits"})
    said = upholds("--held", "parked")
    assert said.status == 6
    assert said.json["rows"]["held"] == {"missing": 1, "malformed": 1, "placeholder": 1}
    assert sorted(ward for _, ward in place.run("SELECT * FROM parked")) == ["b", "c", "d"]
    kept = upholds("--undecided", "keep-missing", "--justification", "no number was ever given", into="more")
    assert kept.json["rows"]["kept_without_number"] == 1


def test_types_and_what_must_be_filled_stay(upholds: Callable[..., Said], place: Place) -> None:
    place.run(
        "DROP TABLE visits", 'CREATE TABLE visits (nhs_number VARCHAR(12) NOT NULL, "Odd ""name" DATE, n DECIMAL(9,2))'
    )
    with place.loading() as database:
        database.run("INSERT INTO visits VALUES " + ", ".join(f"('{number}', '2026-01-02', 1.50)" for number in PEOPLE))
        database.publish({})
    assert upholds().status == 0
    with place.open() as database:
        from ndoo.upholding.database_address import TableName

        assert database.columns(TableName(None, "released")) == database.columns(TableName(None, "visits"))
    assert (
        place.run("SELECT * FROM released ORDER BY 1")[0]
        == place.run(
            f"SELECT * FROM visits WHERE nhs_number NOT IN ('{GONE[0]}', '{GONE[1]}', '{GONE[2]}') ORDER BY 1"
        )[0]
    )


def test_a_table_that_calls_its_columns_as_we_do_is_upheld_too(upholds: Callable[..., Said], place: Place) -> None:
    place.make("visits", {"ndoo_number0": "TEXT", "NDOO_why0": "TEXT", "fate": "TEXT"}, [(n, "a", "b") for n in PEOPLE])
    assert upholds().json["rows"]["removed"] == 3


def test_columns_that_a_reader_could_mix_up_are_refused(upholds: Callable[..., Said], place: Place) -> None:
    if place.kind != "postgresql":
        return  # the others refuse to make such a table
    place.make("visits", {"nhs_number": "TEXT", "NHS_number": "TEXT"}, [(n, n) for n in PEOPLE])
    _refused(upholds(), 3, "columns-alike", place, {"visits"})


def test_a_column_that_names_somebody_is_refused(upholds: Callable[..., Said], place: Place) -> None:
    place.make("visits", {"nhs_number": "TEXT", PEOPLE[7]: "TEXT"}, [(n, "x") for n in PEOPLE])
    _refused(upholds(), 3, "column-identifies", place, {"visits"})


def test_what_a_database_says_of_a_row_is_not_repeated(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver's error may hold the whole row."""
    real = Database.rename

    def failing(self: Database, table: Any, name: str) -> None:
        real(self, table, name)
        self.run(f"SELECT CAST('{PEOPLE[5]} secret ward' AS DATE) FROM nowhere")

    monkeypatch.setattr(Database, "rename", failing)
    said = upholds("--manifest", "manifest.json")
    _refused(said, 1, "database-fault", place, {"visits"})
    assert "secret" not in said.out + said.told
    assert not Path("manifest.json").exists()


def test_a_result_that_is_not_what_was_counted_is_not_published(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "count", lambda *_: 1)
    _refused(upholds(), 1, "counts-differ", place, {"visits"})


def test_a_manifest_whose_table_could_not_be_published_is_taken_away(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(place.open())
    monkeypatch.setattr(kind, "_commit", lambda self: self.run("SELECT nonsense FROM nowhere"))
    _refused(upholds("--manifest", "manifest.json"), 1, "database-fault", place, {"visits"})
    assert not Path("manifest.json").exists()
    _refused(upholds(), 1, "database-fault", place, {"visits"})


def test_nobody_is_removed_where_the_opt_out_does_not_apply(place: Place, own_data_folder: Path, upholds: Any) -> None:
    from datetime import UTC, datetime

    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.request import Request
    from ndoo.upholding.uphold import uphold

    sealer = load_sealer(own_data_folder)
    now = datetime.now(UTC)
    decision = {"outcome": "does_not_apply"}
    request = Request(place.at("visits"), place.at("released"), None, now, decision=decision)
    outcome = uphold(request, sealer)
    assert (outcome.rows.kept, outcome.people.kept, outcome.manifest.columns.nhs_number) == (60, 60, "nhs_number")
    place.make("wards", {"ward": "TEXT"}, [("a",), ("b",)])
    request = Request(place.at("wards"), place.at("wards_too"), None, now, decision=decision)
    outcome = uphold(request, sealer)
    assert (outcome.rows.kept, outcome.people.read, outcome.manifest.columns.nhs_number) == (2, 0, None)
    with pytest.raises(ValueError, match="without a list"):
        uphold(Request(place.at("wards"), place.at("w"), None, now), sealer)


def test_type_1_opt_outs_are_upheld_and_told_apart(place: Place, own_data_folder: Path, upholds: Any) -> None:
    from datetime import UTC, datetime

    from ndoo.evidence.seal import load_sealer
    from ndoo.numbers.objections import Objections
    from ndoo.upholding.request import Request
    from ndoo.upholding.uphold import uphold
    from tests.engines.test_type1_agrees import people

    type1 = Objections(people(PEOPLE[:5]), people(PEOPLE[5:6]), people(PEOPLE[:6]), {"people": 6})
    request = Request(place.at("visits"), place.at("released"), None, datetime.now(UTC), type1=type1)
    outcome = uphold(request, load_sealer(own_data_folder))
    assert outcome.manifest.document["type1"] == {
        "applied": True,
        "status": {"people": 6},
        "rows": {"removed": 5, "removed_by_it_alone": 5},
        "people": {"removed": 5, "removed_by_it_alone": 5},
    }
    assert outcome.rows.held == {"type1_undecided": 1}


def test_a_disk_that_is_full_at_the_manifest_leaves_nothing(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ndoo.upholding.publication.publish as publish

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(publish.os, "write", full)
    said = upholds("--manifest", "manifest.json")
    monkeypatch.undo()
    assert (said.status, said.json["error"]["code"]) == (1, "disk-full")
    assert place.tables() == {"visits"}


def test_a_database_that_is_not_there_is_said_to_be_so(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("\n".join(GONE))
    call = ["--table", "visits", "--into", "released", "--opted-out", "gone.txt", "--checked-at", TODAY, "--json"]
    for address, status, code in (
        ("duckdb:///nowhere.duckdb", 2, "no-such-file"),
        ("sqlite:///nowhere.db", 2, "no-such-file"),
        ("postgresql://nobody@127.0.0.1:1/x", 5, "database-closed"),
    ):
        said = ndoo("uphold", address, *call)
        assert (said.status, said.json["error"]["code"]) == (status, code)
        assert "nobody" not in said.out + said.told
    assert not list(tmp_path.glob("nowhere*"))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("sqlite:///x.db", "--table", "a"), "usage"),
        (("sqlite:///x.db", "--into", "a"), "usage"),
        (("sqlite:///x.db", "--table", "a", "--into", "b", "-o", "c"), "output-of-table"),
        (("x.csv",), "usage"),
        (("x.csv", "-o", "y.csv", "--table", "a"), "table-of-file"),
        (("x.csv", "-o", "y.csv", "--replace"), "table-of-file"),
    ],
)
def test_options_of_files_and_of_tables_are_not_mixed(call: tuple[str, ...], code: str, ndoo: Ndoo) -> None:
    said = ndoo("uphold", *call, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, code)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *more: Any) -> Any:
        if name.startswith(("psycopg", "duckdb")):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.delitem(sys.modules, "ndoo.upholding.databases.postgresql", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageFault, match=r'pip install "ndoo\[databases,postgresql\]"'):
        open_database(address_of("postgresql://db/x"))
