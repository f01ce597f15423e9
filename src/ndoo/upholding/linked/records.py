"""What is written beside the release of a folder? The pinned shape of its tables, and the record of the asset's release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.evidence.manifest import Counts, PeopleCounts, written
from ndoo.evidence.seal import Sealer
from ndoo.upholding.job import Request
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.tables import Opened
from ndoo.upholding.publish import Publication
from ndoo.upholding.shape import pinned, read_shape, refuse_other_counts, refuse_other_shape, shape_of


def shape_of_tables(tables: Sequence[Opened]) -> dict[str, Any]:
    """The shape of all tables as one: `columns` are named TABLE.COLUMN, and how each table is written stands under its name."""
    shapes = {one.name: shape_of(one.dataset, one.path) for one in tables}
    columns = [
        {**told, "name": f"{name}.{told['name']}"} for name, shape in shapes.items() for told in shape["columns"]
    ]
    written_as = {
        name: {key: told for key, told in shape.items() if key != "columns"} for name, shape in shapes.items()
    }
    return {"format": "linked tables", "tables": written_as, "columns": columns}


class Records:
    """The files beside a folder's release. Use `opened`; they get their names just before the folder does."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._form: dict[str, Any] = {}
        self._told: dict[str, Any] | None = None
        self._publication: Publication | None = None

    @contextmanager
    def opened(self, tables: Sequence[Opened]) -> Iterator[None]:
        """Look at the tables before anything is written.

        Raises:
            UnfitData: they have another shape than was pinned. NotPermitted, Fault: see `differencing.Asset.opened`.
        """
        request = self._request
        if request.asset and not request.somebody_may_go:
            raise UsageFault("asset-nobody", "No column names the people, so nobody can compare releases of the asset.")
        if request.shape:
            self._form, self._told = shape_of_tables(tables), read_shape(request.shape)
            if self._told is not None:
                refuse_other_shape(self._told, self._form)
        with request.asset.opened() if request.asset else nullcontext():
            targets = [path for path in (self._pin, request.asset.target if request.asset else None) if path]
            if not targets:
                yield
                return
            with Publication(*targets) as self._publication:
                yield

    @property
    def _pin(self) -> Path | None:
        """Where the shape is to be pinned; None where it is already."""
        return self._request.shape if self._told is None else None

    def judged(self, people: People, rows: Counts, counted: PeopleCounts, sealer: Sealer) -> dict[str, Any] | None:
        """Draft them; what the manifest says of the asset.

        Raises:
            UnfitData, NoUsableList: other counts than were pinned. NotPermitted: the release would tell who opted out.
        """
        if self._told is not None:
            refuse_other_counts(self._told, rows, counted)
        if self._pin and self._publication:
            self._publication.draft_whole(self._pin, written(pinned(self._form, rows, counted)))
        if not self._request.asset or not self._publication:
            return None
        told, release = self._request.asset.judged(self._request.now, people.kept, people.removed, people.held)
        self._publication.draft_whole(self._request.asset.target, written(sealer.seal(release)), private=True)
        return told

    def publish(self) -> None:
        """Give them their names. A record without its release only makes later comparisons stricter."""
        if self._publication:
            self._publication.publish()
