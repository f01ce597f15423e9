"""Nobody follows a link of ours into nothing: every file and every heading that a page, a module or a message names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PARTS = ("tutorials", "how-to", "reference", "explanation")
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "examples/README.md",
        ROOT / "tests/README.md",
    )
    if path.is_file()
)
_FENCED = re.compile(r"(?ms)^```.*?^```$")
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"(?m)^#+ +(.*?) *$")
_MENTION = re.compile(r"(?<![\w./-])docs/[\w/.-]+\.(?:md|svg|png)\b")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        again = 1
        while (name := anchor if again == 1 else f"{anchor}-{again - 1}") in found:
            again += 1
        found.add(name)
    return found


def dead_links(page: Path) -> list[str]:
    """The links of a page, to files and headings of ours, that lead nowhere."""
    dead = []
    for target in _LINK.findall(_CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))):
        file, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and (path.suffix != ".md" or anchor not in anchors(path))):
            dead.append(target)
    return dead


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_no_link_leads_nowhere(document: Path) -> None:
    assert dead_links(document) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# Once\n\n## Twice, `x`\n\n## Twice, `x`\n")
    (tmp_path / "page.md").write_text(
        "[a](there.md) [b](there.md#twice-x-1) [c](gone.md) [d](there.md#thrice) [e](#here) `[f](x.md)`\n\n# Here\n"
    )
    assert dead_links(tmp_path / "page.md") == ["gone.md", "there.md#thrice"]


def test_every_page_that_is_mentioned_is_there() -> None:
    dead = set()
    for folder in ("src", "tests", "examples", "benchmarks", "frontend", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".toml", ".jinja", ".md"} and "node_modules" not in path.parts:
                for name in _MENTION.findall(path.read_text(encoding="utf-8")):
                    if not (ROOT / name).is_file():
                        dead.add(f"{path.relative_to(ROOT)}: {name}")
    assert dead == set()


def test_every_page_is_a_tutorial_a_task_a_reference_or_an_explanation() -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert [str(page) for page in pages if page.parts[0] not in PARTS and str(page) != "README.md"] == []
    assert {page.parts[0] for page in pages} >= {"how-to", "reference", "explanation"}
