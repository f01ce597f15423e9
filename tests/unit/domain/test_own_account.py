"""Who runs a command is said by the system, not by the environment."""

from __future__ import annotations

import os
import pwd

import pytest

from ndoo.domain import own_account


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert own_account.account() == pwd.getpwuid(os.getuid()).pw_name


def test_accounts_without_a_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_account.os, "getuid", lambda: 4_000_000_001)
    assert own_account.account() == "uid 4000000001"
