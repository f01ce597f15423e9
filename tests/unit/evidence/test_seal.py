"""A manifest cannot be changed unseen, and the key that seals it is its owner's alone."""

from __future__ import annotations

import base64
import errno
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.errors import Fault, NotPermitted, UnfitData
from ndoo.evidence import seal as seal_module
from ndoo.evidence.manifest import written
from ndoo.evidence.seal import KEY_FILE, Sealer, canonical, check_seal, load_sealer

SEALER = Sealer(bytes(range(32)))
DOCUMENT: dict[str, Any] = {
    "kind": "uphold",
    "rows": {"read": 10, "kept": 9, "held": {"missing": 1}},
    "also": ["m", "ø"],
    "x": None,
    "y": True,
}
SEALED = SEALER.seal(DOCUMENT)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def broken(document: dict[str, Any]) -> str:
    with pytest.raises(UnfitData) as refused:
        check_seal(document)
    return refused.value.code


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(leaf for key, inner in items for leaf in leaves(inner, (*path, key)))]


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = json.loads(json.dumps(document))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


def test_a_seal_names_the_key_that_made_it() -> None:
    assert check_seal(SEALED) == SEALER.public_key == SEALED["seal"]["public_key"]
    assert {key: value for key, value in SEALED.items() if key not in ("seal", "commitments")} == DOCUMENT
    assert SEALED["seal"]["algorithm"] == "Ed25519"
    assert set(SEALED["seal"]) == {"algorithm", "public_key", "signature"}
    public = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    assert base64.b64decode(SEALER.public_key) == public.public_bytes_raw()
    public.verify(base64.b64decode(SEALED["seal"]["signature"]), canonical(SEALED))


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_whatever_was_sealed_is_still_sealed_when_it_is_read_back(document: dict[str, Any]) -> None:
    sealed = SEALER.seal(document)
    assert check_seal(json.loads(written(sealed))) == SEALER.public_key
    assert check_seal(dict(reversed(sealed.items()))) == SEALER.public_key


@given(st.sampled_from([path for path in leaves(SEALED) if path]), JSON)
def test_no_field_can_be_changed_unseen(path: tuple[Any, ...], value: Any) -> None:
    changed = with_value(SEALED, path, value)
    if canonical(changed) != canonical(SEALED) or changed["seal"] != SEALED["seal"]:
        assert broken(changed) in ("seal-broken", "seal-missing")


@pytest.mark.parametrize("where", [path for path in leaves(SEALED) if path], ids=str)
def test_no_field_can_be_taken_away_or_added_unseen(where: tuple[Any, ...]) -> None:
    inside = SEALED
    for key in where[:-1]:
        inside = inside[key]
    if isinstance(inside, dict):
        without = with_value(SEALED, where[:-1], {key: value for key, value in inside.items() if key != where[-1]})
        assert broken(without) in ("seal-broken", "seal-missing")
        assert broken(with_value(SEALED, (*where[:-1], "note"), "approved")) == "seal-broken"


@pytest.mark.parametrize("at", range(len(written(SEALED))))
def test_no_byte_can_be_changed_so_that_it_says_something_else(at: int) -> None:
    stored = bytearray(written(SEALED))
    for change in (1, 2, 16, 32):
        damaged = bytes([*stored[:at], stored[at] ^ change, *stored[at + 1 :]])
        try:
            document = json.loads(damaged)
        except ValueError:
            continue
        if json.dumps(document) != json.dumps(SEALED):  # white space, or another spelling of one escape, says the same
            assert broken(document) in ("seal-broken", "seal-missing")


@pytest.mark.parametrize(
    "seal", [None, "x", [], 5, {}, {"algorithm": "RSA"}, {**SEALED["seal"], "algorithm": "ed25519"}]
)
def test_a_manifest_without_this_kind_of_seal_is_unsealed(seal: Any) -> None:
    assert broken({**DOCUMENT, "seal": seal}) == "seal-missing"
    assert broken(DOCUMENT) == "seal-missing"


@pytest.mark.parametrize("part", ["public_key", "signature"])
@pytest.mark.parametrize("value", [None, 5, "", "x", "é", "AAAA", [], "=" * 44])
def test_a_seal_that_is_no_seal_is_broken(part: str, value: Any) -> None:
    assert broken({**SEALED, "seal": {**SEALED["seal"], part: value}}) == "seal-broken"


def test_a_seal_has_one_spelling() -> None:
    for part in ("public_key", "signature"):
        text = SEALED["seal"][part]
        last = text.rstrip("=")[-1]
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        other = text.rstrip("=")[:-1] + alphabet[alphabet.index(last) + 1] + "=" * text.count("=")
        assert base64.b64decode(other, validate=True) == base64.b64decode(text), "the decoder would pass it over"
        assert broken({**SEALED, "seal": {**SEALED["seal"], part: other}}) == "seal-broken"
        assert broken({**SEALED, "seal": {**SEALED["seal"], part: text + "\n"}}) == "seal-broken"


def test_another_key_s_seal_does_not_pass_for_this_one() -> None:
    other = Sealer(bytes(32)).seal(DOCUMENT)
    assert check_seal(other) != SEALER.public_key
    assert broken({**other, "seal": {**other["seal"], "public_key": SEALER.public_key}}) == "seal-broken"


def test_a_manifest_too_deep_or_not_a_number_is_broken_and_not_a_crash() -> None:
    deep: Any = []
    for _ in range(sys.getrecursionlimit()):
        deep = [deep]
    assert broken({**SEALED, "x": deep}) == "seal-broken"
    assert broken({**SEALED, "x": float("nan")}) == "seal-broken"


def test_what_is_not_json_is_never_sealed() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            SEALER.seal({"x": value})


def test_a_key_does_not_print() -> None:
    secret = bytes(range(32))
    for text in (repr(SEALER), str(SEALER), f"{SEALER}"):
        assert repr(secret) not in text
        assert secret.hex() not in text
        assert "_secret" not in text


def test_the_key_is_made_once_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    old = os.umask(0)
    try:
        first = load_sealer(folder)
    finally:
        os.umask(old)
    assert load_sealer(folder).public_key == first.public_key
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert len(base64.b64decode((folder / KEY_FILE).read_bytes())) == 32
    assert load_sealer(tmp_path / "other").public_key != first.public_key


def test_runs_that_need_the_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ndoo.evidence.seal import load_sealer\n"
        "print('ready', flush=True); sys.stdin.readline(); print(load_sealer(Path(sys.argv[1])).public_key)"
    )
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        runs = [
            subprocess.Popen(
                [sys.executable, "-c", code, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for run in runs:
            assert run.stdout is not None
            assert run.stdout.readline() == "ready\n"
        for run in runs:
            assert run.stdin is not None
            run.stdin.write("\n")
            run.stdin.flush()
        keys = {run.communicate(timeout=300)[0] for run in runs}
        assert keys == {load_sealer(folder).public_key + "\n"}
        assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_the_run_that_comes_second_takes_the_first_one_s_key(tmp_path: Path) -> None:
    first = load_sealer(tmp_path).public_key
    seal_module._make(tmp_path, tmp_path / KEY_FILE)
    assert load_sealer(tmp_path).public_key == first
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_key_that_others_may_use_is_not_used(tmp_path: Path, mode: int) -> None:
    load_sealer(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(NotPermitted, match="chmod 600") as refused:
        load_sealer(tmp_path)
    assert refused.value.code == "key-exposed"


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff\xfe\x00", base64.b64encode(bytes(31)), base64.b64encode(bytes(33)), b"?" * 44]
)
def test_a_damaged_key_is_neither_used_nor_replaced(tmp_path: Path, content: bytes) -> None:
    load_sealer(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(Fault, match="damaged") as refused:
        load_sealer(tmp_path)
    assert refused.value.code == "key-damaged"
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_folder_that_cannot_hold_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / KEY_FILE).symlink_to(tmp_path / "nowhere")
    for folder in (tmp_path / "file", tmp_path / "link"):
        with pytest.raises(NotPermitted, match="NDOO_DATA") as refused:
            load_sealer(folder)
        assert refused.value.code == "key-not-usable"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_not_taken_for_a_lack_of_permission(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(code, "x")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Fault, match="no room left to make the sealing key") as refused:
        load_sealer(tmp_path / "full")
    assert refused.value.code == "disk-full"
    assert list((tmp_path / "full").iterdir()) == [], "half a key would be taken for a damaged one"


def test_a_sealer_is_not_a_record_of_the_key() -> None:
    assert pickle.loads(pickle.dumps(SEALED)) == SEALED  # noqa: S301  our own bytes
    assert base64.b64encode(bytes(range(32))).decode() not in json.dumps(SEALED)
