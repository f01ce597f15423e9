"""Where is coverage measured? In the library's own tests. Measuring makes Python nearly twice as slow, so it stops while
tests are collected, and in tests of what is not counted: the service, and the library at work in it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

TESTS = Path(__file__).parent.parent
NOT_COUNTED = tuple(
    TESTS / place
    for place in (
        "histories",
        "journeys",
        "crash",
        "unit/service",
        "unit/cli/test_callers.py",
        "unit/cli/test_register.py",
        "unit/cli/test_staff.py",
        "unit/policy/test_read_pack_every_rule.py",
        "attack/test_clocks_ahead.py",
        "attack/test_codes_at_once.py",
        "attack/test_codes_sprayed.py",
        "attack/test_curious_staff.py",
        "attack/test_disguises.py",
        "attack/test_folders_with_more.py",
        "attack/test_keys_undeclared.py",
        "attack/test_lists_damaged.py",
        "attack/test_lists_guessed.py",
        "attack/test_manifest_searched.py",
        "attack/test_numbers_damaged.py",
        "attack/test_people_enumerated.py",
        "attack/test_sessions_stolen.py",
        "attack/test_staff_sign_in.py",
        "attack/test_stale_restores.py",
        "repository/test_errors_page.py",
        "repository/test_source.py",
        "spec/test_applicability.py",
        "spec/test_backups.py",
        "spec/test_doubt.py",
        "spec/test_drafts_verified.py",
        "spec/test_earlier_version.py",
        "spec/test_examples_type1.py",
        "spec/test_organisation.py",
        "spec/test_policy_days.py",
        "spec/test_real_tables.py",
        "spec/test_register_backup_page.py",
        "spec/test_review_of_databases.py",
        "spec/test_scan_corpus.py",
        "spec/test_statements_published.py",
        "spec/test_totality.py",
        "spec/test_type1.py",
    )
)
"""Every line and branch that these go through is counted in other tests, most of them the library's own."""


@contextmanager
def unmeasured() -> Iterator[None]:
    """Neither this process nor any that it starts is measured meanwhile."""
    measuring = Coverage.current()
    if measuring is None:
        yield
        return
    told = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COVERAGE_")}
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
        os.environ.update(told)


def hands_out(session: pytest.Session) -> bool:
    """Does this process leave the tests to workers?"""
    return bool(session.config.getoption("numprocesses", None))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Every counted module is loaded while it is measured; a process that only hands out tests measures nothing."""
    if not (measuring := Coverage.current()):
        return
    if hands_out(session):
        measuring.stop()
        return
    for room in measuring.get_option("run:source"):  # type: ignore[union-attr]
        (folder,) = import_module(room).__path__
        for file in sorted(Path(folder).rglob("[!_]*.py")):
            import_module(".".join((room, *file.relative_to(folder).with_suffix("").parts)))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[Any]:
    if hands_out(session):
        return (yield)
    with unmeasured():
        collected = yield
    gc.freeze()  # thousands of tests stay to the end: no use in looking through them at every collection
    return collected


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    if not item.path.is_relative_to(TESTS) or not any(map(item.path.is_relative_to, NOT_COUNTED)):
        return (yield)
    with unmeasured():
        return (yield)


def pytest_sessionfinish() -> None:
    gc.unfreeze()
