"""What the documents show of a decision is what the command says."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT, Ndoo

SHOWN = [
    ("README.md", "5-section-251-study.toml", "```\nOutcomes of crisis care", "```", ""),
    (
        "docs/how-to/decide-if-the-opt-out-applies.md",
        "4-risk-stratification.toml",
        "4-risk-stratification.toml\n    Risk",
        "\nThe exit status",
        "    ",
    ),
    ("docs/how-to/decide-if-the-opt-out-applies.md", "", "flows/*.toml\n    does", "\nA folder", "    "),
]


@pytest.mark.parametrize(("page", "example", "start", "end", "indent"), SHOWN, ids=[f"{s[0]} {s[1]}" for s in SHOWN])
def test_a_decision_that_is_shown_is_the_one_that_is_given(
    page: str, example: str, start: str, end: str, indent: str, ndoo: Ndoo
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    block = text[text.index(start) :].split("\n", 1)[1].split(end, 1)[0]
    said = ndoo("applies", ROOT / "examples" / "flows" / example).told.splitlines()
    shown = [line.removeprefix(indent) for line in block.splitlines() if line.strip() != "…"]
    assert len(shown) > 5
    assert [line for line in shown if line not in said] == []
