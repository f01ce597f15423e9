"""The engines of databases: a table in any of them, and all tables of a PostgreSQL schema together."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.database_address import InDatabase
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.request import Location, TableRequest
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion
from ndoo.upholding.what_works_where import SourceKind


class TableEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.TABLE
    source = SourceKind.TABLE

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, InDatabase) and not location.whole_schema

    def people(
        self, source: InDatabase, choice: ColumnChoice, reading: Reading, progress: Progress
    ) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.people import people_in_table

        return people_in_table(source, choice)

    def inspect(
        self, place: InDatabase, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.verify import inspect_table

        return inspect_table(place, manifest, question, progress)

    def open(self, request: TableRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.open_table import open_table

        return open_table(request)


class SchemaEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.SCHEMA
    source = SourceKind.SCHEMA

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, InDatabase) and location.whole_schema

    def people(
        self, source: InDatabase, choice: ColumnChoice, reading: Reading, progress: Progress
    ) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.people import people_in_schema

        return people_in_schema(source, choice)

    def inspect(
        self, place: InDatabase, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.schema_verify import inspect_schema

        return inspect_schema(place, manifest, question, progress)

    def open(self, request: TableRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.databases.open_schema import open_schema

        return open_schema(request)


TABLES: Engine[InDatabase] = TableEngine()
SCHEMAS: Engine[InDatabase] = SchemaEngine()
