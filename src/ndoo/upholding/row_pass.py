"""One pass over the rows of a dataset: it decides on each, and reads what stays once more while it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from ndoo.domain.malformed_number import Malformed
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Columns, FileRecord, MentionsRecord
from ndoo.upholding.columns import Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.datasets.formats import Rows
from ndoo.upholding.decision.row_decision import RowDecision, Undecidable
from ndoo.upholding.engine import Draft
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.publication.table_sections import TableSections
from ndoo.upholding.request import FileRequest
from ndoo.upholding.verify.dataset_findings import Contents
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion
from ndoo.upholding.verify.witness import Witness


def columns_chosen(request: FileRequest, dataset: Rows) -> Columns:
    """See `engine.OpenSource.choose_columns`."""
    watch = Watch(dataset.names)
    dataset.preview(watch)
    by = choose if request.somebody_may_go else choose_if_any
    columns = by(watch, request.columns)
    if request.somebody_may_go:
        refuse_unclassified(watch, columns)
    return columns


def deciding_of(request: FileRequest, columns: Columns, *, crowded: bool) -> RowDecision:
    """The decision on each row that a request asks for."""
    return RowDecision(
        request.opt_outs,
        len(columns.keys),
        crowded=crowded,
        keep_missing=request.undecided is Undecidable.KEEP_MISSING,
        apart=columns.keys if request.asset or request.tells_people else (),
        by_row=request.asset is not None,
    )


def in_order(found: Counter[Malformed]) -> dict[str, int]:
    """The finer reasons, as the manifest lists them."""
    return {str(reason): found[reason] for reason in Malformed if found[reason]}


class RowPass:
    """What one pass needs, and what it came to.

    Args:
        holding: the columns in which rows are held that mention somebody.

    `deciding` and `watch` are for the dataset's `stream`.
    """

    def __init__(self, request: FileRequest, dataset: Rows, columns: Columns, holding: Sequence[str]) -> None:
        self._request, self._columns, self._holding = request, columns, tuple(holding)
        holds = None
        if holding:
            others = [name for name in dataset.names if name not in holding]
            holds = MentionSearch(dataset.names, others, request.opt_outs)
        self._witness = Witness(
            dataset.names,
            columns,
            ReleaseQuestion(request.cleaned, request.type1, by_what_is_named=True),
            keep_missing=request.undecided is Undecidable.KEEP_MISSING,
            crowded=dataset.crowded,
        )
        self._naming = MentionSearch(dataset.names, (), request.opt_outs) if request.claims_without_numbers else None
        self.watch = Watch(dataset.names, self._naming, holds, self._witness)
        self.deciding = deciding_of(request, columns, crowded=dataset.crowded)

    def judge(self) -> None:
        """Raises UsageFault where a column that names people was left unclassified."""
        if self._request.somebody_may_go:
            refuse_unclassified(self.watch, self._columns)
            refuse_unclassified(self._witness.watch, self._columns)

    @property
    def sections(self) -> TableSections:
        """What the manifest says of the rows that were held as malformed."""
        return TableSections(malformed=in_order(self.watch.malformed))

    def contents(self, output: FileRecord) -> Contents:
        """What was read of the rows that stay, while they were written."""
        return self._witness.contents(output)

    def draft(
        self, source: FileRecord, output: FileRecord, inspect: Callable[[ReleaseManifest, ReleaseQuestion], Findings]
    ) -> Draft:
        """What was written.

        Args:
            inspect: see `Draft`.
        """
        said = None
        if self._request.somebody_may_go:
            said = MentionsRecord(str(self._request.mentions), self._holding, self._witness.by_chance)
        return Draft(
            input=source,
            output=output,
            rows=self.deciding.rows(),
            people=self.deciding.people(),
            type1=self.deciding.by_type1(),
            people_by_column=self.deciding.people_by_column,
            people_by_row=self.deciding.people_by_row,
            inspect=inspect,
            naming=self._naming.columns_naming(self.watch.convincing()) if self._naming else (),
            rows_of_nobody=False,
            mentioned=self._witness.mentioned,
            mentions=said,
            rows_are_grouped=self.deciding.rows_are_grouped,
            warnings=tuple(self.watch.warned),
            sections=self.sections,
        )
