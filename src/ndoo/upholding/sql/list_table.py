"""The lists as one small table beside the data: `number`, and a column of ones and noughts for each set."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.numbers.number_set import LINE, NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.sql.decide_rows import RowRule


def rule_of(opt_outs: OptOuts, *, keep_missing: bool) -> RowRule:
    """What rows are decided by."""
    return RowRule(
        allows=opt_outs.national.names_allowed if opt_outs.national else None,
        asked=bool(opt_outs.national and opt_outs.national.asked),
        disputed=bool(opt_outs.national and opt_outs.national.disputed),
        type1=opt_outs.type1 is not None,
        keep_missing=keep_missing,
    )


def list_table(opt_outs: OptOuts) -> Any:
    """The Arrow table that goes in beside the data: `number` (ten digits, 64 bits), and `RowRule.sets` (8 bits each)."""
    sets: dict[str, NumberSet] = {}
    cleaned, type1 = opt_outs.national, opt_outs.type1
    if cleaned:
        sets["listed"] = cleaned.listed
        if cleaned.asked:
            sets["asked"] = cleaned.asked
        if cleaned.disputed:
            sets["disputed"] = cleaned.disputed
    if type1:
        sets |= {"dissent": type1.dissenting, "unsettled": type1.unsettled, "known": type1.known}
    whole: Any = None
    for name, people in sets.items():
        part = pa.table({"number": (column := numbers(people)), name: pa.repeat(pa.scalar(1, pa.int8()), len(column))})
        whole = part if whole is None else whole.join(part, "number", join_type="full outer")
    filled = [pc.fill_null(whole[name], 0) for name in sets]
    return pa.table([whole["number"], *filled], names=["number", *sets])


def numbers(people: NumberSet) -> Any:
    """Everybody in a set, as ten-digit numbers in an Arrow array of 64-bit integers."""
    pieces = [_parsed(piece) for piece in people.lines()]
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.int64())


def _parsed(piece: bytes) -> Any:
    lines = pa.Array.from_buffers(pa.binary(LINE), len(piece) // LINE, [None, pa.py_buffer(piece)])
    return pc.binary_slice(lines, 0, 10).cast(pa.string()).cast(pa.int64())
