"""What can go wrong, as one tree: a stable code, an exit status, and a sentence that is safe to show to anybody.

Nothing that came from data goes into a sentence: a row number yes, a value no.
"""

from __future__ import annotations


class NdooError(Exception):
    """The root. `code` is stable and may be matched by scripts; `exit_status` is that of the contract."""

    exit_status = 1

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Fault(NdooError):
    """The machine failed (a full disk, a read error). Exit status 1."""


class UsageFault(NdooError):
    """The call cannot be meant: the target is the input, two columns could be the person. Exit status 2."""

    exit_status = 2


class UnfitData(NdooError):
    """The data cannot be upheld as it is, or an output failed its verification. Exit status 3."""

    exit_status = 3


class NoUsableList(NdooError):
    """Missing, stale, empty, or no list at all. Exit status 4."""

    exit_status = 4


class NotPermitted(NdooError):
    """The caller may not read, write or sign here. Exit status 5."""

    exit_status = 5
