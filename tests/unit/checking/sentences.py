"""What every refusal must be: whole sentences that a person can read, whatever else they say."""

from __future__ import annotations

import re

_CAPITALS = {"NHS", "JSON", "XML", "UTF", "PDF"}


def assert_readable(said: str) -> None:
    """Whole sentences, each with its capital letter and full stop; capitals are for names."""
    assert re.fullmatch(r"[A-Z].*\.", said), said
    for start in re.findall(r"\. (\S)", said):
        assert start.isupper(), said
    assert "  " not in said
    assert set(re.findall(r"[A-Z]{2,}", said)) <= _CAPITALS, said
