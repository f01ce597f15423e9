"""From a register file to the statement, as a person types it; and what each command refuses."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.assets.files import register_from, write
from ndoo.assets.register import read_register
from ndoo.cli import register_session
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.policy import decide, load_pack
from ndoo.service.asset_register.made_up import manifest
from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.registers_of_assets import PLACE, TODAY, document, facts, flow, scan
from tests.unit.assets.test_gaps import VISITS

pytestmark = pytest.mark.usefixtures("on_sqlite")


@pytest.fixture
def on_sqlite(register_makers: Any, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with django_db_blocker.unblock(), register_makers.sqlite() as address:
        monkeypatch.setenv("NDOO_DATABASE_URL", address)
        yield


def put(told: Any, name: str = "assets.toml") -> Path:
    write(read_register(told), Path(name))
    return Path(name)


def scanned(*more: tuple[str, str, str]) -> str:
    Path("scan.json").write_text(json.dumps(scan(VISITS, *more)), encoding="utf-8")
    return f"{PLACE}=scan.json"


def proof(folder: Path, sealer: Sealer) -> str:
    """The manifest of a run of F-1 on the day of its last run."""
    record = read_register(document()).flows["F-1"]
    numbered = type(record)(record.kind, {**record.said, "id": "F-1"})
    Path("runs").mkdir(exist_ok=True)
    told = manifest(numbered, decide(numbered.facts, load_pack(), TODAY), sealer, TODAY)
    Path("runs/out.csv.manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return "runs"


def test_the_whole_path_from_a_file_to_the_statement(ndoo: Ndoo, own_data_folder: Path) -> None:
    put(document())
    taken = ndoo("assets", "import", "assets.toml", "--json").json
    assert taken["added"] == ["organisation", "asset A-1", "flow F-1"] and taken["decided"] == {"F-1": "applies"}
    assert ndoo("assets", "import", "assets.toml", "--json").json["unchanged"] == [
        "organisation",
        "asset A-1",
        "flow F-1",
    ]
    said = ndoo("review", "--findings", scanned(("copy", "yes", "nhs_number")), "--json")
    assert said.status == 6 and [item["name"] for item in said.json["undeclared"]] == [f"copy at {PLACE}"]
    assert [item["id"] for item in said.json["unproven"]] == ["F-1"]
    assert [item["id"] for item in said.json["due_for_review"]] == ["A-1", "F-1"]
    sealer = load_sealer(own_data_folder)
    said = ndoo(
        "review", "--findings", scanned(), "--evidence", proof(Path(), sealer), "--calendar", "due.ics", "--json"
    )
    assert (said.json["undeclared"], said.json["unproven"], said.json["open"]) == ([], [], 2)
    due = Path("due.ics").read_text("utf-8").replace("\r\n ", "")
    assert due.count("BEGIN:VEVENT") == 3 + len(said.json["watch"]) + sum(
        bool(one["ends"]) for one in said.json["watch"]
    )
    assert "SUMMARY:Ends: CAG 7-07(a-c)/2013\\, invoice validation" in due
    said = ndoo("statement", "--json")
    assert said.status == 6 and said.json["claim"] == "not_yet" and len(said.json["gaps"]) == 2
    assert ndoo("statement", "--publish", "Read.", "--json").json["error"]["code"] == "statement-gaps"
    assert ndoo("statement", "--evidence-pack", "pack.zip", "-o", "statement.md", "-q").status == 6
    with zipfile.ZipFile("pack.zip") as pack:
        assert "manifests/00001.json" in pack.namelist() and "check.py" in pack.namelist()
    assert (
        Path("statement.md").read_text("utf-8").startswith("# National data opt-out: compliance statement of A trust")
    )


def test_a_file_alone_is_enough(ndoo: Ndoo, own_data_folder: Path) -> None:
    put(document())
    folder, sealer = proof(Path(), Sealer(bytes(range(32)))), Sealer(bytes(range(32)))
    said = ndoo(
        "review", "assets.toml", "--findings", scanned(), "--evidence", folder, "--signed-by", sealer.public_key
    )
    assert (said.status, said.err) == (0, "") and "Nothing is open." in said.told and "kept in a file" in said.told
    said = ndoo("review", "assets.toml", "--findings", scanned(), "--evidence", folder, "--json")
    assert said.status == 6 and "among those of the organisation" in said.json["not_counted"][0]["because"]
    load_sealer(own_data_folder)
    said = ndoo("review", "assets.toml", "--evidence", folder)
    assert said.status == 6 and "not counted: out.csv" in said.told and "note: A-1" in said.told
    told = ndoo(
        "statement",
        "assets.toml",
        "--findings",
        scanned(),
        "--evidence",
        folder,
        "--signed-by",
        sealer.public_key,
        "--format",
        "markdown",
        "--evidence-pack",
        "p.zip",
    )
    assert (
        told.status == 0
        and told.out.startswith("# National data opt-out: compliance statement of A trust")
        and "1 use." in told.told
    )
    assert "last scanned" not in told.out, "this scan does not say when it was made"
    notice = ndoo("statement", "assets.toml", "--format", "privacy-notice")
    assert notice.out.startswith("## Your national data opt-out") and "gaps keep it" in notice.told


def test_each_organisation_of_a_shared_register_has_a_statement_in_every_form(ndoo: Ndoo) -> None:
    shared = document(flow=[flow("F-1", members=["A"]), flow("F-2")])
    shared["organisation"]["members"] = ["A", "B"]
    put(shared)
    told = ndoo("statement", "assets.toml", "--for", "B", "-o", "b.html", "--json")
    assert told.status == 6 and [use["id"] for use in told.json["uses"]] == ["F-2"]
    assert "<h1>National data opt-out: compliance statement of B</h1>" in Path("b.html").read_text("utf-8")
    assert ndoo("statement", "assets.toml", "--for", "A", "-o", "a.pdf", "-q").status == 6
    assert Path("a.pdf").read_bytes().startswith(b"%PDF-")
    assert ndoo("statement", "assets.toml", "--format", "html").out.startswith("<!doctype html>")
    assert ndoo("statement", "assets.toml", "--for", "C", "--json").json["error"]["code"] == "register-member"
    said = ndoo("statement", "assets.toml", "--for", "A", "--evidence-pack", "p.zip", "--json")
    assert said.json["error"]["code"] == "statement-for"


def test_the_register_goes_out_as_it_came_in(ndoo: Ndoo) -> None:
    put(document())
    ndoo("assets", "import", "assets.toml")
    for name in ("a.toml", "a.json", "a.xlsx"):
        assert ndoo("assets", "export", name).status == 0
        assert register_from(Path(name)) == register_from(Path("assets.toml"))
    assert ndoo("assets", "export", "b.toml", "--from", "a.xlsx").status == 0
    assert Path("b.toml").read_text("utf-8") == Path("a.toml").read_text("utf-8")


def test_a_register_is_written_over_nothing_but_a_register(ndoo: Ndoo) -> None:
    put(document())
    Path("notes.json").write_text("{}x")
    for name, code in (("a.pdf", "register-ending"), ("a", "register-ending"), ("notes.json", "output-exists")):
        assert ndoo("assets", "export", name, "--from", "assets.toml", "--json").json["error"]["code"] == code
    assert Path("notes.json").read_text() == "{}x" and not Path("a.pdf").exists()
    Path("a.pdf").write_text("")
    assert ndoo("assets", "import", "a.pdf", "--json").json["error"]["code"] == "register-ending"
    for more in (("notes.json", "--force"), ("notes.json",)):
        assert ndoo("assets", "export", *more, "--from", "assets.toml").status == 0


@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.xlsx"])
def test_no_export_loses_what_somebody_wrote_into_a_register(name: str, ndoo: Ndoo) -> None:
    put(document())
    assert ndoo("assets", "export", name, "--from", "assets.toml").told.startswith(f"Wrote {name}.\n")
    if name == "a.toml":
        Path(name).write_text(Path(name).read_text("utf-8") + "# Ask Records about F-1\n", "utf-8")
    else:
        ndoo("assets", "export", name, "--from", "assets.toml", "--force")
    put(document(flow=[flow(facts=facts(purpose=None, gateway__kind=None))]))
    kept = Path(name).read_bytes()
    said = ndoo("assets", "export", name, "--from", "assets.toml", "--json")
    assert said.json["error"]["code"] == "output-exists" and Path(name).read_bytes() == kept
    assert ndoo("assets", "export", name, "--from", "assets.toml", "--force").status == 0


def test_a_field_that_nobody_knows_is_told_with_its_file_and_the_near_one(ndoo: Ndoo) -> None:
    Path("mine.toml").write_text('[organisation]\nnmae = "A"\n')
    said = ndoo("assets", "import", "mine.toml").err
    assert "mine.toml: The organisation: nmae is not a field that a register has. Did you mean name?" in said


def test_a_changed_fact_is_decided_on_when_somebody_says_so(ndoo: Ndoo) -> None:
    put(document())
    ndoo("assets", "import", "assets.toml")
    put(document(flow=[flow(facts=facts(purpose=None, gateway__kind=None))]))
    assert ndoo("assets", "import", "assets.toml", "--json").json["changed"] == ["flow F-1"]
    said = ndoo("assets", "decide", "--json")
    assert said.status == 7 and said.json["summary"] == {"review": 1}
    assert ndoo("assets", "decide").told == "0 decisions by policy pack opg 2026.2.\n"
    assert ndoo("assets", "decide", "--all", "--json").json["summary"] == {"review": 1}
    assert ndoo("assets", "decide", "assets.toml", "--json").json["summary"] == {"review": 1}
    put(document(asset=[], flow=[]))
    taken = ndoo("assets", "import", "assets.toml", "--replace")
    assert "removed: flow F-1, asset A-1" in taken.told


def test_many_open_things_are_counted_and_not_all_named(ndoo: Ndoo) -> None:
    put(document())
    said = ndoo("review", "assets.toml", "--findings", scanned(*((f"t{at}", "yes", "a") for at in range(25))))
    assert "… and 5 more: --json names them all." in said.told


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (("review",), "assets-empty"),
        (("statement", "--signed-by", "x"), "signed-by-file"),
        (("statement", "assets.toml", "--publish", "Read."), "publish-file"),
        (("statement", "--agree", "Read.", "--publish", "Read."), "publish-how"),
        (("statement", "--agree", " "), "publish-why"),
        (("statement", "--publish", f"For {some(1)[0]}"), "reason-identifies"),
        (("statement", "assets.toml", "--format", "markdown"), "statement-forms"),
        (("review", "assets.toml", "--evidence", "nowhere"), "no-such-file"),
        (("review", "assets.toml", "--findings", "nothing.json"), "flow-missing"),
        (("assets", "import", "nothing.xlsx"), "register-file-missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: tuple[str, ...], code: str, ndoo: Ndoo) -> None:
    put(document())
    said = ndoo(*call, "--json")
    assert said.json["error"]["code"] == code and said.out.count("\n") == 1


def test_the_public_one_is_published_from_the_command_line_by_two_accounts(
    ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    from ndoo.service.asset_register import demonstration

    demonstration.seed(timezone.now(), Sealer(bytes(range(32))), with_work=False)
    assert "Nothing is public until another account" in ndoo("statement", "--publish", "Read.").told
    assert ndoo("statement", "--agree", "Mine.", "--json").json["error"]["code"] == "publication-alone"
    monkeypatch.setattr(register_session, "account", lambda: "somebody-else")
    assert "Published as version 1." in ndoo("statement", "--agree", "Read too.").told
    assert ndoo("statement", "--publish", "Read.", "--json").json["error"]["code"] == "statement-same"
    said = ndoo("statement", "--publish", "Read.", "--for", "Nobody", "--json")
    assert said.json["error"]["code"] == "register-member"


def test_a_day_to_look_again_that_has_come_is_told_and_opens_nothing(
    ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(document())
    told = "note: look again at CAG 7-07(a-c)/2013, invoice validation (since 2027-06-30)"
    for day, come in ((29, False), (30, True)):
        monkeypatch.setattr("ndoo.cli.review.now", lambda day=day: datetime(2027, 6, day, 12, tzinfo=UTC))
        said = ndoo("review", "assets.toml")
        assert (told in said.told) is come and "1 open." in said.told


def test_the_record_of_processing_and_an_impact_assessment_s_section_are_written_from_file_and_database(
    ndoo: Ndoo,
) -> None:
    put(document())
    assert ndoo("assets", "article-30", "assets.toml", "-o", "a.csv", "--json").json == {"activities": 1}
    ndoo("assets", "import", "assets.toml")
    assert ndoo("assets", "article-30", "-o", "b.csv").status == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert ndoo("assets", "dpia", "F-1", "-o", "F-1.md", "--json").json["outcome"] == "applies"
    assert "The national data opt-out applies" in Path("F-1.md").read_text(encoding="utf-8")
    assert ndoo("assets", "dpia", "F-1", "-o", "F-1.md").status == 2, "nothing that is there is replaced"
    assert "assets-flow" in ndoo("assets", "dpia", "F-9", "-o", "F-9.md").told
    put(document(flow=[flow(facts=facts(gateway__kind=None))]), "open.toml")
    assert ndoo("assets", "dpia", "F-1", "open.toml", "-o", "open.md").status == 7
