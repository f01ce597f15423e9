"""What may a killed run leave under the output's name? The whole file, or folder, with its manifest, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

from ndoo.evidence.manifest import OF_A_FOLDER, released_manifest
from ndoo.evidence.release import release_at
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release

Contents = dict[str, bytes]


def contents(output: Path) -> Contents:
    """Every file that was released but the manifest, which says when it was made."""
    if not output.is_dir():
        return {"": output.read_bytes()}
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and path.name != OF_A_FOLDER
    }


def remove(output: Path) -> None:
    """Take a release away, if there is one."""
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)


def judge(output: Path, whole: Contents, cleaned: CleanedList) -> None:
    """Fails where an output stands without its manifest, is not whole, or is not what `verify` accepts."""
    if not output.exists():
        return
    assert released_manifest(output).exists(), "an output without its manifest"
    assert contents(output) == whole, "half an output under the final name"
    assert verify_release(release_at(output), ReleaseQuestion(cleaned)).verified, "an output that verify refuses"
