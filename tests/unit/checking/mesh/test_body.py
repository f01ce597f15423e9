"""A body that is too large for memory lies in a file that nobody else can open, and reads the same."""

from __future__ import annotations

import gc
import os
from contextlib import suppress

import pytest

from ndoo.checking.mesh import body
from ndoo.checking.mesh.body import SpooledBody, collected, pieces_of

TEXT = bytes(range(256)) * 40


@pytest.fixture
def spooled(monkeypatch: pytest.MonkeyPatch) -> SpooledBody:
    monkeypatch.setattr(body, "_IN_MEMORY", 1_000)
    made = collected((TEXT[at : at + 300] for at in range(0, len(TEXT), 300)), 1 << 20)
    assert isinstance(made, SpooledBody)
    return made


def test_what_is_small_stays_in_memory() -> None:
    assert collected([b"a", b"b"], 100) == b"ab"
    assert collected([], 100) == b""


def test_a_file_reads_as_the_bytes_do(spooled: SpooledBody) -> None:
    assert len(spooled) == len(TEXT)
    for part in (slice(None), slice(0, 3), slice(-1, None), slice(500, 400), slice(10_000, None), slice(7, 9_999)):
        assert spooled[part] == TEXT[part]


def test_the_pieces_are_the_whole(spooled: SpooledBody, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PIECE", 777)
    for start in (0, 3, len(TEXT)):
        assert b"".join(pieces_of(spooled, start)) == TEXT[start:]


def test_no_more_is_read_than_shows_that_it_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = iter(lambda: b"x" * 100, b"")
    assert len(collected(endless, 450)) == 500
    monkeypatch.setattr(body, "_IN_MEMORY", 200)
    assert len(collected(endless, 450)) == 500


def test_the_file_is_gone_with_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "_IN_MEMORY", 10)
    before = _files_without_a_name()
    made = collected([b"x" * 100, b"y"], 1_000)
    (own,) = _files_without_a_name() - before
    del made
    gc.collect()
    assert own not in _files_without_a_name()


def _files_without_a_name() -> set[str]:
    """What this process holds open that is in no folder any more; other threads may open and close theirs meanwhile."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{name}"))
    return {target for target in found if target.endswith(" (deleted)")}
