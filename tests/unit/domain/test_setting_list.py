"""A setting that is explained is one that is read, and what the explanation allows is what is taken."""

from __future__ import annotations

import re

import pytest

from ndoo.checking.mesh import profile
from ndoo.domain.errors import UsageFault
from ndoo.domain.setting_list import HERE, MESH, OWN, SETTINGS, Setting
from ndoo.domain.settings import trust_unconfirmed_type1
from ndoo.service import configuration
from tests.conftest import ROOT

EVERY = [one for group in SETTINGS.values() for one in group]


def test_no_setting_is_explained_twice_and_none_is_both_ones_own_and_the_folders() -> None:
    assert len({one.name for one in EVERY}) == len(EVERY)
    assert set() == HERE & OWN
    assert {one.name for one in EVERY} | {"mesh"} == HERE | OWN


@pytest.mark.parametrize("setting", [one for one in EVERY if one.values], ids=lambda one: one.name)
def test_what_may_be_said_is_what_is_taken(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = trust_unconfirmed_type1 if setting.name == "type1_unconfirmed" else configuration.read
    for value in setting.values:
        monkeypatch.setenv(setting.variable, value)
        reads()
    monkeypatch.setenv(setting.variable, "neither")
    with pytest.raises(UsageFault, match="must be .*" + ".*".join(setting.values)):
        reads()


def test_every_setting_is_read_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src").rglob("*.py")
        if path.name not in {"setting_list.py", "settings_files.py"}
    )
    composed = re.compile(r"(pds|nhs_login|staff_login)_")
    assert [one.name for one in EVERY if f'"{composed.sub("", one.name)}"' not in code] == []


def test_the_keys_of_a_mailbox_are_those_that_a_profile_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "table", lambda name: {"trial": {**MESH, "shoe_size": 1}})
    with pytest.raises(UsageFault, match="nothing reads: shoe_size"):
        profile.read_profile("trial")
