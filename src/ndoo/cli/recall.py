"""`ndoo recall RELEASES… LIST`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.help_texts import GroupedCommand
from ndoo.cli.list_options import ListOptions, chosen_list, list_options, now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.signer import signer_of
from ndoo.cli.type1_options import chosen_type1, type1_options
from ndoo.domain.errors import UsageFault
from ndoo.domain.plurals import counted

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable
    from ndoo.upholding.recall import Recall

HOLDS, UNDECIDED = 6, 3


@click.command(name="recall", cls=GroupedCommand)
@click.argument("releases", nargs=-1, required=True, metavar="RELEASES…")
@list_options
@type1_options
@speech_options
def command(
    releases: tuple[str, ...], listed: ListOptions, type1: tuple[Path | CodesTable, ...], as_json: bool, quiet: bool
) -> int:
    """Which releases hold somebody who is withheld by today's list, or has a Type 1 opt-out now?

    RELEASES are of every kind, wherever they lie: files, folders of linked tables, FHIR and Parquet, their manifests, folders that hold
    any of these, however deep, and databases: ADDRESS for all that was released there, ADDRESS#TABLE for one. A manifest that was renamed
    is known by what it says. Each release is looked into by the code of `ndoo verify`. Nobody is named.

    Exit status 6 where one holds somebody who may not be in it; 3 where there is none, but one of which nobody can say: it was changed,
    is not here, is packed, or its manifest cannot be read. Such a release is never passed over.
    """
    from ndoo.upholding.found_releases import find_some
    from ndoo.upholding.recall import RecallAnswer, recalled
    from ndoo.upholding.safeguards.plausibility import warnings_of
    from ndoo.upholding.verify.verification import ReleaseQuestion

    speech = Speech(as_json=as_json, quiet=quiet)
    if listed.mesh:
        raise UsageFault(
            "mesh-and-recall",
            "--mesh asks about the people of one file. Name a list here: `ndoo check --mesh` makes one.",
        )
    objections = chosen_type1(type1, now(), speech)
    cleaned = None
    if objections is None or listed.names_one:
        cleaned = chosen_list(listed, now())
        for warned in warnings_of(cleaned.provenance):
            speech.warn(warned.message)
    found = find_some(releases)
    question = ReleaseQuestion(cleaned, objections, by_what_is_named=True)
    with speech.progress(len(found.releases), "Looking into releases", "release") as progress:
        answers = recalled(found, question, progress)
    holding = [answer for answer in answers if answer.answer is RecallAnswer.HOLDS]
    undecided = [answer for answer in answers if answer.answer is RecallAnswer.UNDECIDED]
    for answer in (*holding, *undecided):
        speech.say(_line(answer), always=True)
    for answer in answers:
        for sighting in answer.ignored:
            speech.say(
                f"  note: {answer.name}: {sighting.column!r} is ignored, as its manifest says, and {counted(sighting.withheld, 'number')} of "
                "people who may not be released stand in it.",
                always=True,
            )
    for name in found.of_others:
        speech.say(f"  left aside: {name} is named as a manifest, and is no release's.")
    speech.say(
        f"{counted(len(found.releases), 'release')} looked into. Releases that hold somebody who must not be in them: {number(len(holding))}. "
        f"Where we cannot tell: {number(len(undecided))}."
    )
    provenance = cleaned.provenance if cleaned else None
    speech.answer(
        {
            "releases": [{**answer.told(), "signer": _signer(answer)} for answer in answers],
            "hold": len(holding),
            "undecided": len(undecided),
            "clear": len(answers) - len(holding) - len(undecided),
            "left_aside": found.of_others,
            "list": provenance
            and {
                "polarity": str(provenance.polarity),
                "source": provenance.source,
                "checked_at": provenance.checked_at.isoformat(),
                "age_days": provenance.age_days,
                "numbers": provenance.numbers,
            },
            "type1": objections and objections.record,
        }
    )
    if holding:
        return HOLDS
    return UNDECIDED if undecided else 0


def _line(answer: Recall) -> str:
    code = f" [{answer.code}]" if answer.code else ""
    return f"  {answer.name}: {answer.answer}. {answer.because}{code}"


def _signer(answer: Recall) -> str | None:
    signer = signer_of(answer.sealed_by, None)
    return signer.name if signer else None
