"""What a flow says of its data that NHS numbers in the data would contradict."""

from __future__ import annotations

from ndoo.policy.decision import Decision

_WITHOUT_NUMBERS: dict[str, tuple[str, ...]] = {
    "data.identifiable": ("no",),
    "data.form": ("pseudonymised", "anonymised", "aggregate"),
    "data.nhs_number": ("absent_disproportionate",),
}
"""By field, the values that no data with NHS numbers in it can have. Numbers that are absent and traceable may have been traced meanwhile."""


def claims_without_numbers(decision: Decision) -> tuple[str, ...]:
    """Such claims of the flow that was decided, as field and value.

    Where the opt-out applies, the form is that in which the data leaves in the end: numbers are taken out after it was upheld by them.
    """
    flow, later = decision.flow, "data.form" if decision.outcome == "applies" else ""
    return tuple(
        f"{field} = {flow.text(field)}"
        for field, values in _WITHOUT_NUMBERS.items()
        if field != later and flow.text(field) in values
    )
