"""What may a killed run leave under the output's name? The whole file with its manifest, or nothing."""

from __future__ import annotations

from pathlib import Path

from ndoo.evidence.manifest import manifest_path
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.verify import verify


def judge(output: Path, whole: bytes, cleaned: CleanedList) -> None:
    """Fails where an output stands without its manifest, is not whole, or is not what `verify` accepts."""
    if not output.exists():
        return
    assert manifest_path(output).exists(), "an output without its manifest"
    assert output.read_bytes() == whole, "half an output under the final name"
    assert verify(output, cleaned, progress=lambda _: None).verified, "an output that verify refuses"
