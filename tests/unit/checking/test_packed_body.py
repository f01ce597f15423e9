"""Half of a packed body is no body: the half that can be read is never taken for the whole."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.checking.packed_body import PackedError, unpacked

TEXT = b"9990004936,\n" * 100


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_packed_body_is_read_to_its_end(size: int) -> None:
    packed = gzip.compress(TEXT, mtime=0)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert b"".join(unpacked(pieces, " GZIP ", 1 << 20)) == TEXT
    assert b"".join(unpacked([TEXT], "", 10)) == TEXT
    assert b"".join(unpacked([TEXT], "identity", 10)) == TEXT


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT, mtime=0)[:-1], "gzip"),
        (gzip.compress(TEXT, mtime=0)[:10], "gzip"),
        (b"", "gzip"),
        (TEXT, "gzip"),
        (gzip.compress(TEXT, mtime=0) + b"x", "gzip"),
        (gzip.compress(TEXT, mtime=0), "br"),
        (gzip.compress(TEXT, mtime=0), "gzip, gzip"),
        (zlib.compress(TEXT), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0), "gzip"),
    ],
)
@pytest.mark.parametrize("size", [3, 100_000])
def test_a_body_that_does_not_unpack_to_its_end_is_damaged(body: bytes, encoding: str, size: int) -> None:
    """The client library gives out the half of a body that is cut off, and says nothing."""
    with pytest.raises(PackedError):
        list(unpacked([body[at : at + size] for at in range(0, len(body), size)], encoding, 1 << 20))


def test_a_small_body_that_unpacks_to_gigabytes_is_left_off_early() -> None:
    bomb = gzip.compress(bytes(1 << 24))
    assert len(b"".join(unpacked([bomb], "gzip", 1_000))) == 1_001
    assert len(b"".join(unpacked([bomb[:500], bomb[500:]], "gzip", 1_000))) <= 2_002


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_any_bytes_are_unpacked_or_damaged(body: bytes) -> None:
    with suppress(PackedError):
        ours = b"".join(unpacked([body], "gzip", 1 << 20))
        assert gzip.decompress(body) == ours
