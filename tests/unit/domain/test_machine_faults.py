"""A folder in which no file can be made is said to be so, and not to be missing."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.domain.machine_faults import INPUT, explained, missing, refuse_device, unsaid
from ndoo.domain.plurals import counted
from ndoo.numbers import kernel
from ndoo.upholding.text.text_faults import row_fault


def test_a_draft_that_cannot_be_made_in_a_folder_that_is_there_is_no_missing_folder(tmp_path: Path) -> None:
    refused = explained(OSError(errno.ENOENT, "no", str(tmp_path / ".draft")), "the output")
    assert refused.code == "no-permission"
    assert str(tmp_path) in refused.sentence
    missing = explained(OSError(errno.ENOENT, "no", str(tmp_path / "none" / ".draft")), "the output")
    assert missing.code == "no-such-file"


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EIO, "answer-unwritten")])
def test_an_answer_that_is_lost_takes_nothing_back(number: int, code: str) -> None:
    told = unsaid(OSError(number, "x"))
    assert told.code == code and told.sentence.endswith("What was published stays.")


def test_one_is_told_as_one() -> None:
    assert [counted(many, "Type 1 entry") for many in (1, 2)] == ["1 Type 1 entry", "2 Type 1 entries"]
    assert row_fault(kernel.RAGGED, 3, found=1, fields=2).sentence.startswith("Row 3 has 1 field where")


def test_a_link_that_leads_nowhere_is_not_asked_for_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "extract.csv").symlink_to("gone.csv")
    sentence = missing(tmp_path / "extract.csv", "the release").sentence
    assert sentence.endswith(
        "extract.csv is a link, and nothing is where it leads (the release). Name a file that is there."
    )
    assert missing(Path("-"), INPUT).sentence.startswith("Standard input is not read here, ")


@pytest.mark.parametrize("leads_to", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "/dev/null", "/proc/self/status"])
def test_what_a_process_has_open_is_no_place_for_an_output_whatever_it_is(leads_to: str, tmp_path: Path) -> None:
    """Behind /dev/stdout is a regular file where somebody turned it into one."""
    (tmp_path / "first").symlink_to(leads_to)
    (tmp_path / "second").symlink_to("first")
    for target in (Path(leads_to), tmp_path / "first", tmp_path / "second"):
        with pytest.raises(UsageFault, match="a pipe or a device"):
            refuse_device(target)


def test_links_in_a_circle_and_files_that_are_there_are_not_taken_for_devices(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("file")
    for name in ("round", "file", "link", "none"):
        refuse_device(tmp_path / name)
