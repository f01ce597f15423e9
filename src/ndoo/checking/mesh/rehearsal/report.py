"""The report to hand over: one JSON object, and the same as a page that stands by itself. Nothing in it is from a message."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.metadata import version
from typing import Any

from ndoo import __version__
from ndoo.checking.mesh.rehearsal.case import CaseOutcome, CaseResult, source

WORDS = {
    CaseOutcome.PASSED: "passed",
    CaseOutcome.DIFFERS: "DIFFERS",
    CaseOutcome.WAITING: "waiting",
    CaseOutcome.NOT_PROVOKED: "not provoked",
    CaseOutcome.NOT_RUN: "not run",
}
_MEANING = {
    CaseOutcome.PASSED: "it was run, and what was wanted was seen",
    CaseOutcome.DIFFERS: "it was run, and something else was seen",
    CaseOutcome.WAITING: "it was begun, and needs days",
    CaseOutcome.NOT_PROVOKED: "it was run, but this MESH did not do what the case is about",
    CaseOutcome.NOT_RUN: "it was not run, for the reason that is said",
}
_PLACES = (
    "<strong>mailbox</strong>: through the MESH of the profile, with messages of our own, which hold nothing about anybody. "
    "<strong>stand-in</strong>: against a small MESH on the same machine that misbehaves as asked, with made-up NHS numbers; "
    "this shows what the client does then, and nothing about the MESH of the profile."
)
_STYLE = """
body { font: 16px/1.5 Arial, Helvetica, sans-serif; color: #212b32; max-width: 75rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.8rem; line-height: 1.2; } h2 { font-size: 1.3rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; } dd { margin: 0; overflow-wrap: anywhere; }
dt { font-weight: bold; } .scroll { overflow-x: auto; } table { border-collapse: collapse; min-width: 60rem; }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #d8dde0; }
.outcome, .where { white-space: nowrap; } .outcome { font-weight: bold; } th p { font-weight: normal; margin: 0; } .differs { color: #b10000; } .passed { color: #005a30; }
caption { text-align: left; font-weight: bold; padding-bottom: .5rem; }
"""
_HEADING = ("Case, and what is wanted", "Outcome", "Where", "What was done", "What was seen", "When")


@dataclass(frozen=True, slots=True)
class RehearsalSubject:
    """Whose rehearsal it was."""

    profile: str
    mailbox: str
    recipient: str
    """Where the messages went."""
    workflow: str
    host: str
    environment: str
    """live, integration, or other."""


def document(
    results: Sequence[CaseResult], about: RehearsalSubject, created: datetime, *, complete: bool
) -> dict[str, Any]:
    """The report for machines, not yet sealed.

    Args:
        complete: every case came to an end in one of its places, and none waits.
    """
    from_where, read_on, confirmed_by = source()
    return {
        "ndoo": __version__,
        "kind": "mesh-rehearsal",
        "created": created.isoformat(timespec="seconds"),
        "profile": about.profile,
        "mailbox": about.mailbox,
        "recipient": about.recipient,
        "workflow": about.workflow,
        "mesh": {"host": about.host, "environment": about.environment},
        "software": {
            "mesh_client": version("mesh-client"),
            "python": platform.python_version(),
            "system": platform.system(),
        },
        "catalogue": {"source": from_where, "read_on": read_on.isoformat(), "confirmed_by": confirmed_by},
        "complete": complete,
        "outcomes": dict(Counter(str(result.came.outcome) for result in results)),
        "cases": [
            {
                "case": result.case.key,
                "numbers": result.case.numbers,
                "title": result.case.title,
                "wanted": result.case.wanted,
                "place": str(result.place),
                "done": result.came.done,
                "seen": result.came.seen,
                "outcome": str(result.came.outcome),
                "began": result.began.isoformat(timespec="seconds"),
                "seconds": round(result.seconds, 3),
            }
            for result in results
        ],
    }


def page(told: dict[str, Any]) -> str:
    """The same for people."""
    created = datetime.fromisoformat(told["created"])
    title = f"MESH rehearsal of mailbox {told['mailbox']}, {created.day} {created:%B %Y}"
    confirmed = (
        f"Confirmed by {told['catalogue']['confirmed_by']}."
        if told["catalogue"]["confirmed_by"]
        else "Nobody has confirmed it."
    )
    facts = {
        "Mailbox": told["mailbox"],
        "Messages went to": told["recipient"],
        "Workflow": told["workflow"],
        "MESH": f"{told['mesh']['host']} ({told['mesh']['environment']})",
        "Software": f"ndoo {told['ndoo']}, mesh-client {told['software']['mesh_client']}, Python {told['software']['python']}",
        "When": f"{created:%Y-%m-%d %H:%M %Z}",
        "Complete": "yes: every case came to an end"
        if told["complete"]
        else "no: see the cases that wait or were not run",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in facts.items())
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADING)
    used = [outcome for outcome in CaseOutcome if told["outcomes"].get(outcome)]
    key = "".join(
        f"<li><strong>{WORDS[outcome]}</strong> ({told['outcomes'][outcome]}): {_MEANING[outcome]}</li>\n"
        for outcome in used
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n<dl>\n{listed}</dl>\n"
        f"<h2>How to read it</h2>\n<ul>\n{key}</ul>\n<p>{_PLACES}</p>\n"
        f'<h2>The cases</h2>\n<div class="scroll" tabindex="0" role="region" aria-label="Table: the cases"><table>\n'
        f"<caption>What was done and seen</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "".join(map(_row, told["cases"]))
        + f"</tbody>\n</table></div>\n<p>The list of cases: {escape(told['catalogue']['source'])}, read on "
        f"{told['catalogue']['read_on']}. {escape(confirmed)} Beside this page stands the same as JSON, sealed by whoever ran it.</p>\n"
        "</main>\n</body>\n</html>\n"
    )


def _row(case: dict[str, Any]) -> str:
    number = f"{case['numbers']}: " if case["numbers"] else ""
    when = datetime.fromisoformat(case["began"])
    return (
        f'<tr><th scope="row">{escape(number + case["title"])}<p>{escape(case["wanted"])}</p></th>'
        f'<td class="outcome {case["outcome"]}">{WORDS[CaseOutcome(case["outcome"])]}</td>'
        f'<td class="where">{case["place"]}</td><td>{escape(case["done"])}</td><td>{escape(case["seen"])}</td>'
        f"<td>{when:%H:%M:%S}, {case['seconds']:.1f} s</td></tr>\n"
    )
