"""Upholds an extract in a process of its own: whatever the extract does to that process, it does to nobody else.

The child gets the request and the people of the list through its standard input, has limits on memory and on the size of files, and
ends with its worker. What it says comes back as lines of JSON: how far it is, and at last the manifest or the refusal.

    python -m ndoo.service.uphold_jobs.apart
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import pickle
import resource
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol

from ndoo.domain.answers import Provenance
from ndoo.domain.errors import Fault, NdooError
from ndoo.domain.operating_system import PYTHON
from ndoo.domain.settings import data_folder
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from ndoo.service.uphold_jobs.limits import memory_limit, upload_limit
from ndoo.upholding.decision.people_by_column import united
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as uphold_here

COMMAND = [*PYTHON, "-m", "ndoo.service.uphold_jobs.apart"]
_OPEN_FILES = 256
_DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl."""
_LOOKS_EVERY = 1.0
_KEPT, _OTHERS = "kept", "others"


class DiedError(Exception):
    """The process was ended by a signal: by the extract, or by the machine."""


class RefusedError(Fault):
    """What the process said that it refuses."""


class Life(Protocol):
    """Whether the run may go on, asked while the process works."""

    def moved(self, read: int) -> None:
        """So many bytes were read. Raises where the run must not go on."""


@dataclass(frozen=True, slots=True, repr=False)
class ReleasedExtract:
    """What was released, and of whom. It does not print."""

    manifest: ReleaseManifest
    kept: NumberSet
    others: NumberSet
    """Everybody else who was in the extract; whoever was kept may be among them."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request as it goes to the child: the people of its list packed."""

    request: Request[Path]
    provenance: Provenance
    people: bytes
    told: Path
    """The folder in which the child leaves who was kept and who was not."""

    def whole(self) -> Request[Path]:
        """The request as it was."""
        people = NumberSet()
        people.add_packed(self.people)
        return replace(self.request, cleaned=CleanedList(self.provenance, people), tells_people=True)


def uphold(request: Request[Path], life: Life, told: Path) -> ReleasedExtract:
    """What was released, with its sealed manifest.

    Args:
        request: by a plain list.
        told: an empty folder for what the process says of the people; it is empty again afterwards.
        life: asked every second, and told how far the process is.

    Raises:
        NdooError: what the process refused; or what `life` says: then the process is killed.
        DiedError: a signal ended it.
        Fault: it did not say of whom the release is.
    """
    if request.cleaned is None:
        raise ValueError("a job is upheld by a list")
    sent = _Sent(replace(request, cleaned=None), request.cleaned.provenance, request.cleaned.listed.packed(), told)
    read, said = 0, dict[str, Any]()
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            with contextlib.suppress(BrokenPipeError), child.stdin as into:  # type: ignore[union-attr]
                pickle.dump(sent, into)
            for line in _lines(child.stdout):
                said = json.loads(line) if line else {}
                read = said.get("read", read)
                life.moved(read)
        except BaseException:
            child.kill()
            raise
    if "manifest" in said:
        return ReleasedExtract(ReleaseManifest(said["manifest"]), _people(told / _KEPT), _people(told / _OTHERS))
    if "refused" in said:
        raise RefusedError(*said["refused"])
    raise DiedError


def _people(path: Path) -> NumberSet:
    people = NumberSet()
    if people.add_packed(path.read_bytes()) is None:
        raise Fault("job-people", "The process did not say of whom the release is. Nothing was released.")
    path.unlink()
    return people


def _lines(stream: IO[bytes] | None) -> Iterator[bytes]:
    """Whole lines as they come, and an empty one for each second in which none comes."""
    if stream is None:
        return
    rest = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        while True:
            if not waiting.select(_LOOKS_EVERY):
                yield b""
                continue
            piece = os.read(stream.fileno(), 1 << 16)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole


def _limit() -> None:
    """Give this process its limits, and its worker's end."""
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    for what, most in (
        (resource.RLIMIT_DATA, memory_limit()),
        (resource.RLIMIT_FSIZE, 2 * upload_limit()),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Uphold what comes on standard input."""
    _limit()
    answers = sys.stdout.buffer

    def say(**said: Any) -> None:
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()

    def read_so_far(read: int, size: int | None = None, /) -> None:
        say(read=read)

    sent = pickle.load(sys.stdin.buffer)  # noqa: S301  from the worker that started this process
    try:
        outcome = uphold_here(sent.whole(), load_sealer(data_folder()), read_so_far)
        columns = outcome.people_by_column().values()
        (sent.told / _KEPT).write_bytes(united(*(column.kept for column in columns)).packed())
        (sent.told / _OTHERS).write_bytes(united(*(column.others for column in columns)).packed())
    except NdooError as refused:
        say(refused=[refused.code, refused.sentence])
    except Exception as error:  # noqa: BLE001  a foreign message may hold a patient's row, so it is not shown
        told = _told(error)
        say(refused=[told.code, told.sentence])
    else:
        say(manifest=outcome.manifest.document)


def _told(error: Exception) -> Fault:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return Fault("job-memory", "The extract needs more memory than a job may have. Nothing was released.")
    return Fault("fault", f"An unexpected fault ({type(error).__name__}). Nothing was released.")


if __name__ == "__main__":
    main()
