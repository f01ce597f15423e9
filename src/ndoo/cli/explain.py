"""`ndoo explain CODE`: what an error means, why it stops, and what to do. From the source, as docs/reference/errors.md is."""

from __future__ import annotations

import re
from difflib import get_close_matches

import click

from ndoo.cli.error_advice import what_to_do
from ndoo.cli.error_subjects import subject_of
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.printable import printable
from ndoo.cli.statuses import REMEDIES, STATUSES, WHYS
from ndoo.domain.errors import UsageFault


@click.command(name="explain")
@click.argument("code")
@speech_options
def command(code: str, as_json: bool, quiet: bool) -> int:
    """What the error CODE means, why it stops, and what to do. The code is in brackets: Error [code]."""
    from ndoo.cli.pages import quoted_names, refusals

    pasted = re.search(r"\[([a-z0-9-]+)\]", code)  # the whole of what was said
    code = pasted[1] if pasted else code.strip("[]:").lower()
    found = refusals(code)
    if not found:
        near = [repr(one) for one in get_close_matches(code, quoted_names(), 20, 0.5) if refusals(one)][:3]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UsageFault(
            "code-unknown",
            f"No error has the code {printable(code)!r}.{hint} All are listed in docs/reference/errors.md.",
        )
    speech = Speech(as_json=as_json, quiet=quiet)
    statuses = sorted({refusal.status for refusal in found})
    sentences = list(dict.fromkeys(refusal.sentence for refusal in found))
    remedies = what_to_do(code, sentences)
    about = sorted({subject_of(refusal.where) for refusal in found})
    for status in statuses:
        speech.say(f"{code}: exit status {status}, {STATUSES[status]}.")
    speech.say()
    speech.say(
        "What it says (… stands for a name, a path or a number):" if len(sentences) == 1 else "It says one of these:"
    )
    for sentence in sentences:
        speech.say(f"  {sentence}")
    for status in statuses:
        speech.say()
        speech.say(f"Why it stops: {WHYS[status]}")
    speech.say()
    for at, remedy in enumerate(remedies):
        speech.say(f"{'  or: ' if at else 'What to do: '}{remedy}")
    for status in statuses:
        of_it = f", exit status {status}" if len(statuses) > 1 else ""
        speech.say(f"In general{of_it}: {REMEDIES[status]}")
    speech.say()
    speech.say(f"It is about {' and '.join(about)}.")
    speech.answer(
        {
            "code": code,
            "exit_status": statuses[0],
            "meaning": STATUSES[statuses[0]],
            "messages": sentences,
            "why": WHYS[statuses[0]],
            "what_to_do": " ".join(remedies),
            "about": about,
        }
    )
    return 0
