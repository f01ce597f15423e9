"""A digest of many rows is the same, whoever adds up the digests of each: DuckDB by itself, as before, or the kernel."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ndoo.upholding.database_address import TableName, address_of
from ndoo.upholding.databases.database import open_database
from ndoo.upholding.databases.sums import PARTS, added_up, whole

_BY_SQL = "SELECT COUNT(*), {pieces} FROM (SELECT sha256(CAST(json_array({cells}) AS VARCHAR)) AS h FROM {table})"
"""How DuckDB added the digests up by itself, which manifests of before still say."""


def _digests(count: int) -> list[str]:
    return [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)] + ["f" * 64, "0" * 64]


def test_pieces_are_added_up_as_python_does() -> None:
    digests = _digests(5_000)
    expected = [sum(int(one[at - 1 : at - 1 + length], 16) for one in digests) for at, length in PARTS]
    arrays = [
        pa.array(digests[:1]),
        pa.array(["x", *digests[1:4_000]])[1:],
        pa.array(digests[4_000:]),
        pa.array([], pa.string()),
    ]
    assert added_up(arrays) == [len(digests), *expected]
    assert added_up([]) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("wrong", ["g" + "0" * 63, "0" * 59 + "G0000", "0" * 30 + "/" + "0" * 33, "`" * 64, None])
def test_what_is_no_digest_is_not_added_up(wrong: str | None) -> None:
    with pytest.raises(ValueError, match="digest"):
        added_up([pa.array([*_digests(2), wrong])])


def test_digests_of_before_are_still_those_of_the_table(tmp_path: Path) -> None:
    path, names = tmp_path / "a.duckdb", ("number", "day", "cost", "many", "told")
    with duckdb.connect(str(path)) as database:
        database.execute(
            "CREATE TABLE visits AS SELECT i::VARCHAR || chr(233) AS number, TIMESTAMP '2020-01-01' + INTERVAL (i) HOUR AS day, "
            "CASE WHEN i % 3 > 0 THEN i / 7 END AS cost, [i, NULL] AS many, {'a': i, 'b': '\"'} AS told FROM range(40000) t(i)"
        )
        pieces = ", ".join(f"SUM(CAST('0x' || SUBSTRING(h, {at}, {length}) AS BIGINT))" for at, length in PARTS)
        by_sql = database.execute(_BY_SQL.format(pieces=pieces, cells=", ".join(names), table="visits")).fetchall()[0]
    with open_database(address_of(f"duckdb:///{path}"), read_only=True) as opened:
        table = opened.resolved(TableName(None, "visits"))
        assert opened.digest(table) == whole(opened.columns(table), by_sql)
        assert opened.digest(table) != whole(opened.columns(table), [*by_sql[:-1], by_sql[-1] + 1])
