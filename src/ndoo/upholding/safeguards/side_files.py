"""What is written beside a release that is no file itself: the pinned shape of what was in it, and the record of the asset's release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ndoo.domain.errors import UsageFault
from ndoo.evidence.earlier_outputs import earlier_copy
from ndoo.evidence.manifest import ReleaseManifest, written
from ndoo.evidence.release_record import AssetRecord, Counts, FileRecord, PeopleCounts, TableRecord, Warned
from ndoo.evidence.seal import Sealer
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow
from ndoo.upholding.publication.publish import OutputTerms, Publication
from ndoo.upholding.safeguards.differencing_guard import Asset
from ndoo.upholding.safeguards.feed_shape import FeedShape, Pin


class Asks(Protocol):
    """What a request says of them."""

    @property
    def now(self) -> datetime: ...
    @property
    def asset(self) -> Asset | None: ...
    @property
    def shape(self) -> Path | None: ...
    @property
    def manifest(self) -> Path | None: ...
    @property
    def terms(self) -> OutputTerms: ...


class Drafted(Protocol):
    """What of a draft they are made of; see `engine.Draft`."""

    @property
    def input(self) -> FileRecord | TableRecord: ...
    @property
    def output(self) -> FileRecord | TableRecord: ...
    @property
    def rows(self) -> Counts: ...
    @property
    def people(self) -> PeopleCounts: ...
    @property
    def people_by_column(self) -> Callable[[], Mapping[str, ColumnPeople]]: ...
    @property
    def people_by_row(self) -> Callable[[], Mapping[str, PeopleByRow]]: ...


class Records:
    """The files beside a release. Use `opened`; they get their names just before the release does.

    Args:
        form: the shape of what is released from, see `Pin`.
        names_people: does a column of it name people?

    Raises:
        UnfitData: it has another shape than was pinned. UsageFault: releases of an asset in which nobody is looked for.
    """

    def __init__(self, request: Asks, form: Callable[[], FeedShape], *, names_people: bool) -> None:
        self._asset, self._now, self._manifest = request.asset, request.now, request.manifest
        self._terms = request.terms
        self._publication: Publication | None = None
        self._named: tuple[str, str] | None = None
        """From what into what is released, as the manifest will name them; known once it is written."""
        if request.asset and not names_people:
            raise UsageFault(
                "asset-nobody", "No column holds NHS numbers, so releases of the asset cannot be compared."
            )
        self._pin = Pin(request.shape, form)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold their places.

        Raises:
            NotPermitted, Fault: see `differencing.Asset.opened`.
        """
        with self._asset.opened() if self._asset else nullcontext():
            release = self._asset.target if self._asset else None
            targets = [path for path in (self._pin.target, release, self._manifest) if path]
            if not targets:
                yield
                return
            with Publication(
                *targets, replaceable=earlier_copy(lambda: self._named), terms=self._terms
            ) as self._publication:
                yield

    def judged(self, draft: Drafted, sealer: Sealer) -> AssetRecord | None:
        """Draft them; what the manifest says of the asset.

        Raises:
            UsageFault: the manifest would take the place of another one's.
            UnfitData, NoUsableList: other counts than were pinned. NotPermitted: the release would tell who opted out.
        """
        shape = self._pin.judged(draft.rows, draft.people)
        if self._pin.target and self._publication:
            self._publication.draft_whole(self._pin.target, shape)
        if self._publication:
            self._named = draft.input.name, draft.output.name
            self._publication.judge()
        if not self._asset or not self._publication:
            return None
        told, release = self._asset.judged(self._now, draft.people_by_column(), draft.people_by_row())
        self._publication.draft_whole(self._asset.target, written(sealer.seal(release)), private=True)
        return told

    @property
    def warned(self) -> tuple[Warned, ...]:
        """What is to be said of them, once they were judged."""
        return self._asset.warned if self._asset else ()

    def publish(self, manifest: ReleaseManifest) -> None:
        """Give them their names. A record without its release only makes later comparisons stricter."""
        if self._publication:
            if self._manifest:
                self._publication.draft_whole(self._manifest, manifest.written())
            self._publication.publish()
            if self._asset and not self._terms.dry_run:
                self._asset.published()

    def withdraw(self) -> None:
        """Take them away again, but for the asset's: nobody can say for sure that a release of which the end failed did not appear."""
        for target in (self._pin.target, self._manifest):
            if target:
                target.unlink(missing_ok=True)
