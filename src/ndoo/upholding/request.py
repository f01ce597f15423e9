"""What is to be upheld, on what, and how the outcome is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from ndoo.evidence.document import JsonObject
from ndoo.evidence.release import ReleaseKind
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice, WhenMentioned
from ndoo.upholding.database_address import InDatabase
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.publication.publish import PLAIN, OutputTerms
from ndoo.upholding.safeguards.differencing_guard import Asset
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.what_works_where import Wish

Location = Path | InDatabase
"""Where a dataset lies, or a release."""
Place = TypeVar("Place", Path, InDatabase)


@dataclass(frozen=True, slots=True)
class Request(Generic[Place]):
    """What to uphold, on what, and how to judge the outcome. Its places are files and folders, or stand in a database."""

    input: Place
    output: Place
    cleaned: CleanedList | None
    """None only where `decision` says that the opt-out does not apply, or where Type 1 alone is upheld."""
    now: datetime
    decision: JsonObject | None = None
    """The answer of `ndoo applies` to the flow, for the manifest."""
    claims_without_numbers: tuple[str, ...] = ()
    """What the flow says of the data that NHS numbers in it contradict."""
    type1: Objections | None = None
    """Who has a Type 1 opt-out, and of whom nobody can say; None where it is not upheld."""
    type1_overridden: JsonObject | None = None
    """Why and by what law Type 1 opt-outs do not stop this collection, for the manifest."""
    columns: ColumnChoice = field(default_factory=ColumnChoice)
    undecided: Undecidable = Undecidable.HOLD
    mentions: WhenMentioned = WhenMentioned.STOP
    justification: str | None = None
    held: Place | None = None
    expected_share: tuple[float, float] | None = None
    reading: Reading = field(default_factory=Reading)
    shape: Path | None = None
    """Where the feed's shape is pinned, or is to be."""
    other_inputs: tuple[Path, ...] = ()
    """Files that must not be written over, such as the list."""
    leads_to_nobody: tuple[str, ...] = ()
    """Of linked tables: those that lead to nobody though a column looks like a key, and such columns as TABLE.COLUMN."""
    asset: Asset | None = None
    """With whose earlier releases this one is compared; None: with none."""
    replace: bool = False
    """In a database, may an older release of that name be dropped? Of files and folders it is replaced unasked."""
    manifest: Path | None = None
    """In a database: where the manifest is written as a file too."""
    terms: OutputTerms = PLAIN
    """What was said about replacing something, and about writing nothing."""
    tells_people: bool = False
    """Is it wanted who was kept and who was not (`Outcome.people_by_column`)?"""
    engine: ReleaseKind | None = None
    """The engine that is to do it, by what it releases; None: the first that recognises the input."""

    @property
    def opt_outs(self) -> OptOuts:
        """Both, as they travel together."""
        return OptOuts(self.cleaned, self.type1)

    @property
    def wished(self) -> tuple[Wish, ...]:
        """What is asked that cannot be asked of every source."""
        said: dict[Wish, object] = {
            Wish.ALSO: self.columns.also,
            Wish.MENTIONS: self.mentions is WhenMentioned.HOLD,
            Wish.SHAPE: self.shape,
            Wish.NOBODYS: self.leads_to_nobody,
        }
        return (*(wish for wish, asked in said.items() if asked), *self.reading.wished)

    @property
    def somebody_may_go(self) -> bool:
        """Is anything upheld at all?"""
        return self.cleaned is not None or self.type1 is not None


FileRequest = Request[Path]
TableRequest = Request[InDatabase]
