"""Writes a flow to a file. TOML that `read_flow` takes back, put in place whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import date
from pathlib import Path

from ndoo.domain.machine_faults import explained
from ndoo.domain.operating_system import flush_file
from ndoo.policy.fields import fields
from ndoo.policy.flow import Flow, Value


def as_toml(flow: Flow) -> str:
    """The flow as TOML."""
    lines: list[str] = ["# A data flow, for `ndoo applies`. A field left out is not known."]
    table = ""
    ordered = sorted(fields(), key=lambda name: "." in name)
    for name in ordered:
        if name not in flow.said:
            continue
        head, _, key = name.rpartition(".")
        if head != table:
            table = head
            lines += ["", f"[{head}]"]
        lines += [f"{key} = {_toml(flow.said[name])}"]
    return "\n".join(lines) + "\n"


def put(path: Path, text: str) -> None:
    """Writes the text as UTF-8 as `put_bytes` does."""
    put_bytes(path, text.encode("utf-8"))


def put_bytes(path: Path, content: bytes) -> None:
    """Writes the file whole, or leaves what was there.

    Raises:
        UsageFault, NotPermitted, Fault: the machine refused, see `machine_faults`.
    """
    try:
        handle, draft = tempfile.mkstemp(prefix=".ndoo-", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                flush_file(file.fileno())
            Path(draft).replace(path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise explained(error, "the output") from None


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
