"""The name that may have been meant where one is not known, as a question."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ndoo.domain.nhs_number import masked


def did_you_mean(said: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """A question such as "Did you mean x?" for the name that is most like the one said; empty where none is like it.

    Args:
        likeness: from 0 to 1, how like it has to be.
    """
    found = get_close_matches(said, list(known), 1, likeness)
    return f" Did you mean {masked(found[0])!r}?" if found else ""
