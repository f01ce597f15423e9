"""The files of a folder that its descriptor names, and whether there is anything else.
Reads the descriptor, and what it keeps in other files."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.plurals import counted
from ndoo.evidence.manifest import OF_A_FOLDER
from ndoo.upholding.linked_tables.properties import unfit

FILE = "datapackage.json"
_LARGEST = 1 << 24
_NAMED = 5
"""Files that a sentence names at most."""
_LEFT_ASIDE = (".md", ".MD")


def path_in_folder(path: object) -> str:
    """A path of the descriptor: relative to the folder, with forward slashes.

    Raises:
        UnfitData: it is no text, leads somewhere else, or to a file that is hidden or ndoo's own.
    """
    if not isinstance(path, str):
        raise unfit("a path is no text")
    plain = PurePosixPath(path)
    if (
        plain.is_absolute()
        or ".." in plain.parts
        or "\\" in path
        or ":" in path
        or str(plain) in (".", FILE, OF_A_FOLDER)
    ):
        raise unfit("a path leads out of the folder, to the web, or to a file that is ndoo's own")
    if any(part.startswith(".") for part in plain.parts):
        raise unfit("a path leads to a hidden file or folder")
    return str(plain)


class DescriptorFiles:
    """`datapackage.json` and the schemas and dialects that stand in files of their own, as they were read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, Any] = {}
        self.read: dict[str, bytes] = {}
        """By path, `datapackage.json` first."""

    def document(self, path: str) -> Any:
        """What stands in one of them.

        Raises:
            UnfitData: it is not there, no JSON, larger than any descriptor, or holds a valid NHS number.
        """
        if path in self._documents:
            return self._documents[path]
        raw = self._raw(path)
        try:
            document = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise unfit(f"{path} is not JSON, or has a key twice") from None
        if names_somebody(raw.decode("utf-8-sig") + json.dumps(document, ensure_ascii=False)):
            raise UnfitData(
                "descriptor-identifies",
                f"The descriptor {path} holds what is a valid NHS number, and is published with the tables. Take it out.",
            )
        self.read[path], self._documents[path] = raw, document
        return document

    def _raw(self, path: str) -> bytes:
        refuse_links(self._folder, path)
        try:
            place = self._folder / path
            if place.stat().st_size > _LARGEST:
                raise unfit(f"{path} is larger than any descriptor")
            return place.read_bytes()
        except FileNotFoundError:
            if path != FILE:
                raise unfit("a file that it names is not in the folder") from None
            raise UnfitData(
                "descriptor-missing",
                "The folder has no datapackage.json, so it is not known how its tables are linked. "
                "`ndoo uphold FOLDER --describe` proposes one.",
            ) from None
        except OSError as error:
            raise explained(error, "the descriptor") from None


def refuse_links(folder: Path, path: str) -> None:
    """Raises UnfitData where a path of the folder goes through a link."""
    if any(part.is_symlink() for part in _way(folder, path)):
        raise unfit("a path goes through a link to somewhere else")


def refuse_undescribed(folder: Path, described: Collection[str]) -> None:
    """Raises UsageFault where a folder that is to be upheld holds a file that nobody described.

    Args:
        described: the path of every file that the descriptor names, itself too.
    """
    others = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or not path.is_dir()) and not path.name.startswith(".")
    ]
    if loose := [name for name in others if name not in described and not left_behind(name)]:
        it = "it" if len(loose) == 1 else "them"
        more = f" and {len(loose) - _NAMED:,} more" if len(loose) > _NAMED else ""
        raise UsageFault(
            "table-undescribed",
            f"The folder holds {counted(len(loose), 'file')} that datapackage.json does not name: {', '.join(map(repr, loose[:_NAMED]))}{more}. Describe "
            f"{it}, or take {it} away: only what is described is released.",
        )


def left_behind(name: str) -> bool:
    """A text for readers: no table, and not released."""
    return name.endswith(_LEFT_ASIDE) or PurePosixPath(name).name in ("LICENSE", "LICENCE", "CITATION.cff")


def _way(folder: Path, path: str) -> Iterator[Path]:
    here = folder
    for part in PurePosixPath(path).parts:
        here = here / part
        yield here


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("twice")
    return document
