"""The manifest as it may travel where its counts would tell: what stayed behind is rounded, and adds up all the same.

The recipient holds the kept rows, so what is kept is exact, and so is everything about the output. Every other number is of what stayed
behind: 0 to 7 becomes 0, more the nearest 5, and *read* is what the rounded numbers add up to. So whatever verifies a manifest verifies this one.
The sizes of inputs and lists are withheld, and what warnings say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ndoo.evidence.document import JsonObject
from ndoo.evidence.manifest import ReleaseManifest

STEP = 5
MARK = "counts_rounded"
"""What a copy with rounded counts says of itself."""
_FEW = 7
_TOLD = "The sender's own copy says it."


def is_rounded(document: JsonObject) -> bool:
    """Does a manifest say that the counts of what stayed behind are rounded?"""
    return MARK in document


def rounded(count: int) -> int:
    """0 for 0 to 7, else the nearest 5."""
    return 0 if count <= _FEW else (count + STEP // 2) // STEP * STEP


def with_rounded_counts(manifest: ReleaseManifest) -> ReleaseManifest:
    """The manifest, not sealed, with every count of what stayed behind rounded. The only place where this is decided.

    Raises:
        TypeError, LookupError, AttributeError: what the manifest says makes no sense.
    """
    document = {name: said for name, said in manifest.document.items() if name != "seal"}
    made: dict[str, Any] = json.loads(json.dumps(document))
    parts = [one for kind in ("tables", "resources") for one in made.get(kind, {}).values()]
    for part in parts:
        _round_rows(part["rows"])
        if "orphans" in part:
            part["orphans"] = rounded(part["orphans"])
    if parts:
        made["rows"] = _together([part["rows"] for part in parts])
    else:
        _round_rows(made["rows"])
    people = made["people"]
    for name in ("removed", "held"):
        people[name] = rounded(people[name])
    people["read"] = people["kept"] + people["removed"] + people["held"]
    for record, rows in _inputs(made):
        record |= {"rows": rows, "bytes": None}
    for one in _lists(made.get("list")):
        one["numbers"] = None
    made |= {name: _all_rounded(made[name]) for name in ("type1", "left_out") if name in made}
    made.pop("malformed", None)  # that a reason is named says that there was one
    made["warnings"] = [{"code": warned["code"], "message": _TOLD} for warned in made["warnings"]]
    if "mentions" in made:
        made["mentions"]["by_chance"] = []
    return ReleaseManifest(made | {MARK: {"to": STEP, "0": f"0 to {_FEW}"}})


def _round_rows(rows: dict[str, Any]) -> None:
    rows["removed"] = rounded(rows["removed"])
    rows["held"] = {why: many for why, held in rows["held"].items() if (many := rounded(held))}
    rows["read"] = rows["kept"] + rows["removed"] + sum(rows["held"].values())


def _together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        name: sum(part[name] for part in parts) for name in ("read", "kept", "removed", "kept_without_number")
    }
    held: dict[str, int] = {}
    for part in parts:
        for why, many in part["held"].items():
            held[why] = held.get(why, 0) + many
    return {**whole, "held": held}


def _inputs(made: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Every record of what was read, and how many rows it says there were."""
    yield made["input"], made["rows"]["read"]
    for table in made.get("tables", {}).values():
        yield table["input"], table["rows"]["read"]
        for piece in table.get("files", ()):
            yield piece["input"], piece["output"]["rows"] + rounded(piece["input"]["rows"] - piece["output"]["rows"])
    for file in made.get("files", {}).values():
        if "input" in file:
            yield file["input"], file["output"]["rows"] + rounded(file["input"]["rows"] - file["output"]["rows"])


def _lists(said: Any) -> Iterator[dict[str, Any]]:
    if isinstance(said, dict):
        yield said
        for one in said.get("lists", ()):
            yield from _lists(one)


def _all_rounded(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _all_rounded(one) for name, one in said.items()}
    if isinstance(said, list):
        return [_all_rounded(one) for one in said]
    return rounded(said) if isinstance(said, int) and not isinstance(said, bool) else said
