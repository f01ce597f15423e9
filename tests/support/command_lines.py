"""A call of `ndoo` with some of its options replaced: an option that stands there twice is refused."""

from __future__ import annotations

from collections.abc import Sequence


def replaced(call: Sequence[object], *more: object) -> list[object]:
    """The call and `more`, without those options of the call that `more` names anew; each has one value."""
    anew = {word for word in more if str(word).startswith("-")}
    kept: list[object] = []
    words = iter(call)
    for word in words:
        if word in anew:
            next(words)
        else:
            kept.append(word)
    return [*kept, *more]
