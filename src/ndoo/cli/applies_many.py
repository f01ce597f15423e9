"""`ndoo applies` over many flows: a line each and a summary."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import click

from ndoo.cli.applies import REVIEW, tell
from ndoo.cli.speech import Speech, number
from ndoo.domain.errors import NdooError, UnfitData, UsageFault
from ndoo.policy import Flow, Pack, decide, read_flow
from ndoo.policy.documents import Document, documents
from ndoo.policy.explaining import SHORT, short_line

UNFIT = UnfitData.exit_status


def is_single(paths: tuple[Path, ...]) -> bool:
    """One file that holds one flow."""
    return (
        len(paths) == 1
        and not paths[0].is_dir()
        and paths[0].suffix.lower() != ".csv"
        and len(list(documents(paths[0]))) == 1
    )


def only_flow(path: Path, as_of: date | None) -> Flow:
    """The flow of a file that holds one.

    Raises:
        UsageFault: it holds several. UnfitData: the flow is not one.
    """
    held = list(documents(path))
    if len(held) != 1:
        raise UsageFault("one-flow", "Name a file that holds one flow.")
    return _flow(held[0], as_of)


def decide_many(
    paths: tuple[Path, ...], pack: Pack, as_of: date | None, today: date, form: str | None, speech: Speech
) -> int:
    """Decides them all; one that is no flow gets its sentence and stops none of the others. 3 if there is one, else 7 if
    any is `review`, else 0."""
    answers: list[dict[str, Any]] = []
    outcomes: Counter[str] = Counter()
    for path in paths:
        for document in documents(path):
            try:
                decision = decide(_flow(document, as_of), pack, today)
            except UnfitData as error:
                outcomes["unfit"] += 1
                answers.append({"file": document.name, "error": _error(error)})
                speech.say(f"{'unfit':<14}  {document.name}: {error.sentence}")
                continue
            outcomes[decision.outcome] += 1
            answers.append({"file": document.name, **decision.line()})
            if form in ("text", "markdown"):
                tell(decision, form, speech)
                click.echo()
            else:
                speech.say(short_line(decision, document.name))
    told = ", ".join(
        f"{number(outcomes[outcome])} {word}"
        for outcome, word in {**SHORT, "unfit": "unfit"}.items()
        if outcomes[outcome]
    )
    speech.say(
        f"\n{number(len(answers))} flows: {told}. Policy pack {pack.name} {pack.version}. {'' if pack.in_force else pack.status}".rstrip()
    )
    speech.answer({"flows": answers, "summary": dict(outcomes), "policy": pack.named()})
    if outcomes["unfit"]:
        return UNFIT
    return REVIEW if outcomes["review"] else 0


def _flow(document: Document, as_of: date | None) -> Flow:
    flow = read_flow(document.content)
    return flow if as_of is None else flow.saying("as_of", as_of)


def _error(error: NdooError) -> dict[str, str]:
    return {"code": error.code, "message": error.sentence}
