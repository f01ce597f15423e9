"""`ndoo key rotate`: a new key seals, and nothing that an earlier one sealed is lost: seals, commitments, assets, the ledger."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import NdooError, NoUsableList
from ndoo.evidence.known_keys import rotate_key
from ndoo.evidence.seal import KEY_FILE, load_keys, load_sealer
from ndoo.service import database
from ndoo.service.ledger.heads import KEY_CHANGED, seal
from ndoo.service.ledger.models import LedgerLeaf
from ndoo.service.ledger.register_note import read_note
from tests.attack.test_registers_emptied import NOW
from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.releases import LIST, PEOPLE, release

ASSET = ("--asset", "audit", "--expect-removed", "0-100")


def keys(ndoo: Ndoo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ndoo("key", "list", "--json").json["keys"]
    return found


def test_what_an_earlier_key_sealed_is_verified_and_opened_after_two_changes(tmp_path: Path, ndoo: Ndoo) -> None:
    release("csv", tmp_path, ndoo)
    made = json.loads((tmp_path / "out.csv.manifest.json").read_text())["seal"]["public_key"]
    said = [ndoo("key", "rotate", "--json") for _ in range(2)]
    assert [one.status for one in said] == [0, 0]
    current, second, first = keys(ndoo)
    assert [one["current"] for one in (current, second, first)] == [True, False, False]
    assert first["public_key"] == made and first["since"] is None
    assert first["until"] == second["since"] and second["until"] == current["since"] is not None
    assert (
        current["public_key"] == ndoo("key", "show", "--json").json["public_key"] == said[1].json["key"]["public_key"]
    )
    listed = ndoo("key", "list").out.splitlines()
    assert "this account, current, since" in listed[0] and "from the beginning until" in listed[2]
    verified = ndoo("verify", "out.csv", *LIST, "--json")
    assert (verified.status, verified.json["signer"]) == (0, "this account (former key 1)")
    opened = ndoo("key", "open", "out.csv", "in.csv", "--json")
    assert (opened.status, opened.json["files"]) == (0, {"in.csv": ["input"]})
    assert (
        ndoo("uphold", "in.csv", "-o", "new.csv", *LIST, "--json").json["seal"]["public_key"] == current["public_key"]
    )
    assert ndoo("key", "trust", "this account (former key 9)", made).status == 2, "nobody takes an own key's name"


def test_the_records_of_an_asset_are_read_after_the_key_was_changed(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "in.csv").write_text("nhs_number\n" + "\n".join(PEOPLE) + "\n")
    (tmp_path / "gone.txt").write_text(PEOPLE[0] + "\n")
    for compared_with in range(3):
        said = ndoo("uphold", "in.csv", "-o", "out.csv", *LIST, *ASSET, "--json")
        assert (said.status, said.json["asset"]["compared_with"]) == (0, compared_with), said.told
        assert ndoo("key", "rotate").status == 0


def test_a_backup_holds_every_key_and_one_of_before_opens_what_was_sealed_before(
    tmp_path: Path, ndoo: Ndoo, own_data_folder: Path
) -> None:
    release("csv", tmp_path, ndoo)
    assert ndoo("key", "backup", "before").status == 0
    assert ndoo("key", "rotate").status == 0
    assert ndoo("key", "backup", "after").status == 0
    (tmp_path / "after").rename(own_data_folder / KEY_FILE)
    assert len(keys(ndoo)) == 2
    assert ndoo("verify", "out.csv", *LIST).status == 0
    (tmp_path / "before").rename(own_data_folder / KEY_FILE)
    assert [one["current"] for one in keys(ndoo)] == [True]
    assert ndoo("verify", "out.csv", *LIST).status == 0


@pytest.mark.parametrize("step", ["open", "fsync", "rename"])
def test_a_change_that_is_stopped_leaves_the_key_of_before(
    step: str, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_sealer(own_data_folder).public_key
    file = (own_data_folder / KEY_FILE).read_bytes()
    names = {path.name for path in own_data_folder.iterdir()}

    def stop(*_: Any, **__: Any) -> None:
        raise OSError(28, "no room")

    with monkeypatch.context() as patched:
        if step == "rename":
            patched.setattr(Path, "rename", stop)
        elif step == "fsync":
            patched.setattr(os, "fsync", stop)
        else:
            patched.setattr("ndoo.evidence.private_files.os.open", stop)
        with pytest.raises(NdooError):
            rotate_key(own_data_folder, NOW)
    assert (own_data_folder / KEY_FILE).read_bytes() == file
    assert load_sealer(own_data_folder).public_key == before
    assert {path.name for path in own_data_folder.iterdir()} - names <= {".trusted_keys.lock"}


def test_where_nothing_was_sealed_there_is_nothing_to_change(ndoo: Ndoo, own_data_folder: Path) -> None:
    said = ndoo("key", "rotate", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "key-missing")
    assert not own_data_folder.exists()


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"kind": "other", "keys": []}',
        '{"kind": "sealing-keys", "keys": []}',
        '{"kind": "sealing-keys", "keys": [{"secret": "AAAA", "since": null}]}',
        '{"kind": "sealing-keys", "keys": 7}',
        json.dumps({"kind": "sealing-keys", "keys": [{"secret": "A" * 43 + "=", "since": None}] * 2}),
    ],
)
def test_a_damaged_file_of_keys_seals_nothing(text: str, ndoo: Ndoo, own_data_folder: Path) -> None:
    own_data_folder.mkdir()
    (own_data_folder / KEY_FILE).write_text(text)
    (own_data_folder / KEY_FILE).chmod(0o600)
    assert ndoo("key", "show", "--json").json["error"]["code"] == "key-damaged"


def test_the_ledger_says_that_the_key_was_changed_and_its_register_goes_on_answering(
    register: str, ndoo: Ndoo, own_data_folder: Path
) -> None:
    number = some(1, seed=5)[0]
    database.ready()
    seal(NOW)
    before = ndoo("key", "show", "--json").json["public_key"]
    said = ndoo("key", "rotate", "--json")
    after = said.json["key"]["public_key"]
    assert (said.status, said.json["in_ledger"]) == (0, True), said.told
    [leaf] = LedgerLeaf.objects.filter(kind=KEY_CHANGED)
    assert json.loads(leaf.body)["payload"] == {"from": before, "to": after}
    note = read_note()
    assert note is not None and set(note.sealed_by.values()) == {after}
    assert ndoo("register", "set", number, "--choice", "opt_out").status == 0
    assert ndoo("ledger", "verify").status == 0
    assert ndoo("ledger", "verify", "--signed-by", after).status == 0, "the day's head was sealed anew"
    assert LedgerLeaf.objects.filter(kind=KEY_CHANGED).count() == 1
    former = load_keys(own_data_folder)[0].sealer
    (own_data_folder / KEY_FILE).write_text(former.written())
    said = ndoo("register", "show", number, "--json")
    assert said.json["error"]["code"] == "key-exchanged", "the key of before is not the one that seals here now"


def test_an_auditor_elsewhere_names_every_key_that_sealed_the_heads(
    register: str, ndoo: Ndoo, own_data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.ready()
    seal(NOW)
    [of_a_day] = (own_data_folder / "heads").glob("*/20*.json")
    of_a_day.rename(of_a_day.with_name("2026-01-01.json"))
    before = ndoo("key", "show", "--json").json["public_key"]
    after = ndoo("key", "rotate", "--json").json["key"]["public_key"]
    assert ndoo("ledger", "export", "-o", "ledger.jsonl").status == 0
    heads = ("--heads", own_data_folder / "heads")
    own = ndoo("ledger", "verify", "ledger.jsonl", *heads, "--signed-by", after, "--json")
    assert own.json["error"]["code"] == "ledger-sealed-by-other", (
        "a key that was named stands for no other, not even for one's own"
    )
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "auditor"))
    one = ndoo("ledger", "verify", "ledger.jsonl", *heads, "--signed-by", after, "--json")
    assert one.json["error"]["code"] == "ledger-sealed-by-other"
    both = ndoo("ledger", "verify", "ledger.jsonl", *heads, "--signed-by", after, "--signed-by", before, "--json")
    assert (both.status, both.json["sound"]) == (0, True)


def test_a_register_that_does_not_answer_is_told_of_the_new_key_later(
    ndoo: Ndoo, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no() -> None:
        raise NoUsableList("register-behind", "It is behind.")

    load_sealer(own_data_folder)
    (own_data_folder / "register.json").write_text('{"sealed_by": {}}')
    monkeypatch.setattr(database, "ready", lambda: no())
    said = ndoo("key", "rotate", "--json")
    assert (said.status, said.json["in_ledger"], len(keys(ndoo))) == (0, False, 2)
    assert "The ledger will say so" in said.err
