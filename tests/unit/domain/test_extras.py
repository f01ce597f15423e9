"""Nobody is told to install what they have: an extra is known by modules that it brings, and by no others."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from ndoo.domain.extras import EXTRAS
from tests.conftest import ROOT

BROUGHT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
HERE = packages_distributions()


def plain(name: str) -> str:
    return re.split(r"[\[<>=~!; ]", name, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_known_by_what_it_brings(extra: str) -> None:
    brought = {plain(one) for one in BROUGHT[extra]} | ({"duckdb"} if "duckdb" in str(BROUGHT[extra]) else set())
    for module in EXTRAS[extra]:
        distributions = {plain(one) for one in HERE.get(module, [])}
        if not distributions and extra == "spark":
            continue  # it is not installed for every run of the tests
        assert distributions & brought, f"{module} is not brought by ndoo[{extra}]"
