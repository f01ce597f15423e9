"""A snapshot that is old, cut off, changed or another's never says who may stay."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking import snapshot_file
from ndoo.checking.snapshot_file import read_snapshot
from ndoo.checking.snapshot_format import MAGIC, snapshot
from ndoo.domain.answers import Answer, Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some
from tests.unit.checking.sentences import assert_readable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AS_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SEALER = Sealer(bytes(range(32)))
OTHER = Sealer(bytes(range(1, 33)))
PEOPLE = [number for text in some(30) if isinstance(number := read(text), NHSNumber)]


def crowd(count: int = 20) -> NumberSet:
    people = NumberSet()
    for number in PEOPLE[:count]:
        people.add(number)
    return people


def made(count: int = 20, *, as_at: datetime = AS_AT, sealer: Sealer = SEALER) -> bytes:
    return snapshot(crowd(count), count, sealer, as_at=as_at, created=as_at)[1]


def with_heading(change: dict[str, Any], *, sealer: Sealer | None = SEALER, body: bytes | None = None) -> bytes:
    """Another heading, sealed anew unless `sealer` is None."""
    _, line, packed = made().split(b"\n", 2)
    document = json.loads(line) | change
    if sealer:
        document = sealer.seal({key: value for key, value in document.items() if key != "seal"})
    return MAGIC + json.dumps(document).encode() + b"\n" + (packed if body is None else body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.snapshot"


def refused(path: Path, content: bytes | None = None, **options: Any) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NoUsableList) as error:
        read_snapshot(path, now=NOW, **options)
    assert_readable(error.value.sentence)
    return error.value.code


def test_a_snapshot_is_a_list_of_those_who_opted_out(path: Path) -> None:
    path.write_bytes(made())
    cleaned = read_snapshot(path, now=NOW)
    assert [cleaned.answer(number) for number in PEOPLE] == [Answer.WITHHELD] * 20 + [Answer.ALLOWED] * 10
    said = cleaned.provenance
    assert (said.polarity, said.source, said.numbers) == (Polarity.OPTED_OUT, "snapshot", 20)
    assert (said.checked_at, said.age_days, said.limit_days) == (AS_AT, 2, 21)
    assert said.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert said.sealed_by == SEALER.public_key


def test_a_snapshot_of_one_person_has_no_digest_that_gives_them_away(path: Path) -> None:
    path.write_bytes(made(1))
    assert read_snapshot(path, now=NOW).provenance.sha256 is None


def test_a_register_in_which_nobody_opted_out_is_an_answer(path: Path) -> None:
    path.write_bytes(made(0))
    cleaned = read_snapshot(path, now=NOW)
    assert (cleaned.provenance.numbers, cleaned.answer(PEOPLE[0])) == (0, Answer.ALLOWED)


def test_the_signer_is_the_one_who_was_named(path: Path) -> None:
    path.write_bytes(made())
    assert read_snapshot(path, now=NOW, sealed_by=SEALER.public_key).provenance.numbers == 20
    assert refused(path, sealed_by=OTHER.public_key) == "snapshot-sealed-by-other"
    assert refused(path, made(sealer=OTHER), sealed_by=SEALER.public_key) == "snapshot-sealed-by-other"


def test_an_old_one_and_one_from_the_future_are_refused(path: Path) -> None:
    assert refused(path, made(as_at=NOW - timedelta(days=22))) == "list-stale"
    assert refused(path, made(as_at=NOW + timedelta(seconds=1))) == "list-from-future"
    path.write_bytes(made(as_at=NOW - timedelta(days=22)))
    assert read_snapshot(path, now=NOW, limit_days=22).provenance.age_days == 22


def test_wherever_it_is_cut_off_it_is_refused(path: Path) -> None:
    whole = made()
    codes = {refused(path, whole[:length]) for length in range(len(whole))}
    assert codes == {"snapshot-not-one", "snapshot-damaged"}
    assert refused(path, whole + b"\x01") == "snapshot-damaged"
    assert refused(path, whole + whole) == "snapshot-damaged"


def test_whichever_bit_is_turned_it_is_refused(path: Path) -> None:
    whole = made()
    for at in range(len(whole)):
        for bit in (1, 32, 128):
            turned = bytearray(whole)
            turned[at] ^= bit
            assert refused(path, bytes(turned)) in ("snapshot-not-one", "snapshot-seal-broken", "snapshot-damaged")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"opted_out": 19}, "snapshot-seal-broken"),
        ({"as_at": NOW.isoformat()}, "snapshot-seal-broken"),
        ({"polarity": "allowed"}, "snapshot-not-one"),
        ({"seal": None}, "snapshot-seal-broken"),
    ],
    ids=str,
)
def test_a_heading_that_was_changed_is_refused(path: Path, change: dict[str, Any], code: str) -> None:
    assert refused(path, with_heading(change, sealer=None)) == code


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "uphold"},
        {"polarity": "allowed"},
        {"opted_out": "20"},
        {"opted_out": True},
        {"opted_out": None},
        {"body": None},
        {"body": {"coding": "other", "bytes": 1, "sha256": ""}},
        {"as_at": "2026-11-20T09:30:00"},
        {"as_at": "yesterday"},
        {"as_at": 7},
        {"body": {}},
    ],
    ids=str,
)
def test_a_sealed_file_of_another_kind_is_no_snapshot(path: Path, change: dict[str, Any]) -> None:
    assert refused(path, with_heading(change)) == "snapshot-not-one"


def test_a_count_that_is_not_that_of_the_people_is_refused(path: Path) -> None:
    assert refused(path, with_heading({"opted_out": 19})) == "snapshot-count"
    body = b"\x00\x00"
    digest = {"coding": "distances, seven bits a byte", "bytes": 2, "sha256": hashlib.sha256(body).hexdigest()}
    assert refused(path, with_heading({"opted_out": 2, "body": digest}, body=body)) == "snapshot-count"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        some(1)[0].encode(),
        b"\n".join(n.encode() for n in some(3)),
        MAGIC,
        MAGIC + b"[]\n",
        MAGIC + b"\n\n",
        b"{}\n",
        MAGIC.replace(b"1", b"2"),
        MAGIC + b"[" * 100_000 + b"\n",
    ],
    ids=range(9),
)
def test_another_file_is_no_snapshot(path: Path, content: bytes) -> None:
    assert refused(path, content) == "snapshot-not-one"


def test_a_key_that_stands_twice_is_refused(path: Path) -> None:
    twice = made().replace(b'{"ndoo"', b'{"opted_out": 20, "ndoo"', 1)
    assert refused(path, twice) == "snapshot-not-one"


def test_a_snapshot_that_is_not_there_or_may_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(path) == "list-missing"
    assert refused(path.parent) == "list-not-readable"
    monkeypatch.setattr(snapshot_file, "LARGEST", 10)
    assert refused(path, made()) == "snapshot-not-one"
