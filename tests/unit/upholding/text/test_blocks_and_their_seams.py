"""Small blocks, late columns, long rows: what happens where one piece of the input ends and the next begins."""

from __future__ import annotations

import base64
import errno
import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NdooError, NotPermitted, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.upholding.input_files import source
from ndoo.upholding.publication.publish import Publication
from ndoo.upholding.text import blocks, delimited, text_watch
from ndoo.upholding.text.dialect import Reading, sniff
from tests.conftest import TODAY, Ndoo, Said
from tests.support.numbers import some

STAY, GO = some(300)[:290], some(300)[290:]


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Callable[..., Said]:
    (tmp_path / "go.txt").write_text("\n".join(GO))

    def run(body: str | bytes, *more: object, name: str = "in.csv") -> Said:
        (tmp_path / name).write_bytes(body.encode() if isinstance(body, str) else body)
        return ndoo("uphold", name, "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", TODAY, "--json", *more)

    return run


def test_a_second_column_is_found_however_late_it_fills(uphold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the rows that are all looked at, the first of every block are."""
    monkeypatch.setattr(delimited, "BLOCK", 256)
    monkeypatch.setattr(delimited, "_HEAD", 256)
    monkeypatch.setattr(text_watch, "LOOK_AT_ALL", 5)
    rows = [f"{number},{GO[0] if at > 200 else ''}\n" for at, number in enumerate(STAY)]
    said = uphold("nhs_number,mother\n" + "".join(rows), "--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (2, "column-unclassified")


def test_a_stretch_of_another_column_is_found_in_a_large_block(uphold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_watch, "LOOK_AT_ALL", 1)
    monkeypatch.setattr(delimited, "_HEAD", 256)
    rows = [f"{STAY[at % 290]},{GO[0] if 7000 < at < 7400 else ''}\n" for at in range(10_000)]
    said = uphold("nhs_number,mother\n" + "".join(rows), "--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (2, "column-unclassified")


def test_a_row_without_end_is_refused_before_memory_is_gone(uphold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 1024)
    monkeypatch.setattr(blocks, "LONGEST_ROW", 4096)
    monkeypatch.setattr(blocks, "ROOM", 64)
    said = uphold(f"nhs_number,note\n{STAY[0]},x\n{STAY[1]},{'x' * 20_000}\n", "--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (3, "row-too-long")
    assert said.json["error"]["message"].startswith("in.csv: Row 2 ")


def test_a_heading_without_end_is_refused(uphold: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_HEAD", 64)
    monkeypatch.setattr(blocks, "LONGEST_ROW", 1024)
    said = uphold("x" * 100_000)
    assert (said.status, said.json["error"]["code"]) == (3, "row-too-long")
    assert said.json["error"]["message"].startswith("in.csv: The heading ")


def test_a_heading_that_arrives_in_pieces_is_one_heading(uphold: Any, tmp_path: Path) -> None:
    """A packed input is unpacked in small pieces; nothing compresses in this heading."""
    names = ["nhs_number", *(base64.b32encode(os.urandom(30)).decode() for _ in range(300))]
    rows = [",".join([number, *["1"] * 300]) + "\n" for number in [*STAY[:9], GO[0]]]
    body = ",".join(names) + "\n" + "".join(rows)
    assert uphold(gzip.compress(body.encode()), name="in.csv.gz").status == 0
    assert (tmp_path / "out.csv").read_text() == body[: -len(rows[-1])]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n", "é"])
def test_a_delimiter_is_one_plain_character(delimiter: str, uphold: Any) -> None:
    assert uphold("nhs_number,x\n", "--delimiter", delimiter, "--nhs-number", "nhs_number").status == 2


def test_a_fault_in_the_heading_is_named_only_when_the_heading_is_whole() -> None:
    for cut in (b'a,"b', b'a,"b\nc', b'a,"b\n"'):
        assert sniff(cut, Reading(), whole=False) is None
    with pytest.raises(NdooError) as refused:
        sniff(b'a,"b', Reading(), whole=True)
    assert refused.value.code == "quote-open"


@pytest.mark.parametrize(
    ("number", "kind", "status"),
    [
        (errno.ENOSPC, Fault, 1),
        (errno.EDQUOT, Fault, 1),
        (errno.EACCES, NotPermitted, 5),
        (errno.EROFS, NotPermitted, 5),
        (errno.ENOENT, UsageFault, 2),
        (errno.EISDIR, UsageFault, 2),
        (errno.ENAMETOOLONG, UsageFault, 2),
        (errno.EIO, Fault, 1),
        (None, Fault, 1),
    ],
)
def test_the_machine_is_never_quoted(number: int | None, kind: type[NdooError], status: int) -> None:
    error = explained(OSError(number, "a value from the data"), "the output")
    assert (type(error), error.exit_status) == (kind, status)
    assert "a value" not in error.sentence


@pytest.mark.parametrize("packed", [False, True])
def test_a_disk_that_cannot_be_read_publishes_nothing(
    packed: bool, uphold: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = f"nhs_number\n{STAY[0]}\n".encode()

    def broken(*_: object) -> Any:
        raise OSError(errno.EIO, "a value from the data")

    monkeypatch.setattr(source.os, "read" if packed else "readv", broken)
    said = uphold(gzip.compress(body) if packed else body)
    assert (said.status, said.json["error"]["code"]) == (1, "machine-fault")
    assert not (tmp_path / "out.csv").exists()


def test_a_lock_file_that_went_away_meanwhile_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run ends, and removes its lock, between our opening it and our locking it."""
    import fcntl

    real, gone = fcntl.flock, []

    def late(handle: int, how: int) -> None:
        real(handle, how)
        if not gone:
            gone.append(1)
            next(tmp_path.glob(".*.ndoo-lock")).unlink()

    monkeypatch.setattr(fcntl, "flock", late)
    with Publication(tmp_path / "out.csv"):
        assert len(list(tmp_path.glob(".*.ndoo-lock"))) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_source_without_its_file_is_a_usage_fault(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as worker:
        for call in (
            lambda: source.ByteSource(tmp_path / "none", worker),
            lambda: source.fingerprint(tmp_path / "none"),
        ):
            with pytest.raises(UsageFault):
                call()


def test_a_source_that_may_not_be_opened_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.csv").write_text("x")

    def closed(*_: object) -> Any:
        raise PermissionError(errno.EACCES, "a value from the data")

    monkeypatch.setattr(source.os, "open", closed)
    with ThreadPoolExecutor(1) as worker, pytest.raises(NotPermitted):
        source.ByteSource(tmp_path / "in.csv", worker)


def test_no_draft_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Publication(tmp_path / "out.csv") as publication:
        monkeypatch.setattr("ndoo.upholding.publication.publish._DRAFT", "x" * 300 + "{}")
        with pytest.raises(UsageFault):
            publication.draft(tmp_path / "out.csv")


def test_a_disk_that_fails_while_it_is_flushed_publishes_nothing(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine tells of such a fault once; the flush at the end would not hear of it again."""
    real, calls = os.fsync, []

    def failing(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            raise OSError(errno.EIO, "a value from the data")
        real(handle)

    monkeypatch.setattr("ndoo.upholding.publication.sink._FLUSH_EVERY", 1)
    uphold("nhs_number\n" + "\n".join(STAY[:3]))  # makes the key
    (tmp_path / "out.csv").unlink()
    monkeypatch.setattr(os, "fsync", failing)
    said = uphold("nhs_number\n" + "\n".join(STAY[:3]))
    assert (said.status, said.json["error"]["code"]) == (1, "machine-fault")
    assert not (tmp_path / "out.csv").exists()
