"""A newcomer's mistakes: each refusal names the file, the option and the column, lists what there is, suggests the near one, shows its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ndoo.cli.main import COMMANDS
from ndoo.cli.parser_words import in_plain_words
from ndoo.domain.named_file import naming
from tests.conftest import ROOT, TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(20, seed=22)
BY = ("--opted-out", "out.txt", "--checked-at", TODAY)
UPHOLD = ("uphold", "data.csv", "-o", "r.csv")
COLUMNS = "The columns are 'nhs_number', 'ward', 'age'."

MISTAKES: tuple[tuple[tuple[str, ...], int, str, tuple[str, ...]], ...] = (
    (("uphold", "none.csv", "-o", "r.csv", *BY), 2, "no-such-file", ("none.csv does not exist",)),
    (("uphold", "data.cvs", "-o", "r.csv", *BY), 2, "no-such-file", ("Did you mean 'data.csv'?",)),
    ((*UPHOLD, "--opted-out", "ou.txt", "--checked-at", TODAY), 4, "list-missing", ("Did you mean 'out.txt'?",)),
    ((*UPHOLD, *BY, "--type1", "dat.csv"), 4, "codes-missing", ("Did you mean 'data.csv'?",)),
    ((*UPHOLD, *BY, "--flow", "feld.toml"), 2, "flow-missing", ("Did you mean 'field.toml'?",)),
    ((*UPHOLD, *BY, "--undecided", "keep"), 2, "usage", ("'keep' is not one of", "Did you mean 'keep-missing'?")),
    (
        (*UPHOLD, *BY, "--undecided", "xyz"),
        2,
        "usage",
        ("'xyz' is not one of 'hold', 'exclude', 'stop', 'keep-missing'.",),
    ),
    ((*UPHOLD, *BY, "--delimiter", ";"), 2, "delimiter-other", ("parted by ','",)),
    (("uphold", "nofolder/data.csv", "-o", "r.csv", *BY), 2, "no-such-file", ("nofolder/data.csv does not exist",)),
    (("uphold", "empty.csv", "-o", "r.csv", *BY), 3, "input-empty", ("empty.csv: ",)),
    (("uphold", "data.csv", "-o", "nodir/r.csv", *BY), 2, "no-such-file", ("folder 'nodir'", "does not exist")),
    (("uphold", "data.csv", "-o", "data.csv", *BY), 2, "output-is-input", ("data.csv would overwrite",)),
    (("uphold", "data.csv", "-o", "folder", *BY), 2, "output-is-folder", ("folder is a folder",)),
    ((*UPHOLD, "--opted-out", "folder", "--checked-at", TODAY), 4, "list-missing", ("folder is a folder",)),
    ((*UPHOLD, "--opted-out", "data.csv", "--checked-at", TODAY), 4, "list-header", ("data.csv: ", "several columns")),
    ((*UPHOLD, "--opted-out", "empty.csv", "--checked-at", TODAY), 4, "list-empty", ("empty.csv: ",)),
    ((*UPHOLD, "--opted-out", "out.txt"), 4, "list-age-unknown", ("out.txt: ", "--checked-at")),
    ((*UPHOLD, "--snapshot", "data.csv"), 4, "snapshot-not-one", ("data.csv: ",)),
    (
        (*UPHOLD, *BY, "--nhs-number", "nhs_nmber"),
        2,
        "column-missing",
        ("data.csv: ", "Did you mean 'nhs_number'?", COLUMNS),
    ),
    (
        (*UPHOLD, *BY, "--nhs-number", "ward"),
        2,
        "column-unclassified",
        ("'ward' holds no NHS numbers", "another column does: 'nhs_number'", "--nhs-number"),
    ),
    ((*UPHOLD, *BY, "--nhs-number", "NHS_NUMBER"), 2, "column-missing", ("Did you mean 'nhs_number'?",)),
    ((*UPHOLD, *BY, "--also", "wrd"), 2, "column-missing", ("'wrd'", "Did you mean 'ward'?", COLUMNS)),
    ((*UPHOLD, *BY, "--held", "r.csv"), 2, "outputs-same", ("r.csv", "--held")),
    ((*UPHOLD, *BY, "--timeout", "5"), 2, "timeout-alone", ("--timeout", "--mesh")),
    ((*UPHOLD, *BY, "--sheet", "S"), 2, "sheet-of-workbook", ("--sheet", "workbook")),
    ((*UPHOLD, *BY, "--flow", "data.csv"), 3, "flow-csv", ("data.csv is not a table of flows",)),
    ((*UPHOLD, *BY, "--flow", "field.toml"), 3, "flow-field", ("'date' is not a recognised field",)),
    ((*UPHOLD, *BY, "--type1", "data.csv"), 3, "codes-columns", ("data.csv: ", "code, date")),
    ((*UPHOLD, *BY, "--skip-rows", "x"), 2, "usage", ("--skip-rows", "'x' is not a whole number")),
    ((*UPHOLD, "--mesh", "prod"), 2, "mesh-profile-missing", ("'prod'", "[mesh.prod]")),
    (("verify", "data.csv", *BY), 3, "manifest-missing", ("data.csv.manifest.json",)),
    (("verify", "sqlite:///none.db", *BY), 2, "usage", ("ADDRESS#TABLE", "--table")),
    (("check", "folder", "-o", "c.dat", *BY), 2, "is-a-folder", ("folder is a folder",)),
    (("check", "data.csv", "-o", "c.dat", "--nhs-number", "wrd", *BY), 2, "column-missing", ("data.csv: ", COLUMNS)),
    (("check", "out.txt", "-o", "out.txt", *BY), 2, "output-is-input", ("out.txt would overwrite",)),
    (("scan", "env:NOTHING"), 2, "scan-variable", ("NOTHING",)),
    (("scan", "mysql://h/d"), 2, "scan-driver", ("'mysql'", "PostgreSQL, DuckDB and SQLite")),
    (
        ("impact", "data.csv", "data.csv", "--by", "wrd", "--nhs-number", "nhs_number"),
        2,
        "column-missing",
        ("data.csv: ", "'ward'"),
    ),
    (("impact", "data.csv", "folder", "--by", "ward"), 2, "not-a-file", ("folder is not a regular file",)),
    (("impact", "data.csv", "data.csv", "--by", "ward"), 2, "impact-unit", ("data.csv", "--nhs-number COLUMN")),
    (("applies", "none.toml"), 2, "flow-missing", ("none.toml does not exist",)),
    (("applies", "data.csv"), 3, "flow-csv", ("data.csv is not a table of flows",)),
    (("applies", "folder"), 2, "flow-missing", ("The folder folder holds no flow",)),
    (("applies", "field.toml", "--as-of", "x"), 2, "usage", ("--as-of", "2026-11-20")),
    (("type1", "status", "none.csv"), 4, "codes-missing", ("none.csv does not exist",)),
    (("show", "folder"), 3, "manifest-missing", ("folder",)),
    (("key", "distrust", "x"), 2, "key-name-unknown", ("`ndoo key list`",)),
    (("key", "backup", "sealing.pdf"), 2, "output-format", ("'sealing.pdf' says a document",)),
    (("key", "backup", "sealing.toml"), 2, "output-format", ("has no such ending",)),
    (("backup", "saved.zip"), 2, "output-not-a-folder", ("'saved.zip' says an archive", "saved/")),
    (("assets", "import", "none.toml"), 2, "flow-missing", ("none.toml does not exist",)),
    (("review", "folder"), 2, "is-a-folder", ("folder is a folder",)),
    (("ledger", "verify", "none"), 2, "no-such-file", ("none cannot be opened",)),
    (("sql", "t"), 2, "usage", ("--dialect", "Choose from: postgresql, duckdb")),
    (("serve", "--port", "70000"), 2, "usage", ("--port", "70000 is not between 0 and 65535")),
    (
        ("uphold", "data.csv", "-o", "r.csv", "--opt-out", "out.txt"),
        2,
        "usage",
        ("No such option '--opt-out'. Did you mean '--opted-out'?",),
    ),
    (("show", "non.csv"), 2, "no-such-file", ("non.csv does not exist (the release).",)),
    (("verify", "dat.csv", *BY), 2, "no-such-file", ("dat.csv does not exist. Did you mean 'data.csv'?",)),
    (("applies", "field.toml"), 3, "flow-field", ("field.toml: 'date' is not a recognised field",)),
    (("applies", "decided.json"), 2, "flow-decided", ("decided.json", "--replay decided.json")),
    (("applies", "flow.toml", "none.toml"), 2, "flow-missing", ("none.toml does not exist",)),
    (("applies", "flow.toml", "--format", "markdown", "--json"), 2, "decision-forms", ("--format",)),
    (("applies", "flow.toml", "--pack", "opgg"), 2, "pack-missing", ("'opgg'", "Did you mean")),
    (("assets", "dpia", "F-11", "assets.toml", "-o", "s.md"), 2, "assets-flow", ("'F-11'", "Did you mean 'F-01'?")),
    (("statement", "assets.toml", "--for", "Nobody"), 3, "register-member", ("'Nobody'",)),
    (("review", "assets.toml", "--evidence", "none"), 2, "no-such-file", ("none does not exist (the evidence)",)),
    (("review", "assets.toml", "--signed-by", "abc"), 2, "key-unknown", ("--signed-by", "44 characters")),
    (("ledger", "verify", "data.csv"), 3, "ledger-export", ("data.csv: ",)),
    (
        ("sql", "t", "--dialect", "sqlite", "--nhs-number", "n", "--list", "allowed", "--columns", "n,a,a"),
        2,
        "columns-repeated",
        ("'a' twice",),
    ),
    (("explain", "list-stal"), 2, "code-unknown", ("'list-stal'", "Did you mean 'list-stale'")),
    (("explain", "zzzz"), 2, "code-unknown", ("the code 'zzzz'. All are listed",)),
    (
        ("--quiet", "explain", "zzzz"),
        2,
        "usage",
        ("'--quiet' before a command. Options of a command go behind its name.",),
    ),
    (("key", "open", "data.csv"), 2, "usage", ("'FILE…'", "-o")),
    (("uphod", "x"), 2, "usage", ("'uphod'", "Did you mean 'uphold'?")),
)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What lies on a desk: data, a list, an empty file, a folder of something else, a flow with a field that is none."""
    rows = "".join(f"{number},A{at % 3},{at}\n" for at, number in enumerate(PEOPLE))
    (tmp_path / "data.csv").write_text("nhs_number,ward,age\n" + rows)
    (tmp_path / "out.txt").write_text(PEOPLE[3] + "\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("x")
    (tmp_path / "field.toml").write_text('date = "2026-11-01"\n')
    (tmp_path / "flow.toml").write_text('purpose = "research"\n')
    (tmp_path / "decided.json").write_text('{"kind": "ndoo decision"}')
    (tmp_path / "assets.toml").write_bytes((ROOT / "examples/statements/board.toml").read_bytes())
    return tmp_path


def test_each_mistake_names_what_is_wrong_and_what_there_is(desk: Path, ndoo: Ndoo) -> None:
    before = sorted(path.name for path in desk.iterdir())
    for call, status, code, words in MISTAKES:
        said = ndoo(*call)
        [line] = [line for line in said.err.splitlines() if line.startswith("Error [")]
        assert (said.status, line.partition("]")[0]) == (status, f"Error [{code}"), (call, line)
        assert [word for word in words if word not in line] == [], (call, line)
        assert not any(number[:6] in said.told for number in PEOPLE), call
        assert sorted(path.name for path in desk.iterdir() if path.name != "data") == before, call


def test_every_command_is_a_mistake_away_from_its_near_name(ndoo: Ndoo) -> None:
    for name in COMMANDS:
        said = ndoo(f"{name}x")
        assert (said.status, f"Did you mean '{name}'?" in said.err) == (2, True), said.err


def test_a_file_is_named_once_and_only_where_it_is_at_fault(tmp_path: Path) -> None:
    from ndoo.domain.errors import Fault, NdooError, UnfitData, UsageFault

    def told(error: NdooError) -> str:
        with pytest.raises(NdooError) as caught, naming(tmp_path / "a.csv"):
            raise error
        assert (type(caught.value), caught.value.code) == (type(error), error.code)
        return caught.value.sentence

    assert told(UnfitData("x", "It is empty.")) == f"{tmp_path / 'a.csv'}: It is empty."
    assert told(UnfitData("x", "a.csv is empty.")) == "a.csv is empty."
    assert told(Fault("x", "The disk is full.")) == "The disk is full."
    assert told(UsageFault("column-missing", "No such column.")).endswith("a.csv: No such column.")
    assert told(UsageFault("outputs-same", "Two outputs.")) == "Two outputs."


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("'x' is not a valid integer.", "'x' is not a whole number."),
        ("'x' is not a valid float range.", "'x' is not a number."),
        ("-1 is not in the range x>=0.", "-1 is less than 0."),
        ("9 is not in the range 0<=x<=5.", "9 is not between 0 and 5."),
        ("Missing option.\n\tChoose from", "Missing option. Choose from"),
    ],
)
def test_the_parser_speaks_plainly(said: str, meant: str) -> None:
    assert in_plain_words(said) == meant
    assert not re.search(r"<=|valid integer", in_plain_words(said))


def test_no_name_moves_a_cursor_or_begins_a_line(tmp_path: Path, ndoo: Ndoo) -> None:
    for name in ("a\nVerified.csv", "a\x1b[2Jb.csv", "a\rb.csv", "a\u202eb.csv", "a\udce9b.csv"):
        for call in (("verify", name, *BY), ("scan", name), ("show", name)):
            said = ndoo(*call)
            [line] = said.err.splitlines()
            assert line.isprintable(), call


def test_the_settings_go_into_no_folder_that_is_not_there(tmp_path: Path, ndoo: Ndoo) -> None:
    assert ndoo("init", "-o", "none/ndoo.toml").status == 2
    assert not (tmp_path / "none").exists()


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    assert f"{tmp_path / 'file'} is not a folder" in ndoo("scan", tmp_path / "file" / "below.csv").err
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "file"))
    assert f"[no-such-file] {tmp_path / 'file'} is not a folder" in ndoo("doctor").out
    assert f"Error [no-such-file]: {tmp_path / 'file'} is not a folder" in ndoo("key", "list").err


@pytest.mark.parametrize(("url", "wrong"), [("mysql://h/d", True), ("postgresql", True), ("postgresql://h/d", False)])
def test_the_doctor_knows_which_databases_hold_a_register(
    url: str, wrong: bool, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_DATABASE_URL", url)
    said = ndoo("doctor", "--json")
    assert any("database_url" in problem for problem in said.json["problems"]) is wrong
