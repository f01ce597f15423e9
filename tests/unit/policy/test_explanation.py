"""An answer as people read it: 80 columns of text, and Markdown that free text cannot break."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from ndoo.policy import Decision, Flow, decide, load_pack
from ndoo.policy.explanation import short_line, text
from ndoo.policy.markdown import escaped, markdown
from tests.spec.flows import TODAY, plain


def decided(**changes: Any) -> Decision:
    return decide(plain(**changes), load_pack(), TODAY)


def test_the_text_is_eighty_columns_wide_but_for_addresses() -> None:
    told = text(decided(title="A long title " * 9, purpose_detail="words " * 30, origin=None, exemption="X-UKRR"))
    wide = [line for line in told.splitlines() if len(line) > 80]
    assert all(line.strip().startswith("https://") for line in wide)


def test_the_text_has_its_parts_in_order() -> None:
    told = text(decided(title="A study", purpose_detail="of hearts", data__from_gp_record=True)).splitlines()
    assert told[0] == "A study"
    assert told[1] == "The national data opt-out applies, on 2 November 2026. (A-S251)"
    assert told[2] == "Purpose, in their words: of hearts"
    headings = [line for before, line in pairwise(told) if not before and line]
    assert [h.split(":")[0] for h in headings] == [
        "Why",
        "To do besides",
        "To keep",
        "Note",
        "What would change this",
        "Rules tried, in order",
        "Policy",
    ]
    assert "  1   R-DATE: not met. [as_of 2026-11-02]" in told
    assert "  11d A-S251: met. answers applies. [gateway.kind regulation_5]" in told
    assert "  10  -: not met. no exemption is claimed. [exemption left out]" in told
    assert "    [National data opt-out operational policy guidance, 5.1, section 251 support" in told
    assert "  - data.confidential = false: does not apply (N-NOTCPI)" in told


def test_a_review_says_what_to_find() -> None:
    told = text(decided(origin=None, title=None, id="f-7"))
    assert told.startswith("f-7\nReview: this cannot be answered yet, on 2 November 2026. (R-MISSING)\n")
    assert (
        "\nTo find\n  - origin: Where does the data come from?\n    - england_health_or_adult_social_care: applies (A-S251)\n"
        in told
    )
    assert "[origin not known]" in told
    assert "To keep" not in told
    assert text(decided()).startswith("The national data opt-out applies")
    assert "Rules tried" not in text(decided(), trace=False)


def test_many_values_are_counted() -> None:
    told = text(decided(purpose="individual_care"))
    assert "purpose = research, research_recruitment, planning, commissioning and 14 more: applies" in " ".join(
        told.split()
    )
    four = " ".join(text(decided(purpose="individual_care", data__form=None)).split())
    assert "left out and" not in four
    assert "data.confidential yes" in " ".join(text(decided()).split())
    assert "data.confidential no" in " ".join(text(decided(data__confidential=False)).split())


def test_the_line_of_one_among_many_is_short_and_names_the_flow() -> None:
    assert short_line(decided(title="A study"), "f.toml") == "applies         A-S251           A study"
    assert short_line(decided(id="f-1"), "f.toml").endswith("  f-1")
    assert short_line(decided(), "f.toml").endswith("  f.toml")
    assert short_line(decided(title="two\nlines"), "f.toml").endswith("  two lines")
    long = short_line(decided(title="x" * 99), "f.toml")
    assert len(long) == 80
    assert long.endswith(" …")
    fits = short_line(decided(title="x" * 47), "f.toml")
    assert len(fits) == 80
    assert fits.endswith("xx")


def test_markdown_has_headings_citations_and_a_table() -> None:
    told = markdown(decided(title="A study", purpose_detail="of [hearts](x)", data__from_gp_record=True))
    assert told.startswith("# A study\n\n**The national data opt-out applies, on 2 November 2026.** (`A-S251`)\n")
    assert "Purpose, in their words: of \\[hearts\\](x)" in told
    assert (
        "([National data opt-out operational policy guidance, 5.1, section 251 support and the standard condition](https://"
        in told
    )
    assert "| 10 | - | not met: no exemption is claimed | exemption: not known |" in told
    assert "| 4 | N-NOTCPI | not met: passed over | data.confidential: True; " in told
    assert "## To do besides\n\n- Leave out whoever has a Type 1 opt-out" in told
    assert "## To keep\n\n- the approval letter" in told
    assert told.endswith("not at their addresses.\n")
    assert f"SHA-256 `{load_pack().digest}`" in told
    assert markdown(decided(id="f-1")).startswith("# f-1\n")
    assert markdown(decide(Flow({}), load_pack(), TODAY)).startswith("# A flow\n")


def test_markdown_of_a_review_lists_what_to_find() -> None:
    told = markdown(decided(origin=None))
    assert "## To find\n\n- origin: Where does the data come from?\n  - england_health" in told
    assert "## To keep" not in told


def test_free_text_forms_no_markdown() -> None:
    assert escaped("a|b\n# c <d> *e* `f` [g] \\") == "a\\|b \\# c \\<d\\> \\*e\\* \\`f\\` \\[g\\] \\\\"


def test_a_day_is_written_out() -> None:
    assert "on 9 January 2026" in text(decided(as_of=date(2026, 1, 9)))
