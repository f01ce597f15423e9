"""What is fuzzed: six kinds of input, each with the check that every outcome must pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fuzz import columnar, fhir, lists, manifests, text

Check = Callable[[bytes], bool]
"""Takes any bytes; says whether they were taken in, and raises where that was wrong."""

TARGETS: dict[str, Check] = {
    "text": text.check,
    "parquet": columnar.check_parquet,
    "arrow": columnar.check_arrow,
    "fhir": fhir.check,
    "lists": lists.check,
    "manifests": manifests.check,
}
CORPUS = Path(__file__).parent / "corpus"


def corpus(target: str) -> list[Path]:
    """The inputs that are kept for it."""
    return sorted((CORPUS / target).iterdir())
