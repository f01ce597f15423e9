"""Decides whether the national data opt-out applies. Asked from Python, answered by the code of `ndoo applies`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted
from ndoo.policy import Decision, decide, load_pack, read_flow
from ndoo.policy.documents import documents


def applies(flow: Mapping[str, Any] | str | Path, *, as_of: date | None = None, pack: str = "opg") -> Decision:
    """The answer to one flow: `outcome` (`applies`, `does_not_apply` or `review`), `because` with sources, and `to_dict()`.

    Args:
        flow: what is known of it, as a mapping of the fields of a flow or as the path of a file (.toml or .json).
        as_of: the day to decide on, if the flow names none; today if left out.
        pack: the policy pack, by its name or its folder.

    Raises:
        UsageFault: the file is not there, or holds several flows.
        UnfitData: a field is not known, or a value is not one that it takes.
    """
    said = flow if isinstance(flow, Mapping) else _only(Path(flow))
    return decide(read_flow(said), load_pack(pack), as_of or london_date(datetime.now(UTC)))


def _only(path: Path) -> Mapping[str, Any]:
    held = list(documents(path))
    if len(held) != 1:
        raise UsageFault(
            "one-flow",
            f"{masked(str(path))} holds {counted(len(held), 'flow')}. Give a file (.toml or .json) that holds one.",
        )
    return held[0].content
