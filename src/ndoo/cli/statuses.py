"""What each exit status means: the table of the contract, printed by `--help` and into the documentation."""

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

WHYS: dict[int, str] = {
    1: "something failed that is no fault of the data or of the command: the machine, a database, or a program that is needed. An output is "
    "absent, or whole with its manifest.",
    2: "the command cannot be carried out as it was typed. Nothing was written.",
    3: "the data cannot be released as it is, or a release did not pass its check. What is not known to be safe is refused. Nothing was written.",
    4: "nothing says for certain who may be released and who may not, so nobody is. Nothing was written.",
    5: "this account may not do that here, or what would be released would tell who opted out. Nothing was written.",
    130: "somebody, or the system, ended the run. An output is absent, or whole with its manifest.",
}
"""For the statuses that an error can have: why the command does not go on."""
REMEDIES: dict[int, str] = {
    1: "put right what the message names, and run the same command again; that is always safe.",
    2: "change the command as the message says. Each command's options: ndoo COMMAND --help.",
    3: "do what the message says to the data, or to the options that describe it. Never release what was refused, and never edit a release.",
    4: "get a list that is complete, recent and about these people, and name it with the option of its kind.",
    5: "ask whoever administers this machine, database or asset, or use an account or a folder of your own.",
    130: "run the same command again.",
}
"""And what to do about it, beside what the message itself says."""


def in_one_line() -> str:
    """For the foot of `--help`."""
    return "Exit status: " + " · ".join(f"{status} {meaning}" for status, meaning in STATUSES.items())
