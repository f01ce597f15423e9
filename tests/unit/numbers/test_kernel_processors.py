"""Which build of the kernel is loaded: the plain one wherever the processor does not say that it can do more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ndoo.domain import operating_system
from ndoo.numbers import kernel


def test_a_processor_that_says_little_gets_the_plain_build() -> None:
    assert kernel.fitting("") == "_kernel.so"
    assert kernel.fitting("flags : sse2 popcnt avx2") == "_kernel.so"


def test_where_processors_say_nothing_the_plain_build_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: Any, **__: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "open", absent)
    assert operating_system.processor_flags() == ""
