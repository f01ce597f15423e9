"""`ndoo applies` over many flows: a line each and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ndoo.cli.applies import REVIEW, tell
from ndoo.cli.output import Speech, number
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.named_file import naming
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted
from ndoo.policy import Flow, Pack, decide, read_flow
from ndoo.policy.decision import PLAIN
from ndoo.policy.decision_record import KIND as DECISION
from ndoo.policy.documents import Document, documents, files_of
from ndoo.policy.explanation import short_line

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
        raise UsageFault(
            "one-flow",
            f"{masked(str(path))} holds {counted(len(held), 'flow')}. Give a file (.toml or .json) that holds one.",
        )
    if held[0].content.get("kind") == DECISION:
        raise UsageFault(
            "flow-decided",
            f"{masked(str(path))} is a decision that was kept, and no flow. Use --replay {masked(str(path))} to decide it again.",
        )
    with naming(path):
        return _flow(held[0], as_of)


def decide_many(
    paths: tuple[Path, ...], pack: Pack, as_of: date | None, today: date, form: str | None, speech: Speech
) -> int:
    """Decides them all; one that is no flow gets its sentence and stops none of the others. 3 if there is one, else 7 if
    any is `review`, else 0.

    Raises:
        UnfitData: the one file that is named cannot be a table of flows. UsageFault: it does not exist.
    """
    if len(paths) == 1 and not paths[0].is_dir():
        next(documents(paths[0]), None)  # what is no table of flows at all is one error of its own
    files = [
        file for path in paths for file in files_of(path)
    ]  # one that does not exist stops it before anything is said
    answers: list[dict[str, Any]] = []
    outcomes: Counter[str] = Counter()
    said_of_heading: set[tuple[str, str] | None] = set()
    for document in (found for file in files for found in _held(file)):
        try:
            if isinstance(document, UnfitData):
                raise document
            decision = decide(_flow(document, as_of), pack, today)
        except UnfitData as error:
            heading = (document.name.partition(", row ")[0], error.sentence) if isinstance(document, Document) else None
            if error.code == "flow-field" and heading in said_of_heading:
                continue  # the heading is wrong: one error, not one a row
            said_of_heading.add(heading)
            name = document.name if isinstance(document, Document) else ""
            outcomes["unfit"] += 1
            answers.append({"file": name, "error": {"code": error.code, "message": error.sentence}})
            speech.say(f"{'unfit':<14}  {f'{name}: ' if name else ''}{error.sentence}")
            continue
        outcomes[decision.outcome] += 1
        answers.append({"file": document.name, **decision.line()})
        if form in ("text", "markdown"):
            tell(decision, form, speech)
            speech.say()
        else:
            speech.say(short_line(decision, document.name))
    told = ", ".join(
        f"{word} {number(outcomes[outcome])}"
        for outcome, word in {**PLAIN, "unfit": "unfit"}.items()
        if outcomes[outcome]
    )
    speech.say(
        f"\n{counted(len(answers), 'flow')}: {told}. Policy pack {pack.name} {pack.version}. {'' if pack.in_force else pack.status}".rstrip()
    )
    speech.answer({"flows": answers, "summary": dict(outcomes), "policy": pack.named()})
    if outcomes["unfit"]:
        return UNFIT
    return REVIEW if outcomes["review"] else 0


def _flow(document: Document, as_of: date | None) -> Flow:
    flow = read_flow(document.content)
    return flow if as_of is None else flow.saying("as_of", as_of)


def _held(file: Path) -> Iterator[Document | UnfitData]:
    """The flows of a file; what is wrong with the file itself comes as one more, so that the next file is still read."""
    try:
        yield from documents(file)
    except UnfitData as error:
        yield error
