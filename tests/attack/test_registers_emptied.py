"""Nothing becomes empty in silence: a data folder that lost its register, its heads or its key answers nobody until a person says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ndoo.domain.errors import NoUsableList
from ndoo.evidence.ledger.heads_folder import NEWEST
from ndoo.evidence.seal import load_sealer
from ndoo.service import database
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.configuration import KEY_FILE
from ndoo.service.ledger import register_note
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.register_note import NOTE_FILE, RegisterNote, read_note, write_note
from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.registers import Makers, default_database, sqlite_at

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ONE, *OTHERS = some(250)
SIGNS = {
    "the note": lambda data: write_note(RegisterNote({"a" * 32: "K"})),
    "the heads": lambda data: put(data / "heads" / ("a" * 32) / NEWEST, "{}"),
    "the key of an older version": lambda data: put(data / KEY_FILE, "x" * 50),
}
"""What a data folder that had a register may hold, each by itself."""


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def gone(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
    monkeypatch: pytest.MonkeyPatch,
    own_data_folder: Path,
) -> Iterator[Path]:
    """Where the register should be, and is not."""
    path = tmp_path_factory.mktemp("gone") / "register.sqlite3"
    with django_db_blocker.unblock(), default_database(sqlite_at(path)):
        monkeypatch.setenv("NDOO_DATABASE_URL", f"sqlite:///{path}")
        yield path


@pytest.mark.parametrize("emptied", ["no file", "an empty file"])
@pytest.mark.parametrize("sign", SIGNS)
def test_a_data_folder_without_its_database_becomes_no_new_register(
    ndoo: Ndoo, gone: Path, own_data_folder: Path, tmp_path: Path, sign: str, emptied: str
) -> None:
    (tmp_path / "in.csv").write_text(f"nhs_number,x\n{ONE},1\n")
    if emptied == "an empty file":
        gone.touch()
    SIGNS[sign](own_data_folder)
    for call in (
        ("uphold", "in.csv", "-o", "out.csv", "--register"),
        ("register", "set", ONE, "--choice", "allow"),
        ("register", "snapshot", "-o", "s.snapshot"),
        ("ledger", "accept", "--because", "x"),
        ("serve", "--port", "0"),
    ):
        said = ndoo(*call, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-lost"), call
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv"}
    assert gone.exists() == (emptied == "an empty file")
    assert not gone.exists() or gone.stat().st_size == 0


def test_a_new_register_is_made_where_a_person_says_so_and_once(ndoo: Ndoo, gone: Path, own_data_folder: Path) -> None:
    SIGNS["the note"](own_data_folder)
    assert ndoo("register", "show", ONE).status == 4
    assert ndoo("register", "new", "--json").json == {"new": True}
    again = ndoo("register", "new", "--json")
    assert (again.status, again.json["error"]["code"]) == (2, "register-there")
    assert ndoo("register", "set", ONE, "--choice", "opt_out").status == 0
    assert ndoo("register", "repair", "--json").json == {"recorded": []}
    assert ndoo("register", "show", ONE, "--json").json["choice"] == "opt_out"
    assert "register.begun" in ndoo("ledger", "leaves", "--kind", "audit", "--json").out


def test_a_database_whose_address_is_another_is_not_taken_for_this_folder_s(
    ndoo: Ndoo, gone: Path, register_makers: Makers, own_data_folder: Path
) -> None:
    """The harm: a slip in NDOO_DATABASE_URL, and everybody is released by a register of others."""
    register_makers.empty(gone)
    assert ndoo("register", "set", ONE, "--choice", "opt_out").status == 0
    other = gone.with_name("other.sqlite3")
    register_makers.empty(other)
    with default_database(sqlite_at(other)):
        said = ndoo("register", "show", ONE, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-lost")
        write_note(RegisterNote())  # as in a folder of its own
        heads_folder().path.rename(own_data_folder / "aside")
        assert ndoo("register", "set", ONE, "--choice", "allow").status == 0
        write_note(RegisterNote({"a" * 32: "K"}))
        heads_folder().path.rename(own_data_folder / "others")
        said = ndoo("register", "show", ONE, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-foreign")
        assert ndoo("ledger", "accept", "--because", "it is the right one").status == 0
        assert ndoo("register", "show", ONE, "--json").json["choice"] == "allow"


@pytest.fixture
def sealed(register: str, own_data_folder: Path) -> Path:
    """A register that answers, and its data folder."""
    database.ready()
    seal(NOW)
    return own_data_folder


def told(ndoo: Ndoo) -> str:
    """The code that every command and the service say."""
    codes = {
        ndoo(*call, "--json").json["error"]["code"]
        for call in (
            ("register", "set", ONE, "--choice", "allow"),
            ("register", "show", ONE),
            ("register", "snapshot", "-o", "s.snapshot"),
            ("ledger", "head"),
            ("serve", "--port", "0"),
        )
    }
    answer = Client(headers={"host": "localhost"}).get("/health/ready")
    assert answer.status_code == 503
    codes.add(answer.json()["code"])
    assert len(codes) == 1
    return codes.pop()


def lose_the_key(data: Path) -> None:
    (data / "seal.key").unlink()


def exchange_the_key(data: Path) -> None:
    (data / "seal.key").unlink()
    load_sealer(data)


def lose_the_heads(data: Path) -> None:
    (data / "heads").rename(data / "elsewhere")


def lose_the_heads_of_this_log(data: Path) -> None:
    heads_folder().set_aside(newest().log)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lose_the_key, "key-lost"),
        (exchange_the_key, "key-exchanged"),
        (lose_the_heads, "ledger-heads-lost"),
        (lose_the_heads_of_this_log, "ledger-heads-lost"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_lost_or_exchanged_key_and_lost_heads_are_said_at_once(
    ndoo: Ndoo, sealed: Path, harm: Any, code: str
) -> None:
    assert Client(headers={"host": "localhost"}).get("/health/ready").json()["status"] == "ready"
    harm(sealed)
    assert told(ndoo) == code
    assert (sealed / "seal.key").exists() == (harm is not lose_the_key), "no key is made in silence"
    assert ndoo("ledger", "accept", "--because", "a person knows").status == 0
    assert ndoo("register", "show", ONE).status == 0
    assert Client(headers={"host": "localhost"}).get("/health/ready").status_code == 200


def test_the_key_of_a_register_of_an_older_version_is_missed_too(sealed: Path) -> None:
    (sealed / NOTE_FILE).unlink()
    (sealed / "seal.key").unlink()
    with pytest.raises(NoUsableList) as refused:
        refuse_what_is_behind()
    assert refused.value.code == "key-lost"


def test_another_machine_of_the_same_register_has_its_own_key_and_is_no_thief(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(sealed / "heads"))
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "second"))
    database.ready()
    seal(NOW)
    assert read_note() == RegisterNote({newest().log: load_sealer(tmp_path / "second").public_key})  # type: ignore[union-attr]


def test_a_note_that_is_damaged_is_told(ndoo: Ndoo, sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("{", "[]", '{"sealed_by": {"a": 1}}', '{"sealed_by": 7}'):
        (sealed / NOTE_FILE).write_text(text)
        said = ndoo("register", "show", ONE, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-note-damaged")

    def fail(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(register_note, "put_anew", fail)
    (sealed / NOTE_FILE).unlink()
    (sealed / KEY_FILE).unlink(missing_ok=True)
    assert ndoo("register", "show", ONE, "--json").json["error"]["code"] == "data-folder"
    (sealed / NOTE_FILE).mkdir()
    assert ndoo("register", "show", ONE, "--json").json["error"]["code"] == "data-folder"


@pytest.mark.usefixtures("register")
def test_a_register_of_so_few_choices_is_not_meant(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in OTHERS[:201]))
    ndoo("register", "set", ONE, "--choice", "opt_out")
    ndoo("register", "set", ONE, "--choice", "opt_out")
    call = ("uphold", "in.csv", "-o", "out.csv", "--register", "--expect-removed", "0-25", "--json")
    said = ndoo(*call)
    assert (said.status, said.json["error"]["code"]) == (4, "register-few-choices")
    assert not (tmp_path / "out.csv").exists()
    assert ndoo(*call, "--small-register").json["rows"]["removed"] == 0
    ndoo("register", "set", OTHERS[0], "--choice", "opt_out")
    assert ndoo(*call).json["rows"]["removed"] == 1
    alone = ndoo("uphold", "in.csv", "-o", "out.csv", "--allowed", "x", "--small-register", "--json")
    assert (alone.status, alone.json["error"]["code"]) == (2, "small-register-alone")
    assert ChoiceEvent.objects.count() == 3
    assert connection.vendor
    assert json.loads((tmp_path / "out.csv.manifest.json").read_text())["list"]["source"] == "register"
