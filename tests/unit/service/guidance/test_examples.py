"""An example never says of a choice what the policy does not decide, nor of a source what was not read there."""

from __future__ import annotations

from datetime import date

from ndoo.policy import decide, load_pack
from ndoo.service.guidance.examples import EXAMPLES, told
from ndoo.service.guidance.pages import EVERY
from tests.spec.flows import plain
from tests.unit.service.public import html

PAGE = next(page for page in EVERY if page.name == "learn-examples")


def test_there_are_four_examples_and_more_each_with_its_source_and_the_day_on_which_it_was_read() -> None:
    assert len(EXAMPLES) >= 4
    entries = load_pack().exemptions
    for example, uses in told():
        _name, _comma, host = str(example.publisher).partition(", ")
        for one in uses:
            assert entries[one.use.entry].source.address.split("/")[2].endswith(host), one.use.entry
            assert entries[one.use.entry].source.read == one.read
        assert str(example.publisher) in html(PAGE)


def test_the_choice_counts_where_the_policy_engine_says_that_it_applies() -> None:
    """Asked as a flow that is approved under regulation 5, and that claims the entry of the example."""
    pack, purposes = load_pack(), {"To check care": "national_audit", "For research": "research"}
    for _example, uses in told():
        for one in uses:
            entry = pack.exemptions[one.use.entry]
            purpose = purposes.get(str(one.use.purpose), (entry.purposes or ("research",))[0])
            flow = plain(
                purpose=purpose,
                recipient=entry.recipient,
                exemption=one.use.entry if not one.counts else None,
                gateway__kind="regulation_5",
                gateway__evidence="letter and minutes seen",
                gateway__optout_condition="does_not_apply" if not one.counts else "standard",
            )
            expected = "applies" if one.counts else "does_not_apply"
            assert decide(flow, pack, date(2026, 11, 30)).outcome == expected, one.use.entry
