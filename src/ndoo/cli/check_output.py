"""The cleaned list and its record as files: both whole, or neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.checking.numbers_file import Gathered
from ndoo.cli.check_input import Numbers
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.settings import data_folder
from ndoo.evidence.manifest import PeopleCounts, manifest_path, written
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.judging import EXPECTED_SHARE, SMALLEST_JUDGED
from ndoo.upholding.publish import Publication
from ndoo.upholding.sink import Sink
from ndoo.upholding.source import changed


def put(
    numbers: Numbers, output: Path, inputs: tuple[Path, ...], cleaned: CleanedList,
    expected: tuple[float, float] | None, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Write those who may stay, each once, in the order in which the file of numbers first names them; the sealed record.

    Raises:
        NoUsableList: the share withheld says that this is the wrong list. UnfitData: the numbers changed meanwhile.
        UsageFault, NotPermitted, Fault: the output cannot be written there.
    """
    judge_paths(output, inputs)
    sifting, gathered = numbers.sifted(cleaned), numbers.gathered
    people = sifting.people()
    if people.read != gathered.asked or sifting.rows().read != gathered.read:
        raise changed()
    return _published(output, sifting.kept, sifting.line, people, gathered, cleaned, expected, now)


def put_answer(
    output: Path, asked: int, cleaned: CleanedList, expected: tuple[float, float] | None, now: datetime
) -> dict[str, Any]:
    """The same for an answer whose file of numbers is not at hand: everybody who may stay, in ascending order."""
    judge_paths(output, ())
    allowed = cleaned.provenance.numbers
    people = PeopleCounts(asked, allowed, asked - allowed, 0)
    gathered = Gathered(NumberSet(), asked, asked)
    return _published(output, cleaned.listed.lines(), 12, people, gathered, cleaned, expected, now)


def _published(
    output: Path, pieces: Iterable[bytes], line: int, people: PeopleCounts, gathered: Gathered, cleaned: CleanedList,
    expected: tuple[float, float] | None, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    _judge_share(people, expected)
    with Publication(manifest_path(output), output) as publication:
        with Sink(publication.draft(output).handle, None) as sink:
            for piece in pieces:
                sink.write(piece).result()
            sha256, size = sink.finish()
        record = load_sealer(data_folder()).seal(_record(people, gathered, cleaned, now, (sha256, size, size // line)))
        with Sink(publication.draft(manifest_path(output)).handle, None) as beside:
            beside.write(written(record)).result()
        publication.publish()
    return record


def _record(
    people: PeopleCounts, gathered: Gathered, cleaned: CleanedList, now: datetime, stored: tuple[str, int, int]
) -> dict[str, Any]:  # fmt: skip
    """Counts, dates and the list's digest; no number, and no digest of a list of one person."""
    provenance, (sha256, size, listed) = cleaned.provenance, stored
    not_covered = people.held
    held = {str(reason): count for reason, count in gathered.held.items()}
    return {
        "ndoo": __version__,
        "kind": "check",
        "created": now.isoformat(timespec="seconds"),
        "source": provenance.source,
        "checked_at": provenance.checked_at.isoformat(),
        "age_days": provenance.age_days,
        "limit_days": provenance.limit_days,
        "read": gathered.read,
        "repeated": gathered.repeated,
        "requested": people.read,
        "allowed": people.kept,
        "withheld": people.removed,
        "held": {**held, **({"not_covered": not_covered} if not_covered else {})},
        "output": {"sha256": sha256 if listed > 1 else None, "bytes": size, "numbers": listed},
    }


def judge_paths(output: Path, inputs: tuple[Path, ...]) -> None:
    """Raises UsageFault where the output can never be written; better before anybody is asked, and waited for."""
    if names_somebody(output.name):
        raise UsageFault(
            "name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel with the file."
        )
    for target in (output, manifest_path(output)):
        if any(target.absolute() == path.absolute() or (target.exists() and target.samefile(path)) for path in inputs):
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")


def _judge_share(people: PeopleCounts, expected: tuple[float, float] | None) -> None:
    """Raises NoUsableList where the share withheld says that this is the wrong list, or half of the right one."""
    if expected is None and people.read < SMALLEST_JUDGED:
        return
    decided = people.kept + people.removed
    share = 100 * people.removed / decided if decided else 0.0
    low, high = expected or EXPECTED_SHARE
    if not low <= share <= high:
        raise NoUsableList(
            "list-wrong-share",
            f"The list would withhold {share:.1f} per cent of the people; {low:g} to {high:g} were expected. It may be the "
            "wrong list, or half of it. If it is right, say what to expect with --expect-removed.",
        )
