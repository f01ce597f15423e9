"""Whoever checks the ledger elsewhere is told the truth, and a register that is behind answers nobody."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from django.db import connection

from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.registers import changeable

pytestmark = pytest.mark.usefixtures("register")


def choose(ndoo: Ndoo, at: int) -> None:
    assert ndoo("register", "set", some(at + 1)[at], "--choice", "opt_out").status == 0


def test_an_export_is_checked_without_a_database(
    ndoo: Ndoo, tmp_path: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(ndoo, 0)
    head = ndoo("ledger", "head", "--json").json
    assert (head["size"], head["kind"]) == (2, "ledger-head")
    said = ndoo("ledger", "export", "-o", "log.jsonl", "--json").json
    assert said == head
    shutil.copytree(own_data_folder / "heads", tmp_path / "copies")
    monkeypatch.setenv("NDOO_DATABASE_URL", "postgresql://nowhere.invalid/none")
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "another"))
    said = ndoo(
        "ledger", "verify", "log.jsonl", "--heads", "copies", "--signed-by", head["seal"]["public_key"], "--json"
    )
    assert (said.status, said.json["sound"], said.json["size"], said.json["copied"]) == (0, True, 2, 1)
    alone = ndoo("ledger", "verify", "log.jsonl")
    assert alone.status == 0
    assert "No head was copied" in alone.told
    other = ndoo("ledger", "verify", "log.jsonl", "--signed-by", "A" * 43 + "=")
    assert (other.status, "another key" in other.told) == (3, True)
    assert ndoo("ledger", "verify", "log.jsonl", "--heads", "nowhere").status == 2


@pytest.mark.parametrize("change", ["cut", "edit", "drop", "swap", "add"])
def test_an_export_that_was_changed_fails(ndoo: Ndoo, tmp_path: Path, change: str) -> None:
    choose(ndoo, 0)
    ndoo("ledger", "export", "-o", "log.jsonl")
    head, one, two = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    changed = {
        "cut": [one],
        "edit": [one.replace(b"choice.set", b"choice.get"), two],
        "drop": [two],
        "swap": [two, one],
        "add": [one, two, two],
    }[change]
    (tmp_path / "log.jsonl").write_bytes(b"".join([head, *changed]))
    said = ndoo("ledger", "verify", "log.jsonl", "--json")
    assert (said.status, said.json["sound"]) == (3, False)
    assert sum(said.json["wrong"].values()) > 0
    said = ndoo("ledger", "verify", "log.jsonl")
    assert said.status == 3
    assert "The ledger is not what its heads say" in said.told


def test_an_old_export_is_behind_the_heads_that_were_copied(ndoo: Ndoo) -> None:
    choose(ndoo, 0)
    ndoo("ledger", "export", "-o", "old.jsonl")
    choose(ndoo, 1)
    assert ndoo("ledger", "verify", "old.jsonl", "--json").json["wrong"] == {"head_behind": 1}


def test_a_register_that_was_rewritten_fails(ndoo: Ndoo) -> None:
    choose(ndoo, 0)
    assert ndoo("ledger", "verify", "--json").json["sound"] is True
    with changeable(), connection.cursor() as cursor:
        cursor.execute("UPDATE choices_choiceevent SET choice = 'allow'")
    said = ndoo("ledger", "verify", "--json")
    assert (said.status, said.json["wrong"]) == (3, {"value_changed": 1})
    assert "value in a table is not the one" in said.told


def test_a_register_that_is_behind_answers_nobody_until_a_person_accepts_it(ndoo: Ndoo, tmp_path: Path) -> None:
    for at in range(2):
        choose(ndoo, at)
    with changeable(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_ledgerhead WHERE size > 2")
        cursor.execute("DELETE FROM ledger_ledgerleaf WHERE id > 2")
        cursor.execute("DELETE FROM choices_choiceevent WHERE id > 1")
    (tmp_path / "in.csv").write_text(f"nhs_number,x\n{some(1)[0]},1\n")
    (tmp_path / "people.txt").write_text(f"{some(1)[0]}\n")
    for call in (
        ("register", "show", some(1)[0]),
        ("register", "history", some(1)[0]),
        ("register", "set", some(1)[0], "--choice", "allow"),
        ("register", "snapshot", "-o", "s.snapshot"),
        ("uphold", "in.csv", "-o", "out.csv", "--register"),
        ("check", "people.txt", "-o", "cleaned.dat", "--register"),
        ("ledger", "head"),
        ("ledger", "export", "-o", "log.jsonl"),
        ("serve", "--port", "0"),
    ):
        said = ndoo(*call, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-behind"), call
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "people.txt"}
    assert ndoo("ledger", "accept").status == 2
    assert ndoo("ledger", "accept", "--because", " ").status == 2
    said = ndoo("ledger", "accept", "--because", "the disk failed", "--json")
    assert (said.status, said.json["size"]) == (0, 3)
    assert ndoo("register", "show", some(1)[0], "--json").json["choice"] == "opt_out"


def test_a_receipt_is_checked_without_the_log(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(ndoo, 0)
    choose(ndoo, 1)
    key = ndoo("ledger", "leaves", "--kind", "choice", "--json").json["leaves"][-1]["key"]
    assert ndoo("ledger", "receipt", key, "-o", "closed.json", "--json").json["opened"] == []
    said = ndoo("ledger", "receipt", key, "-o", "open.json", "--open", "--json")
    assert (said.status, "nhs_number" in said.json["opened"]) == (0, True)
    assert some(1)[0] not in (tmp_path / "closed.json").read_text() + said.out + said.told
    assert ndoo("ledger", "receipt", "0" * 32, "-o", "none.json").status == 2
    monkeypatch.setenv("NDOO_DATABASE_URL", "postgresql://nowhere.invalid/none")
    for name in ("closed.json", "open.json"):
        said = ndoo("ledger", "verify", name)
        assert (said.status, "The leaf is in the log." in said.told) == (0, True)
    forged = (tmp_path / "open.json").read_text().replace(some(1)[0], some(2)[1])
    (tmp_path / "open.json").write_text(forged)
    said = ndoo("ledger", "verify", "open.json", "--json")
    assert (said.status, said.json["wrong"]) == (3, {"receipt_not_opened": 1})


def test_no_variable_makes_one_account_two_people(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked could agree as well, with another LOGNAME before the command."""
    choose(ndoo, 0)
    key = ndoo("ledger", "leaves", "--kind", "choice", "--json").json["leaves"][0]["key"]
    assert ndoo("ledger", "erase", key, "nhs_number", "--because", "asked for").status == 0
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "another")
    said = ndoo("ledger", "erase", key, "nhs_number", "--agree", "--json")
    assert (said.status, said.json["error"]["code"]) == (5, "ledger-erase-alone")


def test_a_value_is_erased_by_two_people_and_never_by_one(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(ndoo, 0)
    key = ndoo("ledger", "leaves", "--kind", "choice", "--json").json["leaves"][0]["key"]
    one = ("ledger", "erase", key, "nhs_number")
    assert (
        ndoo(*one).status == ndoo(*one, "--agree", "--because", "x").status == ndoo(*one, "--because", " ").status == 2
    )
    assert ndoo("ledger", "erase", key, "nothing", "--because", "asked for").status == 2
    assert ndoo(*one, "--because", f"about {some(1)[0]}").status == 2
    assert ndoo(*one, "--agree").status == 5, "nobody has asked for it"
    assert ndoo(*one, "--because", "asked for").status == 0
    assert ndoo(*one, "--agree").status == 5, "the same account"
    assert ndoo("ledger", "verify", "--json").json["erased"] == 0
    monkeypatch.setattr("ndoo.cli.ledger_erase.account", lambda: "another")
    assert ndoo("ledger", "erase", key, "choice", "--agree").status == 5, "another value"
    assert ndoo(*one, "--agree", "--json").json["erased"] is True
    assert ndoo(*one, "--agree").status == 2, "erased before"
    said = ndoo("ledger", "verify", "--json").json
    assert (said["sound"], said["erased"]) == (True, 1)
    assert "nhs_number" not in ndoo("ledger", "receipt", key, "-o", "r.json", "--open", "--json").json["opened"]


def test_an_export_is_not_named_after_a_person(ndoo: Ndoo) -> None:
    assert ndoo("ledger", "export", "-o", f"{some(1)[0]}.jsonl").status == 2


def test_every_finding_has_its_meaning() -> None:
    from ndoo.cli.ledger_verify import MEANINGS
    from ndoo.evidence.ledger.verifier import HeadVerdict
    from ndoo.service.ledger import check_ledger

    found = re.findall(r'"([a-z]+(?:_[a-z]+)+)"', Path(check_ledger.__file__).read_text())
    assert {word for word in found if word.startswith(("leaf_", "opening_", "value_", "row_"))} <= set(MEANINGS)
    assert {f"head_{verdict}" for verdict in HeadVerdict if verdict is not HeadVerdict.AGREES} <= set(MEANINGS)
