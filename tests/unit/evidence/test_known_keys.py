"""A seal counts here for two reasons only: this account made it, or somebody said whose it is. Nothing else may say so."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NdooError, NotPermitted, UsageFault
from ndoo.evidence.known_keys import (
    OWN,
    TRUSTED_FILE,
    KnownKey,
    distrust,
    key_named,
    known_as,
    known_keys,
    trust,
    trusted_keys,
)
from ndoo.evidence.seal import KEY_FILE, Sealer, back_up, load_sealer
from tests.support.numbers import some

ALPHA, BETA = (Sealer(bytes([at] * 32)).public_key for at in (1, 2))


def refused(what: Any, *arguments: Any) -> str:
    with pytest.raises(NdooError) as error:
        what(*arguments)
    return error.value.code


def test_nobody_is_known_before_somebody_is_named(tmp_path: Path) -> None:
    assert known_keys(tmp_path / "none") == ()
    assert known_as(ALPHA, tmp_path) is None
    assert not (tmp_path / KEY_FILE).exists(), "whoever only verifies needs no key"


def test_a_trusted_key_is_known_by_its_name_and_the_own_one_as_such(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert trust("Alpha Trust", ALPHA, folder) is True
    assert trust("Alpha Trust", ALPHA, folder) is False, "said twice, and once is enough"
    assert known_as(ALPHA, folder) == "Alpha Trust"
    own = load_sealer(folder).public_key
    assert known_keys(folder) == (KnownKey(OWN, own, own=True), KnownKey("Alpha Trust", ALPHA))
    assert [key_named(said, folder) for said in ("Alpha Trust", BETA, OWN)] == [ALPHA, BETA, own]
    assert (folder / TRUSTED_FILE).stat().st_mode & 0o777 == 0o600
    distrust("Alpha Trust", folder)
    assert known_as(ALPHA, folder) is None


def test_a_name_and_a_key_stand_there_once(tmp_path: Path) -> None:
    trust("Alpha", ALPHA, tmp_path)
    assert refused(trust, "Alpha", BETA, tmp_path) == "key-name-taken", "a stranger's key under a known name"
    assert refused(trust, "Beta", ALPHA, tmp_path) == "key-known"
    assert refused(trust, "Me", load_sealer(tmp_path).public_key, tmp_path) == "key-known"
    assert refused(distrust, "Beta", tmp_path) == "key-name-unknown"
    assert refused(key_named, "Beta", tmp_path) == "key-unknown"
    assert trusted_keys(tmp_path) == (KnownKey("Alpha", ALPHA),)


@pytest.mark.parametrize("name", ["", " a", "a\n", "a" * 65, BETA, OWN, f"for {some(1)[0]}", "a\x1b[31m", "-a"])
def test_a_name_that_could_be_something_else_is_refused(name: str, tmp_path: Path) -> None:
    assert refused(trust, name, ALPHA, tmp_path) == "key-name"


@pytest.mark.parametrize(
    "key", ["", "A" * 44, "AAAA", ALPHA + " ", ALPHA[:-1], ALPHA.rstrip("="), "ö" * 44, "AQ" + "A" * 41 + "="]
)
def test_what_is_no_key_or_nobodys_is_never_trusted(key: str, tmp_path: Path) -> None:
    """Under the last, of small order, anybody can sign."""
    assert refused(trust, "Alpha", key, tmp_path) == "key-none"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"keys": 5}',
        '{"keys": [5]}',
        '{"keys": [{"name": "a"}]}',
        "[" * 100_000,
        json.dumps({"keys": [{"name": "a", "public_key": "x"}]}),
        json.dumps({"keys": [{"name": 5, "public_key": ALPHA}]}),
        json.dumps({"keys": [{"name": "a", "public_key": ALPHA}, {"name": "a", "public_key": BETA}]}),
    ],
)
def test_a_damaged_file_is_said_and_trusts_nobody(content: str, tmp_path: Path) -> None:
    (tmp_path / TRUSTED_FILE).write_text(content)
    (tmp_path / TRUSTED_FILE).chmod(0o600)
    assert refused(trusted_keys, tmp_path) == "trusted-keys-damaged"
    assert refused(trust, "Alpha", ALPHA, tmp_path) == "trusted-keys-damaged"
    assert (tmp_path / TRUSTED_FILE).read_text() == content, "nothing is put in its place"


def test_a_file_that_others_may_change_trusts_nobody(tmp_path: Path) -> None:
    trust("Alpha", ALPHA, tmp_path)
    (tmp_path / TRUSTED_FILE).chmod(0o666)
    with pytest.raises(NotPermitted, match="Others may change"):
        known_as(ALPHA, tmp_path)


@pytest.mark.parametrize(
    ("call", "number", "kind"),
    [("fsync", errno.ENOSPC, Fault), ("rename", errno.EACCES, NotPermitted), ("open", errno.EACCES, NotPermitted)],
)
def test_what_the_machine_refuses_leaves_the_keys_as_they_were(
    call: str, number: int, kind: type[NdooError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust("Alpha", ALPHA, tmp_path)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, "refused")

    with monkeypatch.context() as machine:
        machine.setattr(Path if call == "rename" else os, call, refuse)
        with pytest.raises(kind):
            trust("Beta", BETA, tmp_path)
    assert trusted_keys(tmp_path) == (KnownKey("Alpha", ALPHA),)
    assert {path.name for path in tmp_path.iterdir()} <= {TRUSTED_FILE, ".trusted_keys.lock"}


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TRUSTED_FILE).mkdir(mode=0o700)
    assert refused(trusted_keys, tmp_path) == "is-a-folder"


def test_of_many_who_name_keys_at_once_none_is_lost(tmp_path: Path) -> None:
    keys = [Sealer(bytes([at] * 32)).public_key for at in range(1, 21)]
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda at: trust(f"key {at}", keys[at], tmp_path), range(20)))
    assert {one.public_key for one in trusted_keys(tmp_path)} == {*keys}


def test_a_backup_is_the_key_private_and_never_over_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, target = tmp_path / "data", tmp_path / "backup"
    assert refused(back_up, folder, target) == "key-missing"
    sealer = load_sealer(folder)
    assert back_up(folder, target) == sealer.public_key
    assert target.stat().st_mode & 0o777 == 0o600
    assert refused(back_up, folder, target) == "backup-there"
    assert refused(back_up, folder, tmp_path / "none" / "backup") == "no-such-file"
    other = tmp_path / "other"
    other.mkdir()
    target.rename(other / KEY_FILE)
    assert load_sealer(other).public_key == sealer.public_key
    with pytest.raises(UsageFault):
        back_up(folder, other / KEY_FILE)
