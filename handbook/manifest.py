"""The page of the manifest: every field, where it is written, and how anybody checks digest and seal."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypedDict


class Field(TypedDict):
    """One field, as `manifest.toml` has it."""

    path: str
    type: str
    meaning: str
    written: str


class Part(TypedDict, total=False):
    """Fields that belong together."""

    title: str
    text: str
    fields: list[Field]


def parts() -> list[Part]:
    """The parts of the page, in their order."""
    table: list[Part] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["part"]
    return table


def manifest_page(examples: Path) -> str:
    """`docs/reference/manifest.md`.

    Args:
        examples: the folder of the two programs that check a release.
    """
    lines = [
        "# The manifest",
        "",
        "Beside a file it is `FILE.manifest.json`, in a folder `manifest.json`, in a folder of Parquet `_manifest.json`, in a database a row of a",
        "table beside the result. It is JSON in ASCII, indented, each key once. It holds no NHS number, no digest of one, and nothing from",
        "which one can be recovered; its counts are exact: `ndoo show RELEASE --to-send FILE` makes a copy to send ([threats](../explanation/threats.md)).",
        "Fields may be added: read what you know. A field is never given another meaning.",
    ]
    for part in parts():
        lines += ["", f"## {part['title']}", ""]
        if text := part.get("text"):
            lines += [text, ""]
        lines += ["| field | type | meaning | written by |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{one['path']}` | {one['type']} | {one['meaning']} | `{one['written']}` |" for one in part["fields"]
        ]
    lines += [
        "",
        "## Check it without ndoo",
        "",
        "`ndoo verify` checks more: counts, rows, and that nobody on a list is left ([what `ndoo verify` proves](../explanation/verification.md)).",
        "These two check what anybody can of a released file, its digest and its seal. KEY is the sender's public key (`ndoo key show`), which",
        "must reach you by another way than the file. Both are in `examples`, and a test runs them.",
        "",
        "`python check_release.py released.csv KEY`, with the package `cryptography`:",
        "",
        "```python",
        (examples / "check_release.py").read_text(encoding="utf-8").rstrip(),
        "```",
        "",
        "`node check_release.mjs released.csv KEY`, with nothing else:",
        "",
        "```js",
        (examples / "check_release.mjs").read_text(encoding="utf-8").rstrip(),
        "```",
    ]
    return "\n".join(lines) + "\n"
