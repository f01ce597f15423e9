"""Reads the packs that there are. Reads a pack's folder; refuses one that is broken or cites nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.policy.build_pack import build
from ndoo.policy.flow import nearest
from ndoo.policy.pack import Pack
from ndoo.policy.read_conditions import BadClause

DEFAULT = "opg"


def packs_folder() -> Path:
    """Where the packs that come with ndoo live."""
    return Path(str(files("ndoo.policy").joinpath("packs")))


def pack_names() -> tuple[str, ...]:
    """The packs that come with ndoo."""
    return tuple(sorted(folder.name for folder in packs_folder().iterdir() if (folder / "pack.toml").is_file()))


def load_pack(name: str | Path = DEFAULT) -> Pack:
    """A pack by its name, or by its folder.

    Raises:
        UsageFault: there is no such pack.
        UnfitData: the pack is broken: not TOML, a rule without a citation, a clause or a source that does not exist.
    """
    if str(name) in pack_names():
        return _own(str(name))
    folder = Path(name)
    if not (folder / "pack.toml").is_file():
        known = ", ".join(pack_names())
        hint = nearest(str(name), pack_names())
        raise UsageFault(
            "pack-missing", f"There is no policy pack {masked(str(name))!r}.{hint} Known are {known}, or give a folder."
        )
    return _loaded(folder.resolve())


@cache
def _own(name: str) -> Pack:
    return _loaded(packs_folder() / name)


def _loaded(folder: Path) -> Pack:
    tables, digest = read_tables(folder)
    try:
        return build(tables, digest)
    except BadClause as error:
        raise UnfitData("pack-broken", f"The policy pack in {folder.name} has {error}.") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        told = f": {error.args[0]} is missing or wrong" if isinstance(error, KeyError) else ""
        raise UnfitData("pack-broken", f"The policy pack in {folder.name} is incomplete{told}.") from None


def read_tables(folder: Path, above: tuple[Path, ...] = ()) -> tuple[dict[str, Any], str]:
    """The pack's tables, laid over those of the pack that it extends, and a digest over the bytes of both.

    Raises:
        UnfitData: a file is not TOML, or the packs extend each other in a ring.
    """
    own = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.toml"))}
    parsed = {name: _toml(name, content) for name, content in own.items()}
    head = parsed["pack.toml"]
    tables: dict[str, Any] = {
        "pack": {},
        "rules": {},
        "sources": {},
        "settings": {},
        "exemptions": {},
        "obligations": [],
        "notes": [],
        "paragraphs": [],
        "handouts": [],
        "watch": [],
        "words": {},
    }
    hasher = sha256()
    if "extends" in head:
        base = packs_folder() / str(head["extends"])
        if base in (folder, *above) or not (base / "pack.toml").is_file():
            raise UnfitData("pack-broken", f"The policy pack in {folder.name} extends a pack that it cannot.")
        tables, base_digest = read_tables(base, (folder, *above))
        hasher.update(base_digest.encode())
    tables["pack"] = {**tables["pack"], **head}
    tables["rules"] |= {name: table for name, table in parsed.items() if name.startswith("rules/")}
    tables["sources"] |= parsed.get("sources.toml", {})
    tables["settings"] |= parsed.get("settings.toml", {})
    tables["exemptions"] |= {entry["id"]: entry for entry in parsed.get("exemptions.toml", {}).get("exemption", [])}
    tables["words"] |= parsed.get("words.toml", {})
    tables["obligations"] += parsed.get("obligations.toml", {}).get("obligation", [])
    tables["notes"] += parsed.get("notes.toml", {}).get("note", [])
    tables["paragraphs"] += parsed.get("statement.toml", {}).get("paragraph", [])
    tables["handouts"] += parsed.get("statement.toml", {}).get("handout", [])
    tables["watch"] += parsed.get("watch.toml", {}).get("watch", [])
    for name, content in own.items():
        hasher.update(f"{name}\0{len(content)}\0".encode() + content)
    return tables, hasher.hexdigest()


def _toml(name: str, content: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UnfitData("pack-broken", f"{name} of the policy pack is not valid TOML.") from None
