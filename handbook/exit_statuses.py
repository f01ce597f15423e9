"""The page of exit statuses: what each means, why a command does not go on, and what it means of single commands."""

from __future__ import annotations

from ndoo.cli.statuses import REMEDIES, STATUSES, WHYS

OF_COMMANDS: dict[int, dict[str, str]] = {
    3: {
        "verify": "a promise is broken: the release was changed, or holds somebody whom the list withholds",
        "show": "the seal of a release is broken, or a manifest cannot be read",
        "ledger verify": "something that was recorded was changed, dropped or moved",
        "key open": "a digest does not belong to the file that was named",
        "mesh doctor": "a file is not what it should be",
        "mesh rehearse": "an outcome differs from what is expected",
    },
    5: {
        "uphold": "also where a difference to an earlier release of the asset would tell who opted out",
        "mesh request": "also while an alarm stands",
        "statement": "also where it is published with gaps",
    },
    6: {
        "uphold": "released, with rows held back",
        "check": "the cleaned list was written, with numbers held back",
        "mesh request": "sent, with numbers held back",
        "mesh rehearse": "not every case was run",
        "register import": "imported, with rows refused",
        "type1 status": "with people or entries held",
        "type1 rerun": "a release holds somebody who has objected since",
        "recall": "a release holds somebody who is withheld now, or cannot be decided on",
        "scan": "with `--fail-on`: a table has that verdict",
        "review": "something is open",
        "statement": "there are gaps",
        "doctor": "something is wrong",
    },
    7: {
        "applies": "the answer, or one of several, is `review`",
        "assets decide": "a decision is `review`",
        "uphold": "with `--flow`: the decision is `review`, so nothing was written",
    },
    8: {"verify": "the seal fits, under a key that this account does not know: ask the sender"},
}
"""What a status means of a command, beyond what it means everywhere."""


def exit_statuses_page() -> str:
    """`docs/reference/exit-statuses.md`."""
    lines = [
        "# Exit statuses",
        "",
        "| status | meaning |",
        "| ---: | --- |",
        *(f"| {status} | {meaning} |" for status, meaning in STATUSES.items()),
        "",
        "The same everywhere; a script may rely on them. An error's code says more: [errors](errors.md), `ndoo explain CODE`.",
    ]
    for status, meaning in STATUSES.items():
        if status in WHYS or status in OF_COMMANDS:
            lines += ["", f"## {status}: {meaning}", ""]
        if status in WHYS:
            lines += [f"Why: {WHYS[status]}", "", f"What to do: {REMEDIES[status]}"]
        if status in OF_COMMANDS:
            lines += [*([""] if status in WHYS else []), "| command | meaning |", "| --- | --- |"]
            lines += [f"| `ndoo {command}` | {told} |" for command, told in OF_COMMANDS[status].items()]
    return "\n".join(lines) + "\n"
