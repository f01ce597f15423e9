"""Upholds a Spark frame, by the SQL of `in_place`, with the list sent to every executor; no row comes to Python."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.release_record import Columns, Warned
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.column_names import DeclaredNames, refuse_alike, refuse_doubles, refuse_identifying_names
from ndoo.upholding.columns import ColumnChoice, Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.safeguards.plausibility import JudgedRequest, judge_request, judge_table
from ndoo.upholding.spark.cells import refuse_mentions
from ndoo.upholding.spark.faults import guarded
from ndoo.upholding.spark.trusted_sql import TrustedSQL
from ndoo.upholding.sql.column_evidence import FIRST_ROWS, look
from ndoo.upholding.sql.decide_rows import RowTally, SqlDecision
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.list_table import list_table, rule_of
from ndoo.upholding.sql.read_cells import TableColumn, quoted, refuse_types, script

_SHARE_LOOKED_AT = 0.015
"""Of the rows after the first ones: as many as `columnar` looks at."""
_MOST_SENT = 20_000_000
"""Numbers of a list that every executor gets whole (some 16 bytes each); a longer one is joined by shuffling."""
_KINDS = {
    "string": TypeKind.TEXT,
    "char": TypeKind.TEXT,
    "varchar": TypeKind.TEXT,
    "tinyint": TypeKind.WHOLE,
    "smallint": TypeKind.WHOLE,
    "int": TypeKind.WHOLE,
    "bigint": TypeKind.WHOLE,
    "float": TypeKind.FRACTIONS,
    "double": TypeKind.FRACTIONS,
    "decimal": TypeKind.FRACTIONS,
}


class FrameRequest(JudgedRequest, Protocol):
    """What a request says of the columns and of both opt-outs."""

    @property
    def opt_outs(self) -> OptOuts: ...
    @property
    def columns(self) -> ColumnChoice: ...


@dataclass(frozen=True, slots=True)
class UpheldFrame:
    """What a frame came to. `kept` and `held` are frames, filtered when they are used, from the same rows that were counted
    if the frame's source has not changed since."""

    kept: Any
    held: Any
    columns: Columns
    tally: RowTally
    warnings: tuple[Warned, ...]


def uphold_frame(frame: Any, request: FrameRequest) -> UpheldFrame:
    """Count and judge, and give back the frames of those who stay and of the held rows, with the frame's own columns.

    Raises:
        UsageFault: the columns cannot be meant; or another cell of a row that stays names somebody withheld.
        UnfitData: the frame is ambiguous, or has undecidable rows and these must stop the run.
        NoUsableList: the share removed says that this is the wrong list.
        Fault: Spark failed.
    """
    judge_request(request)
    columns = columns_of(frame)
    with guarded():
        trusted = TrustedSQL(frame.sparkSession)
        chosen = _chosen(trusted, frame, columns, request)
        deciding, views, names = _deciding(frame, columns, chosen, request)
        counts, kept, held = trusted.ask(
            [
                script(deciding.steps, final, "spark")
                for final in (deciding.tally(), deciding.rows(names, held=False), deciding.rows(names, held=True))
            ],
            views,
        )
        tally = deciding.counted(tuple(counts.first()))
    warnings: tuple[Warned, ...] = ()
    if request.somebody_may_go:
        warnings = judge_table(request, tally.rows, tally.people, tally.type1["people"]["removed_by_it_alone"])
        with guarded():
            refuse_mentions(trusted, kept, chosen, request.opt_outs)
    return UpheldFrame(kept, held, chosen, tally, warnings)


def _deciding(
    frame: Any, columns: Sequence[TableColumn], chosen: Columns, request: FrameRequest
) -> tuple[SqlDecision, dict[str, Any], list[str]]:
    """The SQL, the views that it asks, and the frame's own columns, quoted."""
    keys = [column for name in chosen.keys for column in columns if column.name == name]
    refuse_types(keys)
    rule = rule_of(request.opt_outs, keep_missing=request.undecided is Undecidable.KEEP_MISSING)
    rows, listed = _name(), _name()
    views = {rows: frame}
    if rule.sets:
        views[listed] = _sent(frame.sparkSession, list_table(request.opt_outs))
    return SqlDecision(rows, columns, keys, rule, listed), views, [quoted(column.name) for column in columns]


def columns_of(frame: Any) -> list[TableColumn]:
    """The frame's columns.

    Raises:
        UnfitData: two are named alike, or a name, or the metadata of one, names somebody; fields of structures too.
    """
    refuse_doubles([field.name for field in frame.schema.fields])
    _refuse_identifying(frame.schema)
    names = [field.name for field in frame.schema.fields]
    types = [field.dataType.simpleString() for field in frame.schema.fields]
    return [TableColumn(name, _kind_of(type_), type_) for name, type_ in zip(names, types, strict=True)]


def _kind_of(type_: str) -> TypeKind:
    """What a column of this type holds; a decimal without places behind the point is a whole number, of which every digit is there."""
    if type_.startswith("decimal(") and type_.endswith(",0)"):
        return TypeKind.WHOLE
    return _KINDS.get(type_.partition("(")[0].partition(" ")[0], TypeKind.OTHER)


def _refuse_identifying(kind: Any) -> None:
    """Look at the names and the metadata of fields, at any depth of a type."""
    fields = getattr(kind, "fields", ())
    refuse_alike([field.name for field in fields])
    refuse_identifying_names([field.name for field in fields])
    if any(names_somebody(json.dumps(field.metadata, ensure_ascii=False)) for field in fields):
        raise UnfitData(
            "metadata-identifies",
            "The metadata of a column hold what is a valid NHS number, and would be published with the rows. Leave them out.",
        )
    for inner in (
        *(field.dataType for field in fields),
        *(getattr(kind, name, None) for name in ("elementType", "keyType", "valueType")),
    ):
        if inner is not None:
            _refuse_identifying(inner)


@dataclass(frozen=True, slots=True)
class _Looking:
    """What `evidence.look` asks: SQL on views of one frame."""

    trusted: TrustedSQL
    views: Mapping[str, Any]
    dialect: str = "spark"
    width: int = 1

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        (answer,) = self.trusted.ask([sql], self.views)
        return [tuple(row) for row in answer.collect()]


def _chosen(trusted: TrustedSQL, frame: Any, columns: Sequence[TableColumn], request: FrameRequest) -> Columns:
    watch, name = Watch(DeclaredNames(column.name for column in columns)), _name()
    look(_Looking(trusted, {name: frame.limit(FIRST_ROWS)}), name, columns, watch, rows=None)
    by = choose if request.somebody_may_go else choose_if_any
    chosen = by(watch, request.columns)
    if request.somebody_may_go:
        some = {name: frame.sample(_SHARE_LOOKED_AT, seed=1)}
        look(_Looking(trusted, some), name, columns, watch, rows=None, known=(*chosen.keys, *chosen.ignored))
        refuse_unclassified(watch, chosen)
    return chosen


def _sent(spark: Any, table: Any) -> Any:
    listed = spark.createDataFrame(table)
    return listed.hint("broadcast") if table.num_rows <= _MOST_SENT else listed


def _name() -> str:
    return f"ndoo_{secrets.token_hex(8)}"
