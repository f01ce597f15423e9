"""What does each exit status mean? The table of the contract, printed by `--help` and into the documentation."""

from __future__ import annotations

STATUSES: dict[int, str] = {
    0: "done",
    1: "unexpected fault",
    2: "usage",
    3: "the data is unfit, or verification failed",
    4: "no usable list (missing, stale, empty, wrong reply, wrong way round)",
    5: "not permitted",
    6: "done, with rows held back",
    7: "the decision is `review`",
    8: "`verify`: everything holds, but nobody here knows whose seal it is",
    130: "interrupted",
}


def in_one_line() -> str:
    """For the foot of `--help`."""
    return "Exit status: " + " · ".join(f"{status} {meaning}" for status, meaning in STATUSES.items())
