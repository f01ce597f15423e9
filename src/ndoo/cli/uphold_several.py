"""`ndoo uphold INPUT … INPUT -o FOLDER/`: each its release and manifest in the folder, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ndoo.cli.output_options import STANDARD, is_there, names_folder, refuse_address, released_name, told_of_dry_run
from ndoo.cli.uphold_report import report_several
from ndoo.cli.uphold_run import Run
from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted

_ALONE = ("held", "shape", "asset", "table", "schema", "into", "manifest", "engine")
"""What goes with one input only."""


def uphold_several(sources: Sequence[str], run: Run) -> int:
    """Uphold every input by the same decision and the same list; the exit status.

    Raises:
        As `uphold.uphold`, of whichever input is refused first; UsageFault where they are not files of one kind.
    """
    from ndoo.upholding.publication.several_files import drafted_together

    speech = run.speech
    folder, files = _judged(sources, run)
    names = [released_name(file) for file in files]
    for file, name in zip(files, names, strict=True):
        run.judge(str(file), folder / name)
    if not run.decide():
        return run.stopped()
    with drafted_together(folder, names, [*files, *run.other_inputs], run.terms) as drafts, ExitStack() as stack:
        outcomes = [run.upheld(str(file), drafts / name, stack) for file, name in zip(files, names, strict=True)]
        if len({outcome.manifest.input.format for outcome in outcomes}) > 1:
            raise UsageFault("inputs-mixed", "Several inputs are files of one kind. Uphold these one by one.")
    run.tell_decision()
    report_several([(str(folder / name), outcome) for name, outcome in zip(names, outcomes, strict=True)], speech)
    if run.terms.dry_run:
        speech.say(f"A dry run: nothing was written. The releases would be in {folder}.")
    else:
        speech.say(f"{counted(len(names), 'release')} are ready in {folder}, each with its manifest beside it.")
    speech.answer(
        {
            "releases": [
                told_of_dry_run(one.manifest.document) if run.terms.dry_run else one.manifest.document
                for one in outcomes
            ]
        }
    )
    return run.status(outcomes)


def _judged(sources: Sequence[str], run: Run) -> tuple[Path, list[Path]]:
    """The folder and the files that are meant."""
    from ndoo.upholding.database_address import is_address
    from ndoo.upholding.publication.output_names import refuse_file_name_of_folder

    wanted = run.wanted
    alone = [f"--{name}" for name in _ALONE if getattr(wanted, name)]
    if alone or run.listed.mesh:
        raise UsageFault(
            "inputs-and-option", f"{(alone or ['--mesh'])[0]} goes with one input. Uphold these inputs one by one."
        )
    if wanted.output is None:
        raise UsageFault("output-missing", "Name the folder for the releases: -o FOLDER/.")
    if STANDARD in sources or any(is_address(source) or Path(source).is_dir() for source in sources):
        raise UsageFault(
            "inputs-no-files",
            "Several inputs are files: no folders, no databases, no standard input. Uphold these one by one.",
        )
    refuse_address(str(wanted.output))
    folder = Path(wanted.output)
    there = is_there(folder)
    if there and not folder.is_dir():
        raise UsageFault(
            "output-not-a-folder",
            f"{masked(str(folder))} is not a folder, and there are several inputs. Give a folder, with a / at its end.",
        )
    if not there and not names_folder(str(wanted.output)):
        refuse_file_name_of_folder(folder)
    return folder, [Path(source) for source in sources]
