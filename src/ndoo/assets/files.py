"""Reads and writes the files in which a register is kept. TOML and JSON files, and workbooks, read whole or refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION
from ndoo.assets.register import Register, read_register
from ndoo.assets.toml_text import as_toml
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.policy.documents import parsed_json, text_of
from ndoo.policy.write_flow import put

COMMENT = "The register of information assets and flows. `ndoo assets import` reads it, `ndoo assets export` writes it."


def register_from(path: Path) -> Register:
    """The register in a file that ends in .toml, .json or .xlsx.

    Raises:
        UsageFault: there is no such file, or it has another ending. NotPermitted: it may not be read. UnfitData: it is no register.
    """
    suffix = _ending(path) if path.is_file() else path.suffix.lower()
    if suffix == ".xlsx":
        from ndoo.assets.read_workbook import read_workbook

        return read_workbook(path)
    text = text_of(path)
    if suffix == ".json":
        return _read(parsed_json(masked(path.name), text), path)
    try:
        return _read(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(at ")[2].rstrip(")") if "(at " in str(error) else "its end"
        raise UnfitData("register-toml", f"{masked(path.name)} is not valid TOML (at {place}).") from None


def _read(document: Any, path: Path) -> Register:
    """The register in a document; what is wrong with it is told with the name of its file."""
    try:
        return read_register(document)
    except UnfitData as error:
        raise type(error)(error.code, f"{masked(path.name)}: {error.sentence}") from None


def loses_nothing(register: Register, output: Path) -> bool:
    """Does the file hold what would be written into it, to the letter? A workbook may have notes that nothing here reads."""
    if _ending(output) == ".xlsx" or not output.is_file():
        return False
    return output.read_bytes() == _text(register, output).encode()


def written(register: Register) -> str:
    """The register as TOML."""
    return as_toml(register.document(), COMMENT)


def write(register: Register, output: Path) -> None:
    """The register as the file's ending asks: .toml, .json or .xlsx; whole, or not at all.

    Raises:
        UsageFault: it has another ending. Fault: the folder does not exist or cannot be written to.
    """
    suffix = _ending(output)
    if suffix == ".xlsx":
        from ndoo.assets.write_workbook import write_workbook

        write_workbook(register, output)
    else:
        put(output, _text(register, output))


def _text(register: Register, output: Path) -> str:
    if _ending(output) == ".json":
        return json.dumps(plain(register), indent=2, ensure_ascii=False) + "\n"
    return written(register)


def _ending(path: Path) -> str:
    """How a register is written in a file of this name."""
    suffix = path.suffix.lower()
    if suffix not in (".toml", ".json", ".xlsx"):
        raise UsageFault(
            "register-ending",
            f"{masked(path.name)} does not end in .toml, .json or .xlsx: the ending says how a register is written. Name one that does.",
        )
    return suffix


def plain(register: Register) -> dict[str, Any]:
    """The register as JSON takes it: dates as text."""
    told: dict[str, Any] = {ORGANISATION: register.organisation.plain()} if register.organisation else {}
    for kind, records in ((ASSET, register.assets), (FLOW, register.flows)):
        if records:
            told[kind] = [record.plain() for record in records.values()]
    return told
