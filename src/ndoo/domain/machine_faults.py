"""What the machine's refusal means to a person. Turns an `OSError` into a sentence without data in it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from ndoo.domain import operating_system
from ndoo.domain.errors import Fault, NdooError, NotPermitted, UsageFault
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked

INPUT = "the input"
"""The role of a file of which nothing more is to be said than its path."""


def explained(error: OSError, what: str) -> NdooError:
    """`what` names the file's role, such as "the output"; its path may be shown, what stands in it may not."""
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    where = f" ({masked(str(path))})" if path and not path.name.startswith(".") else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return Fault("disk-full", f"There is no room left to write {what}. Nothing was published.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return NotPermitted("no-permission", f"This account may not use {what}{where} or its folder.")
        case errno.ENOTDIR if path and (file := _file_on_the_way(path)):
            return UsageFault(
                "no-such-file", f"{masked(str(file))} is not a folder, so {what} cannot be in it. Check the path."
            )
        case errno.ENOENT | errno.ENOTDIR:
            if path and path.name.startswith(".") and path.parent.is_dir():
                return NotPermitted(
                    "no-permission", f"No file can be made in {masked(str(path.parent))}, the folder of {what}."
                )
            if path and path.name.startswith("."):  # a draft, or a lock, beside what it stands for
                return no_folder_for(path, what)
            return missing(path, what)
        case errno.EISDIR:
            return UsageFault(
                "is-a-folder", f"{masked(str(path)) if path else what} is a folder, and a file is needed ({what})."
            )
        case errno.ENAMETOOLONG:
            return UsageFault("name-too-long", f"The name is too long for this file system: {what}.")
    return Fault(
        "machine-fault",
        f"The machine could not read or write {what}{where} ({errno.errorcode.get(error.errno or 0, 'fault')}).",
    )


def _file_on_the_way(path: Path) -> Path | None:
    """What is where a folder of this path should be; None where nothing is."""
    return next((one for one in path.parents if one.exists() and not one.is_dir()), None)


def unsaid(error: OSError) -> Fault:
    """The answer of a command could not be said: nobody read it, and what the command did stands."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Fault(
            "disk-full",
            "The answer could not be written to standard output: there is no room left. What was published stays.",
        )
    return Fault(
        "answer-unwritten",
        f"The answer could not be written to standard output ({errno.errorcode.get(error.errno or 0, 'fault')}). What was published stays.",
    )


def unencodable(encoding: str) -> Fault:
    """The answer has a character that the encoding of standard output lacks. Nothing of the sentence or document with it was said."""
    return Fault(
        "answer-unwritten",
        f"The answer could not be written to standard output: its encoding ({encoding}) lacks a character. What was published stays. "
        "Set PYTHONIOENCODING=utf-8 and run it again.",
    )


def missing(path: Path | None, what: str) -> UsageFault:
    """The refusal of a file or folder that is not there."""
    if path is None:
        return UsageFault("no-such-file", f"The file or folder does not exist: {what}. Check the path.")
    role = "" if what == INPUT else f" ({what})"
    if str(path) == "-":
        return UsageFault(
            "no-such-file", f"Standard input is not read here{role}, and no file is called -. Name a file."
        )
    if path.is_symlink():
        return UsageFault(
            "no-such-file",
            f"{masked(str(path))} is a link, and nothing is where it leads{role}. Name a file that is there.",
        )
    return UsageFault("no-such-file", f"{masked(str(path))} does not exist{role}.{near(path)} Check the path.")


def near(path: Path) -> str:
    """The name in the same folder that may have been meant, as a question; empty where none is like it."""
    try:
        names = [one.name for one in path.parent.iterdir() if not one.name.startswith(".")]
    except OSError:
        return ""
    return did_you_mean(path.name, names, likeness=0.7)


def no_folder_for(target: Path, what: str = "the output") -> UsageFault:
    """The refusal to write where no folder is."""
    return UsageFault(
        "no-such-file",
        f"The folder {masked(str(target.parent))!r} of {what} does not exist. Make it, or name another one.",
    )


def refuse_folder(target: Path) -> None:
    """Raises UsageFault where a file would be written and a folder is. A place that cannot be looked at is judged by whoever writes there."""
    with suppress(OSError):
        if stat.S_ISDIR(target.stat().st_mode):
            raise output_is_folder(str(target))


def refuse_device(target: Path) -> None:
    """Raises UsageFault where a pipe or a device is, a link to one, or a name of the system for what a process has open, such as
    /dev/stdout, whatever that is now: whoever publishes would put a file in its place.
    """
    found = False
    with suppress(OSError):
        found = operating_system.names_what_is_open(target)
        mode = target.stat().st_mode
        found = found or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    if found:
        raise UsageFault(
            "output-not-a-file",
            "The output is a pipe or a device, and publishing would put a file in its place. Name a file.",
        )


def output_is_folder(target: str) -> UsageFault:
    """The refusal to write a file where a folder is."""
    return UsageFault("output-is-folder", f"{masked(target)} is a folder. Name the file in it.")


def already_there(target: Path, and_is: str = "") -> UsageFault:
    """The refusal to replace a file.

    Args:
        and_is: why this one is not replaced as others of its kind are, beginning with a comma.
    """
    return UsageFault(
        "output-exists",
        f"{masked(str(target))} already exists{and_is}. Name another output, or use --force to replace it.",
    )
