"""The index of decisions, from the first lines of their records."""

from __future__ import annotations

import re
from pathlib import Path

_TITLE = re.compile(
    r"\A# (?P<number>\d+)\. (?P<title>.+)\n\nDate: (?P<date>\d{4}-\d\d-\d\d)\. Status: (?P<status>[^.]+)\."
)


def decisions_page(folder: Path) -> str:
    """`docs/explanation/decisions/README.md`.

    Raises:
        ValueError: a record does not begin as the template says.
    """
    lines = [
        "# Decisions",
        "",
        "What a newcomer would undo, and why it is so. A new one begins as [the template](template.md) does, under the next free number.",
        "",
        "| number | decision | date | status |",
        "| ---: | --- | --- | --- |",
    ]
    for path in sorted(folder.glob("[0-9]*.md")):
        found = _TITLE.match(path.read_text(encoding="utf-8"))
        if found is None:
            raise ValueError(f"{path.name}: begins otherwise than template.md")
        lines.append(f"| {found['number']} | [{found['title']}]({path.name}) | {found['date']} | {found['status']} |")
    return "\n".join(lines) + "\n"
