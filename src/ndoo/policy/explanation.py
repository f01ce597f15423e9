"""An answer as it is told to people: the parts of an explanation, and their layout as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ndoo.policy.decision import PLAIN, Decision
from ndoo.policy.fields import fields
from ndoo.policy.pack import Sentence
from ndoo.policy.trace import PASSED, TraceStep
from ndoo.policy.what_if import GIVEN, Missing, OutcomeChange

WIDTH = 80
HEADLINES = {
    "applies": "The national data opt-out applies",
    "does_not_apply": "The national data opt-out does not apply",
    "review": "Review: this cannot be answered yet",
}


def day_in_words(day: date) -> str:
    """9 January 2026"""
    return f"{day.day} {day:%B %Y}"


def headline(decision: Decision) -> str:
    """The outcome as a sentence, with its day."""
    return f"{HEADLINES[decision.outcome]}, on {day_in_words(decision.as_of)}."


def change_in_words(change: OutcomeChange) -> str:
    """`origin` outside_england or childrens_social_care: does not apply (N-ORIGIN)"""
    return f"{change.fact} = {_some(change.values)}: {PLAIN[change.outcome]} ({_some(change.reasons)})"


def missing_in_words(item: Missing) -> Iterator[str]:
    """The question, and what each answer to it would give."""
    yield f"{item.fact}: {item.ask}"
    for change in item.would:
        yield f"  {_some(change.values)}: {PLAIN[change.outcome]} ({_some(change.reasons)})"


def _some(values: tuple[str, ...], most: int = 4) -> str:
    shown = ", ".join(values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"


def text(decision: Decision, *, trace: bool = True) -> str:
    """The explanation as plain text, 80 columns wide; addresses alone may run over."""
    return "\n".join(_Plain(decision).lines(trace=trace))


def short_line(decision: Decision, name: str) -> str:
    """One of many: outcome, reason, and which flow."""
    label = decision.flow.text("title") or decision.flow.text("id") or name
    line = f"{PLAIN[decision.outcome]:<14}  {decision.reason:<15}  {' '.join(label.split())}"
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 2]} …"


@dataclass(frozen=True, slots=True)
class _Plain:
    decision: Decision

    def lines(self, *, trace: bool) -> Iterator[str]:
        decision = self.decision
        title = decision.flow.text("title") or decision.flow.text("id")
        if title:
            yield from _wrapped(title, "")
        yield from _wrapped(f"{headline(decision)} ({decision.reason})", "")
        if detail := decision.flow.text("purpose_detail"):
            yield from _wrapped(f"Purpose, in their words: {detail}", "")
        yield from self._sentences("Why", decision.because)
        yield from self._part("To find", [line for item in decision.missing for line in missing_in_words(item)])
        yield from self._sentences("To do besides", decision.duties)
        yield from self._part("To keep", [decision.evidence] if decision.evidence else [])
        yield from self._sentences("Note", decision.notes, cited=False)
        yield from self._part("What would change this", [change_in_words(c) for c in decision.would_change()])
        if trace:
            yield from self._part("Rules tried, in order", [_step(step) for step in decision.trace])
        pack = decision.pack
        yield ""
        told = f"Policy: {pack.title}; pack {pack.name} {pack.version} of {day_in_words(pack.date)}. {pack.status}"
        yield from _wrapped(told, "")

    def _sentences(self, heading: str, sentences: tuple[Sentence, ...], cited: bool = True) -> Iterator[str]:
        if sentences:
            yield from ("", heading)
        for sentence in sentences:
            yield from _wrapped(f"- {sentence.says}", "  ")
            if cited:
                source = sentence.source
                yield from _wrapped(f"[{source.document}, {source.section}; read {day_in_words(source.read)}]", "    ")
                yield f"    {source.address}"

    def _part(self, heading: str, lines: list[str]) -> Iterator[str]:
        if lines:
            yield from ("", heading)
        for line in lines:
            inside = line.lstrip()
            bullet = "" if inside is line and heading.startswith("Rules") else "- "
            yield from _wrapped(f"{bullet}{inside}", " " * (2 + len(line) - len(inside)))


def _step(step: TraceStep) -> str:
    read = ", ".join(f"{fact} {_told(fact, value)}" for fact, value in step.facts.items())
    told = "" if step.result == "not met" and step.found == PASSED else f" {step.found}."
    return f"{step.step:<4}{step.rule}: {step.result}.{told} {f'[{read}]' if read else ''}".rstrip()


def _told(fact: str, value: str | bool | None) -> str:
    field = fields()[fact]
    if value is None:
        return "not known" if field.left_out == "unknown" else "left out"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return GIVEN if field.kind == "text" else value


def _wrapped(line: str, indent: str) -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
