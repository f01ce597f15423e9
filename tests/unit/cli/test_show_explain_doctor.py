"""What helps whoever uses the command line: the certificate, the meaning of an error, the doctor, the settings file, extras."""

from __future__ import annotations

import builtins
import json
import re
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ndoo.cli import error_subjects, pages
from ndoo.cli.error_advice import asks, kept, what_to_do
from ndoo.cli.error_subjects import subject_of
from ndoo.cli.main import COMMANDS
from ndoo.cli.statuses import REMEDIES, WHYS
from ndoo.domain.extras import EXTRAS
from ndoo.domain.machine_faults import missing
from ndoo.domain.setting_list import HERE, OWN
from ndoo.evidence.certificate import certificate_of
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.scanning import own_records
from tests.conftest import ROOT, TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.upholding.publication.test_publish_safely import INPUTS, place

__all__ = ["place"]
PEOPLE = some(8)
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)


@pytest.mark.parametrize("kind", ["text", "linked tables", "fhir", "database"])
def test_the_certificate_of_every_kind_says_what_was_released_and_whose_seal_it_is(
    kind: str, place: Path, ndoo: Ndoo
) -> None:
    source, *rest = INPUTS[kind]
    made = ndoo("uphold", source, *rest, *BY, "--expect-removed", "0-100", "--json").json
    released = "sqlite:///d.sqlite#kept" if kind == "database" else rest[1]
    said = ndoo("show", released, "--html", "page.html", "--json")
    assert said.status == 0, said.err
    [shown] = said.json["releases"]
    assert shown["sealed_by"] == made["seal"]["public_key"]
    told = shown["certificate"]
    assert told["Release"]["From"] == made["input"]["name"]
    assert told["Counts"]["Removed"].startswith(f"{made['rows']['removed']} row")
    assert told["Opt-outs"]["List checked"].startswith(TODAY)
    assert told["Seal"]["Sealed by"] == "this account"
    page = (place / "page.html").read_text()
    assert made["seal"]["public_key"] in page.replace("&#x2F;", "/")
    assert "http" not in page.replace(str(told["Release"]["From"]), ""), "it needs no network"
    assert "Certificate of" in ndoo("show", released).out


def test_a_manifest_alone_has_its_certificate_and_a_broken_seal_is_said(place: Path, ndoo: Ndoo) -> None:
    ndoo("uphold", "a.csv", "-o", "out.csv", *BY)
    (place / "out.csv").unlink()
    manifest = place / "out.csv.manifest.json"
    assert ndoo("show", manifest.name).status == 0
    document = json.loads(manifest.read_text())
    document["rows"]["removed"] = 99
    document["input"]["name"] = "<script>alert(1)</script>\x1b[31m"
    manifest.write_text(json.dumps(document))
    said = ndoo("show", manifest.name, "--html", "page.html")
    assert said.status == 3
    assert "BROKEN" in said.out
    assert "\x1b" not in said.out
    page = (place / "page.html").read_text()
    assert "<script>" not in page
    assert "The seal is broken" in page
    assert ndoo("show", "a.csv").status == 3, "what is no release has no certificate"
    manifest.write_text("{}")
    assert ndoo("show", manifest.name).status == 3


def test_what_is_no_release_is_an_error_with_its_code_and_beside_others_is_named(place: Path, ndoo: Ndoo) -> None:
    ndoo("uphold", "a.csv", "-o", "out.csv", *BY)
    alone = ndoo("show", "a.csv")
    assert (alone.status, alone.out) == (3, "")
    assert alone.err.startswith("Error [manifest-missing]: a.csv: The manifest a.csv.manifest.json does not exist")
    (place / "half.manifest.json").write_text("{")
    assert ndoo("show", "half.manifest.json").err.startswith("Error [manifest-unreadable]: half.manifest.json: ")
    assert "a.csv: The manifest a.csv.manifest.json does not exist" in ndoo("show", "a.csv", "out.csv").out
    assert "[manifest-missing]" in ndoo("show", "a.csv", "out.csv").out
    (place / "empty").mkdir()
    both = ndoo("show", "empty", "out.csv")
    assert (both.status, "Certificate of out.csv" in both.out) == (3, True)
    assert "empty: No release was found here" in both.out


def test_a_page_names_what_has_no_certificate_and_none_is_written_for_that_alone(place: Path, ndoo: Ndoo) -> None:
    """An empty page was written, and one of the good release alone."""
    ndoo("uphold", "a.csv", "-o", "out.csv", *BY)
    said = ndoo("show", "b.csv", "a.csv", "--html", "page.html", "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "certificate-of-nothing"), said.told
    assert not (place / "page.html").exists()
    assert "b.csv: The manifest" in said.told
    assert ndoo("show", "b.csv", "out.csv", "--html", "page.html").status == 3
    page = (place / "page.html").read_text()
    assert page.count("<h1>Certificate of") == 1
    assert "<h1>Without a certificate</h1>" in page and "b.csv</th>" in page
    ndoo("show", "out.csv", "--html", "whole.html")
    assert "Without a certificate" not in (place / "whole.html").read_text()


def test_a_seal_that_nobody_here_knows_is_called_so(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ndoo("uphold", "a.csv", "-o", "out.csv", *BY)
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "another"))
    assert "a key that nobody here knows" in ndoo("show", "out.csv").out


def test_every_error_can_be_explained(ndoo: Ndoo) -> None:
    statuses = {refusal.status for refusal in pages.refusals()}
    assert statuses <= set(WHYS)
    assert statuses <= set(REMEDIES)
    said = ndoo("explain", "list-stale", "--json")
    assert (said.status, said.json["exit_status"]) == (0, 4)
    assert said.json["messages"] == [one.sentence for one in pages.refusals() if one.code == "list-stale"]
    for word in ("Why it stops: ", "What to do: "):
        assert word in ndoo("explain", "[output-exists]:").out
    pasted = "Error [output-exists]: out.csv already exists. Name another output."
    assert ndoo("explain", pasted).out.startswith("output-exists: exit status 2")
    unknown = ndoo("explain", "output-exist", "--json").json["error"]
    assert (unknown["code"], "output-exists" in unknown["message"]) == ("code-unknown", True)


def test_a_code_of_several_exit_statuses_has_the_remedy_of_each(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = {refusal.code: refusal for refusal in pages.refusals("list-stale")}.values()
    monkeypatch.setattr(pages, "refusals", lambda code="": [one, replace(one, status=5)])
    said = ndoo("explain", one.code).out
    for status in (one.status, 5):
        assert f"In general, exit status {status}: {REMEDIES[status]}" in said


def test_every_error_says_what_to_do_in_words_of_its_own_and_where_to_read_on() -> None:
    """Not only what its exit status means: of each sentence with … in it, what is to be typed or mended."""
    every = pages.refusals()
    assert [(one.code, one.sentence) for one in every if not what_to_do(one.code, [one.sentence])] == []
    advice = {one.code: "".join(what_to_do(one.code, [one.sentence])) for one in every}
    named = {found for text in advice.values() for found in re.findall(r"docs/[a-z0-9/-]+\.md", text)}
    named |= {found for one in every for found in re.findall(r"docs/[a-z0-9/-]+\.md", subject_of(one.where))}
    assert [page for page in named if not (ROOT / page).is_file()] == []
    typed = {found for text in advice.values() for found in re.findall(r"`ndoo ([a-z0-9]+)", text)}
    assert typed <= set(COMMANDS)
    alone = {one.code for one in every if not asks(one.sentence)}
    assert sorted(set(kept()) - alone) == [], "advice that no sentence lacks"


def test_no_subject_of_errors_is_of_a_room_that_moved() -> None:
    source = ROOT / "src" / "ndoo"
    gone = [
        room for room in error_subjects.ROOMS if not (source / room).is_dir() and not (source / f"{room}.py").is_file()
    ]
    assert gone == []


def test_an_error_without_advice_in_its_sentence_has_it_behind_it(ndoo: Ndoo) -> None:
    said = ndoo("explain", "no-such-code")
    assert said.err.endswith("docs/reference/errors.md. Copy the code from the brackets of the error.\n")
    assert ndoo("uphold", "none.csv", "-o", "out.csv", *BY).err.endswith("Check the path.\n"), "the sentence says it"


def test_an_error_shows_the_code_that_explain_takes(ndoo: Ndoo, tmp_path: Path) -> None:
    said = ndoo("uphold", "none.csv", "-o", "out.csv", *BY)
    code = said.err.partition("[")[2].partition("]")[0]
    assert ndoo("explain", code).status == 0


def test_the_doctor_says_what_counts_and_what_is_wrong(
    ndoo: Ndoo, tmp_path: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ndoo("doctor", "--json")
    assert (said.status, said.json["problems"], said.json["key"]) == (0, [], None), said.json
    assert not own_data_folder.exists(), "nothing is made"
    assert set(said.json["extras"]) == set(EXTRAS)
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "soon")
    monkeypatch.setenv("NDOO_LIST_LIMT_DAYS", "21")
    monkeypatch.setenv("NDOO_NOTIFY_KEY", "a-secret")
    (tmp_path / "ndoo.toml").write_text("hosts = 'x'\n")
    own_data_folder.mkdir()
    (own_data_folder / "seal.key").write_text("damaged")
    (own_data_folder / "seal.key").chmod(0o600)
    (own_data_folder / "register.sqlite3").write_text("no database")
    said = ndoo("doctor")
    assert said.status == 6
    for word in ("NDOO_LIST_LIMT_DAYS", "list_limit_days", "does not count", "key-damaged", "not a database"):
        assert word in said.out
    assert "a-secret" not in said.told
    assert ndoo("doctor", "--json").json["settings"]["notify_key"] == "NDOO_NOTIFY_KEY in the environment"


def test_the_settings_file_explains_every_setting_and_makes_none(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_CONFIG", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert ndoo("init").status == 0
    path = tmp_path / "config" / "ndoo" / "ndoo.toml"
    assert tomllib.loads(path.read_text()) == {}
    settings = [
        line[2:]
        for line in path.read_text().splitlines()
        if line.startswith("# ") and (" = " in line or "[mesh" in line)
    ]
    assert set(tomllib.loads("\n".join(settings))) == HERE | OWN, "without their # all are settings"
    assert ndoo("init", "--json").json["error"]["code"] == "settings-there"
    assert ndoo("doctor").status == 0


@pytest.mark.parametrize(
    ("call", "module", "extra"),
    [
        (("scan", "book.xlsx"), "python_calamine", "excel"),
        (("uphold", "book.xlsx", "-o", "o.csv", *BY), "python_calamine", "excel"),
        (("uphold", "duckdb:///d", "--table", "t", "--into", "u", *BY), "duckdb", "databases"),
        (("scan", "postgresql://h/d"), "sqlalchemy", "databases"),
        (("applies", "--ask"), "django", "service"),
    ],
)
def test_a_missing_extra_is_one_sentence_with_the_right_install(
    call: tuple[str, ...], module: str, extra: str, place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl.Workbook().save(place / "book.xlsx")
    (place / "d").write_bytes(bytes(8) + b"DUCK" + bytes(100))
    plain = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == module or (module == "django" and name == "ndoo.cli.applies_ask"):
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return plain(name, *rest, **more)

    for name in [
        one
        for one in sys.modules
        if one.partition(".")[0] == module or one.startswith("ndoo.upholding.databases.duckdb")
    ]:
        if module != "django":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    said = ndoo(*call, "--json")
    assert said.status == 2, said.told
    assert said.json["error"]["code"] == "extra-missing"
    assert f'pip install "ndoo[{extra}' in said.json["error"]["message"]


def test_a_scan_can_stop_a_job(place: Path, ndoo: Ndoo) -> None:
    (place / "people.csv").write_text("nhs_number\n" + "".join(f"{number}\n" for number in PEOPLE))
    for name, verdict in (("a.csv", "yes"), ("people.csv", "unsure")):
        assert ndoo("scan", name, "--json").json["tables"][0]["confidential_patient_information"] == verdict
        assert ndoo("scan", name, "-q").status == 0
        assert ndoo("scan", name, "-q", "--fail-on", "unsure").status == 6
        assert ndoo("scan", name, "-q", "--fail-on", "yes").status == (6 if verdict == "yes" else 0)
    (place / "empty.txt").write_text("")
    assert ndoo("scan", "empty.txt", "-q", "--fail-on", "unsure").status == 0


def test_a_scan_knows_the_records_of_this_account_and_believes_nobody_else_s(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ndoo("uphold", "a.csv", "-o", "out.csv", *BY)
    [table] = ndoo("scan", "out.csv.manifest.json", "--json").json["tables"]
    assert (table["confidential_patient_information"], table["columns"]) == ("no", [])
    assert "sealed record" in ndoo("scan", "out.csv.manifest.json").out
    with monkeypatch.context() as smaller:
        smaller.setattr(own_records, "LARGEST", 1)
        assert ndoo("scan", "out.csv.manifest.json", "--json").json["tables"][0]["columns"] != []
    document = json.loads((place / "out.csv.manifest.json").read_text())
    (place / "forged.json").write_text(json.dumps({**document, "created": "yesterday"}))
    assert ndoo("scan", "forged.json", "--json").json["tables"][0]["columns"] != [], "its seal is broken"
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "another"))
    [table] = ndoo("scan", "out.csv.manifest.json", "--json").json["tables"]
    assert table["columns"] != [], "whoever sealed it, it is read as any other file"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_command_answers_on_the_error_stream_but_by_its_own_words(name: str) -> None:
    """One module prints: an answer on stderr, or a note on stdout, cannot be written by accident."""
    own = ("click.echo", "err=True", "print(")
    folder = Path(pages.__file__).parent
    for path in folder.glob(f"{name}*.py"):
        lines = [line for line in path.read_text().splitlines() if "click.echo" in line and "err=True" in line]
        assert lines == [] or path.name in ("applies_ask.py", "register_person.py"), (path.name, own)


@pytest.mark.parametrize(
    ("change", "national", "type1"),
    [
        ({"list": None, "decision": {"outcome": "does_not_apply"}}, "does not apply", None),
        ({"list": None, "type1": {"applied": True}}, "NOT applied", "applied"),
        ({"type1": {"applied": False, "because": "x"}}, "applied", "not applied"),
        ({"warnings": [{"code": "c", "message": "m\x1b[1m"}]}, "applied", None),
        ({"people": {"read": "x", "kept": None, "removed": [], "held": {}}}, "applied", None),
    ],
)
def test_a_certificate_says_what_was_not_applied(change: dict[str, Any], national: str, type1: str | None) -> None:
    manifest: dict[str, Any] = {
        "input": {"name": "in.csv"},
        "output": {"name": "o", "format": "csv", "sha256": "0"},
        "columns": {"nhs_number": "n", "also": [], "ignored": ["old"]},
        "rows": {"read": 1, "kept": 1, "removed": 0, "held": {"missing": 2}},
        "people": {"read": 1, "kept": 1, "removed": 0, "held": 0},
        "list": {"polarity": "allowed", "checked_at": "2026-11-01"},
    }
    certificate = certificate_of("o", ReleaseManifest(manifest | change), None)
    told = certificate.as_document()["certificate"]
    assert told["Opt-outs"]["National opt-out"].startswith(national)
    assert (told["Opt-outs"].get("Type 1 opt-out") or "").startswith(type1 or "")
    assert told["Release"]["Left as they are"] == "old"
    assert told["Counts"]["Held back"].startswith("2 rows")
    assert "\x1b" not in "".join(certificate.as_text())
    assert certificate.sealed_by is None


@pytest.mark.parametrize(
    ("type1", "removed", "said"),
    [
        (
            True,
            3,
            [
                "Nobody was removed for the national data opt-out, because it was decided that it does not apply to this flow.",
                "3 rows of 2 people were removed because of a Type 1 opt-out.",
            ],
        ),
        (False, 0, ["Nobody was removed, because it was decided that the opt-out does not apply to this flow."]),
    ],
)
def test_a_certificate_does_not_say_that_nobody_was_removed_where_type_1_removed_people(
    type1: bool, removed: int, said: list[str]
) -> None:
    manifest: dict[str, Any] = {
        "input": {"name": "in.csv"},
        "output": {"name": "o", "format": "csv", "sha256": "0"},
        "columns": {"nhs_number": "n", "also": [], "ignored": []},
        "rows": {"read": 9, "kept": 9 - removed, "removed": removed, "held": {}},
        "people": {"read": 6, "kept": 4, "removed": 2, "held": 0},
        "list": None,
        "decision": {"outcome": "does_not_apply"},
        "type1": {"applied": type1},
    }
    assert list(certificate_of("o", ReleaseManifest(manifest), None).sentences[1:]) == said


def test_a_file_of_which_nobody_says_the_path_is_missing_all_the_same() -> None:
    assert missing(None, "the input").sentence == "The file or folder does not exist: the input. Check the path."
