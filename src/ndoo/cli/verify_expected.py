"""What else whoever verifies expects of a release: the flow, the share removed, what became of undecided rows, and the file of held rows:
each is held against the manifest, as a promise of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ndoo.cli.decision_options import DecisionOptions, Meanings, decision_options
from ndoo.cli.option_group import option_group
from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.domain.plurals import counted
from ndoo.upholding.verify.verification import Promise

if TYPE_CHECKING:
    from ndoo.evidence.manifest import ReleaseManifest
    from ndoo.evidence.release_record import UndecidedPolicy

expected_options = option_group(
    "expected",
    DecisionOptions,
    *decision_options(
        Meanings(
            flow="The flow for which it must have been released: decided as on the day of the release.",
            undecided="What must have become of rows whose person cannot be decided on.",
            justification="With --undecided keep-missing: the reason that must stand in the manifest.",
            held="The file of held rows: has it as many as were held back?",
            expected="The share of people, in per cent, that must have been removed.",
            default=None,
        )
    ),
)


def kept_besides(said: DecisionOptions, document: ReleaseManifest, output: Path | None) -> Iterator[Promise]:
    """One promise for each thing that was said.

    Raises:
        UsageFault, UnfitData: a file that was named cannot be meant, or the manifest cannot be read.
    """
    if said.justification is not None and said.undecided != "keep-missing":
        raise UsageFault("justification", "--undecided keep-missing and --justification TEXT go together.")
    try:
        if said.flow_file:
            yield _flow(said.flow_file, document)
        if said.undecided:
            yield _undecided(said, document.undecided)
        if said.expected:
            yield _share(said.expected, document)
        if said.held:
            if output is None or output.is_dir():
                raise UsageFault(
                    "held-of-file", "--held goes with one file. Of folders and databases no held rows are kept."
                )
            yield _held(said.held, sum(document.rows.held.values()), output)
    except (TypeError, LookupError, AttributeError, ValueError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None


def _flow(path: Path, document: ReleaseManifest) -> Promise:
    from ndoo.cli.uphold_flow import decided

    try:
        decision = decided(path, datetime.fromisoformat(document.created), with_type1=document.type1_applied)
    except NoUsableList:
        return Promise("flow", False, "The flow asks for Type 1 opt-outs too, and they were not applied.")
    there = document.decision
    if not there or not there.members:
        return Promise("flow", False, "It was not released under a decision on a flow.")
    if there.said("id") != decision.to_dict()["id"]:
        return Promise("flow", False, "It was released under a decision on another flow.")
    if decision.outcome == "review":
        return Promise("flow", False, "Whether the opt-out applies to the flow had to be reviewed first.")
    same = there.said("outcome") == decision.outcome
    words = decision.outcome.replace("_", " ")
    return Promise(
        "flow",
        same,
        f"The flow's answer on that day is: {words}. The release {'says so' if same else 'says otherwise'}.",
    )


def _undecided(said: DecisionOptions, policy: UndecidedPolicy) -> Promise:
    kept = policy.mode == said.undecided and said.justification in (None, policy.justification)
    return Promise("undecided", kept, f"Rows that nobody can decide on: {policy.mode}, as the manifest says.")


def _share(expected: tuple[float, float], document: ReleaseManifest) -> Promise:
    """As `upholding.safeguards.plausibility` judges it: those whom only Type 1 removes are left aside."""
    people, type1 = document.people, document.type1
    alone = type1.people["removed_by_it_alone"] if type1 and type1.applied and document.list else 0
    removed = people.removed - alone
    share = 100 * removed / (people.kept + removed) if people.kept + removed else 0.0
    low, high = expected
    return Promise(
        "share",
        low <= share <= high,
        f"{share:.1f} per cent of the people on whom the list decides were removed; {low:g} to {high:g} were expected.",
    )


def _held(path: Path, held: int, output: Path) -> Promise:
    from ndoo.numbers.opt_outs import OptOuts
    from ndoo.upholding.columns import ColumnChoice, Watch, choose_if_any
    from ndoo.upholding.datasets.formats import open_dataset
    from ndoo.upholding.decision.row_decision import RowDecision
    from ndoo.upholding.files.verify import described

    columns, reading = described(output)
    with ThreadPoolExecutor(1) as worker:
        dataset = open_dataset(path, reading, worker)
        chosen = choose_if_any(Watch(dataset.names), ColumnChoice(columns.nhs_number, columns.also, columns.ignored))
        deciding = RowDecision(OptOuts(), len(chosen.keys))
        rows = dataset.stream(chosen, deciding, Watch(dataset.names), None, None, lambda _: None).rows
    return Promise("held", rows == held, f"{counted(rows, 'row')} in the file of held rows, and {held:,} held back.")
