"""What the documentation says about errors is what the code does."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from ndoo.cli import main, pages, signer, uphold_run, verify
from ndoo.cli.pages import GENERATED, KINDS, errors_page, refusals
from ndoo.cli.statuses import STATUSES
from ndoo.domain import errors
from tests.conftest import ROOT

refused = cache(refusals)
"""All errors of the source, parsed once."""
TABLE = re.compile(r"^\| *([0-9]+) *\| *(.+?) *\|$", re.MULTILINE)


@pytest.fixture
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are made of what was parsed already."""
    monkeypatch.setattr(pages, "refusals", refused)


@pytest.mark.usefixtures("parsed_once")
def test_the_page_is_fresh_and_says_that_it_is_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert pages.main(["--check"]) == 0
    assert (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8").splitlines()[0] == GENERATED


@pytest.mark.usefixtures("parsed_once")
def test_an_old_page_is_noticed_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pages.main(["--check"]) == 1
    assert "errors.md is old" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()
    assert pages.main([]) == 0
    assert pages.main(["--check"]) == 0
    assert (tmp_path / "docs" / "reference" / "errors.md").read_text(encoding="utf-8") == errors_page()


def test_a_code_has_one_exit_status() -> None:
    statuses = defaultdict(set)
    for refusal in refused():
        statuses[refusal.code].add(refusal.status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_a_sentence_has_one_code() -> None:
    codes = defaultdict(set)
    for refusal in refused():
        codes[refusal.sentence].add(refusal.code)
    assert {sentence: found for sentence, found in codes.items() if len(found) > 1} == {}


@pytest.mark.usefixtures("parsed_once")
def test_every_error_in_the_code_is_on_the_page() -> None:
    page = errors_page()
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE))
    assert listed == {refusal.code for refusal in refused()}
    literal = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in KINDS or name == "_failed":
                    literal.add(node.args[0].value)
    assert literal <= listed
    assert len(literal) > 40, "the search finds what is there"


def test_a_refusal_is_a_code_and_a_sentence() -> None:
    assert [one for one in refused() if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.code)] == []
    assert [one for one in refused() if not re.fullmatch(r"[A-Z…-].*\.", one.sentence)] == []
    assert [one for one in refused() if one.status not in STATUSES] == []


def test_a_call_that_the_page_cannot_read_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PACKAGE", tmp_path)
    for line in (
        "raise Fault(code, sentence)",
        "raise Fault('a')",
        "raise UsageFault(*pair)",
        "raise Fault('a', text)",
    ):
        (tmp_path / "room.py").write_text(f"import errors\n{line}\n")
        with pytest.raises(ValueError, match=r"^room.py:2: "):
            refusals()


def test_the_exit_statuses_are_the_code_s() -> None:
    raised = {kind.exit_status for kind in (errors.NdooError, *errors.NdooError.__subclasses__())}
    assert raised | {0, 7, uphold_run.HELD_BACK, verify.FAILED, signer.UNKNOWN, main.INTERRUPTED} == set(STATUSES)
    assert (uphold_run.HELD_BACK, verify.FAILED, signer.UNKNOWN, main.INTERRUPTED) == (6, 3, 8, 130)


def test_every_table_of_exit_statuses_is_the_code_s() -> None:
    tables = 0
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for block in re.split(r"\n\n", path.read_text(encoding="utf-8")):
            if re.match(r"\| *(exit )?status *\| *meaning *\|", block, re.IGNORECASE):
                tables += 1
                assert {int(status): meaning for status, meaning in TABLE.findall(block)} == STATUSES, path.name
    assert tables >= 1
    assert "errors.md" in (ROOT / "README.md").read_text(encoding="utf-8"), "the README says where the table is"
