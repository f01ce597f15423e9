"""Names the file in every refusal of what stands in it: a run reads several, and the sentence is all that a person sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ndoo.domain.errors import NdooError, NoUsableList, UnfitData
from ndoo.domain.nhs_number import masked

_OF_COLUMNS = "column-"
"""Codes of what was said of a column begin so."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Inside, a refusal of the data, of a list or of a column begins with this file's path, unless it names the file already."""
    try:
        yield
    except NdooError as error:
        about_it = isinstance(error, UnfitData | NoUsableList) or error.code.startswith(_OF_COLUMNS)
        name = masked(str(path))
        if not about_it or masked(path.name) in error.sentence:
            raise
        error.sentence = f"{name}: {error.sentence}"  # the same error: what else it knows stays with it
        error.args = (error.sentence,)
        raise
