"""Whoever is woken finds what to do, and no alarm waits for a number that nobody measures."""

from __future__ import annotations

import re
from pathlib import Path

from ndoo.service import metrics
from tests.conftest import ROOT

RULES = (ROOT / "deploy" / "alerts.yaml").read_text("utf-8")
PAGE = (ROOT / "docs" / "how-to" / "answer-an-alarm.md").read_text("utf-8")


def test_each_alarm_has_its_part_of_the_page_and_says_whom_it_wakes() -> None:
    alarms = re.findall(r"^      - alert: (\w+)$", RULES, re.MULTILINE)
    severities = re.findall(r"severity: (wake|day)}", RULES)
    parts = re.findall(r"^## (\w+)\n\n\*(wake|day)\.\*", PAGE, re.MULTILINE)
    assert len(alarms) > 10
    assert parts == list(zip(alarms, severities, strict=True))


def test_each_rule_asks_for_what_is_measured() -> None:
    source = Path(metrics.__file__).read_text("utf-8")
    measured = set(re.findall(r'(?:Metric|_gauge|_by)\(\s*"(\w+)"', source))
    measured |= {f"staff_{act.removeprefix('staff.')}_total" for act in metrics._ALARMS}
    asked = set(re.findall(r"ndoo_(\w+)", RULES + PAGE))
    assert len(asked) > 10
    assert asked - measured == set()


def test_no_alarm_that_wakes_for_what_is_gone_waits_for_its_number() -> None:
    """A comparison with a number that nobody tells is true of nothing, so nothing rings."""
    rules = dict(re.findall(r"alert: (\w+)\n +expr: (.*)$", RULES, re.MULTILINE))
    for alarm in ("RegisterNotReady", "NotReached", "KeeperSilent", "LedgerCheckLate"):
        measured = re.match(r'\w+(?:\{job="ndoo"\})?', rules[alarm])
        assert measured and rules[alarm].endswith(f" or absent({measured[0]})"), alarm
