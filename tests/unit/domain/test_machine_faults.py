"""A folder in which no file can be made is said to be so, and not to be missing."""

from __future__ import annotations

import errno
from pathlib import Path

from ndoo.domain.machine_faults import explained


def test_a_draft_that_cannot_be_made_in_a_folder_that_is_there_is_no_missing_folder(tmp_path: Path) -> None:
    refused = explained(OSError(errno.ENOENT, "no", str(tmp_path / ".draft")), "the output")
    assert refused.code == "no-permission"
    assert str(tmp_path) in refused.sentence
    missing = explained(OSError(errno.ENOENT, "no", str(tmp_path / "none" / ".draft")), "the output")
    assert missing.code == "no-such-file"
