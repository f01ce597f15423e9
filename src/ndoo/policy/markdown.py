"""Writes an answer into a document. The explanation as Markdown, to be filed or signed."""

from __future__ import annotations

from collections.abc import Iterator

from ndoo.policy.decision import Decision
from ndoo.policy.explanation import change_in_words, day_in_words, headline, missing_in_words
from ndoo.policy.pack import Sentence


def markdown(decision: Decision) -> str:
    """The explanation as Markdown. Free text of the flow is escaped: it can form no link, heading or table."""
    return "\n".join(_lines(decision)) + "\n"


def _lines(decision: Decision) -> Iterator[str]:
    title = decision.flow.text("title") or decision.flow.text("id") or "A flow"
    yield from (f"# {escaped(title)}", "", f"**{headline(decision)}** (`{decision.reason}`)")
    if detail := decision.flow.text("purpose_detail"):
        yield from ("", f"Purpose, in their words: {escaped(detail)}")
    yield from _sentences("Why", decision.because)
    missing = [line for item in decision.missing for line in missing_in_words(item)]
    yield from _list("To find", [f"  - {line.strip()}" if line.startswith(" ") else f"- {line}" for line in missing])
    yield from _sentences("To do besides", decision.duties)
    yield from _list("To keep", [f"- {decision.evidence}"] if decision.evidence else [])
    yield from _sentences("Notes", decision.notes)
    yield from _list("What would change this", [f"- {change_in_words(c)}" for c in decision.would_change()])
    yield from ("", "## Rules tried, in order", "", "| step | rule | found | facts read |", "| --- | --- | --- | --- |")
    for step in decision.trace:
        read = "; ".join(f"{fact}: {'not known' if v is None else escaped(str(v))}" for fact, v in step.facts.items())
        yield f"| {step.step} | {step.rule} | {step.result}: {escaped(step.found)} | {read} |"
    pack = decision.pack
    yield from ("", f"Policy: {pack.title}; pack `{pack.name}` {pack.version} of {day_in_words(pack.date)},")
    yield f"SHA-256 `{pack.digest}`. {pack.status}"


def _sentences(heading: str, sentences: tuple[Sentence, ...]) -> Iterator[str]:
    lines = [
        f"- {escaped(s.says)} ([{s.source.document}, {s.source.section}]({s.source.address}), read {s.source.read})"
        for s in sentences
    ]
    yield from _list(heading, lines)


def _list(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"## {heading}", "", *lines)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*[]<>#|" else c for c in flat)
