"""The contract of an engine: what it must be able to do with a source, so that `uphold` can release from it.

An engine opens a source, chooses its columns, writes a draft and publishes it. Everything else is decided once, in `uphold.py`:
whether the request, the counts and the mentions stop the run, what the manifest says, and that the draft passes the verifier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.release_record import (
    Columns,
    Counts,
    FileRecord,
    MentionsRecord,
    PeopleCounts,
    Sections,
    TableRecord,
    Warned,
)
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice, refuse_mentioned
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow
from ndoo.upholding.publication.table_sections import TableSections
from ndoo.upholding.request import Location, Place, Request
from ndoo.upholding.safeguards.feed_shape import FeedShape
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion
from ndoo.upholding.what_works_where import SourceKind


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written and is not published yet, and what the rows came to."""

    input: FileRecord | TableRecord
    output: FileRecord | TableRecord
    rows: Counts
    people: PeopleCounts
    type1: Mapping[str, Mapping[str, int]]
    """As `Deciding.by_type1`: rows, and people, that a Type 1 opt-out removed."""
    people_by_column: Callable[[], Mapping[str, ColumnPeople]]
    """The people in the release, and everybody else who was in the input, by the columns that name them; asked for where releases are
    compared."""
    inspect: Callable[[ReleaseManifest, ReleaseQuestion], Findings]
    """What is found in it under its sealed manifest, by the code that looks into releases (`Engine.inspect`)."""
    naming: Sequence[str]
    """Columns that stay and hold NHS numbers in any way, whoever's; looked for where the request says that there are none
    (`Request.claims_without_numbers`)."""
    rows_of_nobody: bool
    """May rows stay that lead to nobody? Else every row that has a number is somebody's."""
    mentioned: Sequence[str] = ()
    """Columns in which rows that would stay hold the number of somebody who may not be released."""
    refuse_mentioned: Callable[[Sequence[str]], None] = refuse_mentioned
    """Raises MentionsFault where there are any of these."""
    mentions: MentionsRecord | None = None
    rows_are_grouped: bool = False
    """As `RowDecision`'s, of rows that have an order."""
    warnings: tuple[Warned, ...] = ()
    people_by_row: Callable[[], Mapping[str, PeopleByRow]] = dict
    """Who stands together in the rows of each table in which several people do; asked for where releases are compared."""
    sections: Sections = field(default_factory=TableSections)
    """What the manifest says beside what every manifest says."""


class OpenSource(Protocol):
    """A source that is open to be upheld once, and the places that its release will take, held against other runs."""

    def choose_columns(self) -> Columns:
        """The columns that name people, from what the request says and the data shows.

        Raises:
            UsageFault, UnfitData: see `columns.choose`.
        """
        ...

    def shape(self) -> FeedShape:
        """The form of the feed."""
        ...

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """Write the rows that stay, and those that are held where they are wanted, under names that nobody takes for a release.

        Args:
            holding: the columns in which rows are held that mention somebody.

        Raises:
            UnfitData: the input is damaged. UsageFault: a column that names people was left unclassified.
        """
        ...

    def discard(self) -> None:
        """Forget the draft; another may be written."""
        ...

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """Put the sealed manifest into the draft."""
        ...

    def is_unchanged(self) -> bool:
        """Is the source still what was read?"""
        ...

    def publish(self) -> None:
        """Give the draft its name, whole and at once."""
        ...


class Engine(Protocol[Place]):
    """One way to uphold. The registry (`engines.py`) names them all."""

    @property
    def kind(self) -> ReleaseKind:
        """What it releases."""
        ...

    @property
    def source(self) -> SourceKind:
        """What it upholds, as `what_works_where.py` knows what can be asked of which source."""
        ...

    def recognises(self, location: Location) -> bool:
        """Is what lies there for this engine, unless one before it in the registry takes it?"""
        ...

    def people(
        self, source: Place, choice: ColumnChoice, reading: Reading, progress: Progress
    ) -> tuple[NumberSet, int]:
        """Everybody whom a source names, and how many they are.

        Raises:
            UsageFault, UnfitData, NotPermitted, Fault: as upholding it would.
        """
        ...

    def inspect(
        self, place: Place, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """Look into what was released there under this manifest, of which nothing is believed.

        Args:
            progress: as for `OpenSource.write`, of what was released.
        """
        ...

    def open(self, request: Request[Place]) -> AbstractContextManager[OpenSource]:
        """Open the source of a request, and hold the places of its release. What was not published is gone afterwards.

        Raises:
            UsageFault: a place cannot be meant. UnfitData: the source cannot be read. NotPermitted, Fault: the machine refused.
        """
        ...
