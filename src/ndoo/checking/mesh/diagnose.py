"""Says what a file is, and what is wrong with it. Looked at as the check service would, before it is sent or after it came."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ndoo.checking.impostors import REJECTION, is_heading
from ndoo.checking.mesh.requests import SAFE
from ndoo.checking.mesh.service import known
from ndoo.domain.errors import UsageFault
from ndoo.domain.machine_faults import missing
from ndoo.domain.nhs_number import NHSNumber, Undecided, names_somebody, read
from ndoo.domain.plurals import counted

_MARK = b"\xef\xbb\xbf"
_LARGEST = 1 << 30
_LINES_NAMED = 5
_NAME = re.compile(r"[A-Z0-9]{3,20}-(\d{6}|\d{8})-\d{4}\.dat")


class FileKind(StrEnum):
    """What a file is."""

    LIST = "list"
    """NHS numbers, one a line: what is sent, and what comes back."""
    RECEIPT = "receipt"
    REJECTION = "rejection"
    CONTROL = "control_file"
    """The XML that the Java client keeps beside a message."""
    BLANK = "blank"
    TABLE = "table"
    OTHER = "other"


_SAID = {
    FileKind.LIST: "A list of NHS numbers: what is sent, and what comes back.",
    FileKind.RECEIPT: "A job receipt of the check service: it says nothing about anybody. The list comes as a second message.",
    FileKind.REJECTION: "The check service's rejection: the request held at least one invalid number, and nobody was checked.",
    FileKind.CONTROL: "A control file of the MESH client: it describes a message, and is none.",
    FileKind.BLANK: "An empty file. It never means that everybody, or nobody, opted out.",
    FileKind.TABLE: "A table of several columns. The service takes NHS numbers alone, one a line.",
    FileKind.OTHER: "Nothing that the check service sends or takes.",
}


@dataclass(frozen=True, slots=True)
class ListProblem:
    """One thing. `fatal`: the service is known to reject it, or never to answer."""

    code: str
    sentence: str
    fatal: bool = False


@dataclass(slots=True)
class ListDiagnosis:
    """What a file is, and what stands in it. `lines` and `people` are of a list."""

    kind: FileKind
    lines: int = 0
    people: int = 0
    held: Counter[Undecided] = field(default_factory=Counter)
    problems: list[ListProblem] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        return _SAID[self.kind]

    @property
    def sound(self) -> bool:
        """Could it be sent as it is, as far as is known?"""
        return self.kind is FileKind.LIST and not any(problem.fatal for problem in self.problems)


def examine(path: Path) -> ListDiagnosis:
    """Look at a file.

    Raises:
        UsageFault: there is none, or it is larger than a national list.
    """
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            raise missing(path, "the file to look at")
        body = path.read_bytes()
    except OSError:
        raise UsageFault("doctor-not-readable", "The file to look at could not be read to its end.") from None
    if written := _not_plain_text(body):
        return ListDiagnosis(FileKind.OTHER, problems=[written])
    finding = ListDiagnosis(_kind(body))
    if finding.kind in (FileKind.LIST, FileKind.TABLE, FileKind.OTHER):
        finding.problems += _parted_otherwise(body)
    if finding.kind is FileKind.LIST:
        _look(body.replace(b"\r", b"\n") if _ends_with_cr(body) else body, finding)
        if not _NAME.fullmatch(path.name):
            finding.problems.append(
                ListProblem(
                    "name",
                    "Its name is not of the advised form MAILBOX-DDMMYYYY-NNNN.dat; it must be unique each time.",
                )
            )
        if names_somebody(path.name):
            finding.problems.append(
                ListProblem("name-identifies", "Its name holds what is a valid NHS number: rename it.", True)
            )
    return finding


def outside(subject: str | None, local_id: str | None) -> list[ListProblem]:
    """What is wrong with what was typed beside a file in the web interface; None where nobody says."""
    found = []
    for code, text, name in (("subject", subject, "subject"), ("local-id", local_id, "local id (message reference)")):
        if text is None:
            continue
        if not text.strip():
            found.append(ListProblem(f"{code}-blank", f"The {name} is blank: the service never answers then.", True))
        elif not SAFE.fullmatch(text):
            found.append(
                ListProblem(
                    f"{code}-odd",
                    f"The {name} holds more than letters, digits, - and _: the service never answers then.",
                    True,
                )
            )
    return found


_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def _not_plain_text(body: bytes) -> ListProblem | None:
    """What a list of numbers may come wrapped in, so that nothing in it can be read."""
    for start, name in _PACKED.items():
        if body.startswith(start):
            return ListProblem("packed", f"It is packed ({name}): the service takes plain text. Unpack it first.", True)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or re.match(rb"(?:\d\0){3}|(?:\0\d){3}", body):
        return ListProblem(
            "utf-16", "It is UTF-16 text, as spreadsheets save it: save it as plain text (UTF-8 or ASCII).", True
        )
    return None


def _parted_otherwise(body: bytes) -> list[ListProblem]:
    """A list whose lines end, or whose numbers are followed, by something else than the service knows."""
    found = []
    if _ends_with_cr(body):
        found.append(
            ListProblem(
                "cr-only",
                "Its lines end with CR alone, as on old Macs: the service takes it for one line. Use LF.",
                True,
            )
        )
    if re.search(rb"(?:^|[\r\n])[ '\"]*[\d -]{10,12}['\"]*,{2,}\r?(?:$|[\r\n])", body):
        found.append(ListProblem("comma-twice", "More than one comma stands behind a number: put one, or none.", True))
    if re.search(rb"(?:^|[\r\n])[ '\"]*[\d -]{10,12}['\"]*[;|\t]+\r?(?:$|[\r\n])", body):
        found.append(
            ListProblem(
                "semicolon",
                "Something else than a comma stands behind a number, such as a semicolon: put a comma.",
                True,
            )
        )
    return found


def _ends_with_cr(body: bytes) -> bool:
    return b"\r" in body and b"\n" not in body


def _kind(body: bytes) -> FileKind:
    text = body.removeprefix(_MARK).lstrip()
    if not text:
        return FileKind.BLANK
    if text.startswith(b"{"):
        return FileKind.RECEIPT
    if text[: len(REJECTION)].lower() == REJECTION.lower():
        return FileKind.REJECTION
    if text.startswith(b"<"):
        return FileKind.CONTROL if b"DTSControl" in text[:2000] else FileKind.OTHER
    if b"\0" in text[:4096]:
        return FileKind.OTHER
    lines = text[: 1 << 16].splitlines()[:50]
    shaped = sum(_number_in(line) for line in lines)
    if any(b"," in line.rstrip(b",\r") or b"\t" in line for line in lines):
        return FileKind.TABLE if shaped == 0 and any(re.search(rb"\d{10}", line) for line in lines) else FileKind.OTHER
    return FileKind.LIST if shaped else FileKind.OTHER


def _number_in(line: bytes) -> bool:
    return bool(re.fullmatch(rb"[ '\"]*[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}[ '\"]*,?\r?", line))


def _look(body: bytes, finding: ListDiagnosis) -> None:
    text = body.removeprefix(_MARK)
    lines = text.split(b"\n")
    ended = lines[-1].strip(b"\r") == b""
    if ended:
        lines.pop()
    seen: set[int] = set()
    wrong: dict[Undecided, list[int]] = {}
    spaced = commas = repeated = 0
    for at, line in enumerate(lines, start=1):
        cell = line.removesuffix(b"\r").removesuffix(b",")
        commas += line.removesuffix(b"\r").endswith(b",")
        number = read(cell.decode("latin-1"))
        if isinstance(number, NHSNumber):
            repeated += number.person in seen
            seen.add(number.person)
            spaced += len(cell) != 10
        else:
            wrong.setdefault(number, []).append(at)
    finding.lines, finding.people = len(lines), len(seen)
    finding.held = Counter({reason: len(where) for reason, where in wrong.items()})
    add = finding.problems.append
    if is_heading(lines[0]):
        add(ListProblem("heading", "Line 1 is a heading: the service takes none.", True))
    for reason, where in wrong.items():
        named = ", ".join(map(str, where[:_LINES_NAMED])) + (" …" if len(where) > _LINES_NAMED else "")
        add(
            ListProblem(
                f"number-{reason}".replace("_", "-"),
                f"Not a valid NHS number ({reason}): {counted(len(where), 'line')} ({named}). One rejects the whole file.",
                True,
            )
        )
    if spaced:
        add(
            ListProblem(
                "spaces", f"Spaces, hyphens or quotes stand in {counted(spaced, 'number')}: send ten digits only.", True
            )
        )
    if commas != len(lines):
        add(ListProblem("comma", f"The comma behind the number is missing in {counted(len(lines) - commas, 'line')}."))
    if b"\r" in text:
        add(ListProblem("crlf", "Lines end with CRLF: the guidance says LF, although some who send CRLF are answered."))
    if body.startswith(_MARK):
        add(ListProblem("byte-order-mark", "It begins with a byte-order mark: send plain text without one."))
    if repeated:
        add(
            ListProblem(
                "repeated",
                f"A number is repeated in {counted(repeated, 'line')}: what the service does then is not known.",
            )
        )
    if not ended:
        add(ListProblem("last-line", "The last line has no line end: the file may have been cut off."))
    if len(lines) > known().max_numbers:
        add(ListProblem("large", "It is larger than any list known to have been answered. Send it in parts."))
