"""The value of --expect-removed: a range of per cent."""

from __future__ import annotations

from typing import Any

import click


class Share(click.ParamType[tuple[float, float]]):
    """A range of per cent, such as 0.1-25."""

    name = "low-high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            low, high = (float(part) for part in str(value).split("-"))
        except ValueError:
            self.fail("give a range in per cent, such as 0.1-25.", param, ctx)
        if not 0 <= low <= high <= 100:
            self.fail("the range must rise, from 0 to 100 per cent.", param, ctx)
        return low, high
