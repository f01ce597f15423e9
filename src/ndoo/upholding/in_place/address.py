"""Which database is meant? An address without a password: credentials come from the environment, and are never shown."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody

_IN_ENVIRONMENT = "env:"
_KINDS = {"duckdb": "duckdb", "sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
_OTHERS = {"mssql", "sqlserver", "oracle", "mysql", "mariadb", "snowflake", "bigquery", "databricks"}
_STORES = {"s3", "s3a", "s3n", "abfs", "abfss", "wasb", "wasbs", "adl", "gs", "gcs", "hdfs", "viewfs", "dbfs"}
_SECRETS = {"password", "passfile", "sslpassword", "sslkey", "user"}
LONGEST_NAME = 55
"""Characters of a table's name: PostgreSQL cuts names at 63 bytes without a word, and `_manifest` is added to it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database. `shown` is what may be said of it; `_whole` may hold credentials and does not print."""

    kind: str
    shown: str
    path: Path | None = None
    """The file of DuckDB and SQLite."""
    whole: str | None = None

    def __repr__(self) -> str:
        return f"Address({self.shown})"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table, in a schema where one was named."""

    schema: str | None
    name: str

    @property
    def quoted(self) -> str:
        """As SQL writes it, in DuckDB, SQLite and PostgreSQL alike."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in (self.schema, self.name) if part)

    def beside(self, name: str) -> TableName:
        """Another table of the same schema."""
        return TableName(self.schema, name)

    def __str__(self) -> str:
        return ".".join(part for part in (self.schema, self.name) if part)


def is_address(text: str) -> bool:
    """Is this the address of a database, and no path? `env:NAME` is one.

    Raises:
        UsageFault: it is the address of files in a store, which only Spark reaches.
    """
    found = re.match(r"([a-z][a-z0-9+]*)://", text)
    if found and found[1] in _STORES:
        raise UsageFault(
            "store-not-reached",
            "This command reaches files on this machine's own or mounted disks, and none in a store (s3, abfss, gs, hdfs). Spark does: "
            "start it with what the store needs (spark-submit --packages org.apache.hadoop:hadoop-aws:VERSION for s3a), read the frame "
            "there, and uphold it with ndoo.notebook.uphold_frame: see docs/spark.md.",
        )
    return text.startswith(_IN_ENVIRONMENT) or found is not None


def taken_apart(text: str) -> tuple[str, str | None]:
    """The address, and the table or schema that stands behind its `#`, as manifests write it."""
    address, mark, name = text.partition("#")
    return address, name if mark else None


def address_of(text: str) -> Address:
    """What the caller typed, taken apart.

    Raises:
        UsageFault: a password that everybody can see, another kind of database, or none that can be meant.
    """
    typed = not text.startswith(_IN_ENVIRONMENT)
    if not typed:
        text = os.environ.get(text.removeprefix(_IN_ENVIRONMENT), "")
    try:
        parts = urlsplit(text)
        secret, host, port = parts.password, parts.hostname, parts.port
    except ValueError:
        raise _unreadable() from None
    scheme = parts.scheme.partition("+")[0]
    if scheme in _OTHERS:
        raise UsageFault(
            "address-kind",
            "This kind of database cannot be reached from here; only PostgreSQL, DuckDB and SQLite can. `ndoo sql` prints the "
            "SQL of the rows that stay, or a row filter, for SQL Server and Spark, to be read and run there.",
        )
    if scheme not in _KINDS:
        raise _unreadable()
    query = parse_qsl(parts.query)
    if typed and (secret or any(key in ("password", "sslpassword") for key, _ in query)):
        raise UsageFault(
            "address-password",
            "A password in an address can be seen by everybody on this machine. Leave it to PGPASSWORD or ~/.pgpass, or "
            "put the whole address into an environment variable and say env:ITS_NAME.",
        )
    if names_somebody(text):
        raise UsageFault("name-identifies", "The address holds what is a valid NHS number. Rename what it names: names travel.")  # fmt: skip
    kind = _KINDS[scheme]
    if kind == "postgresql":
        shown = f"postgresql://{host or ''}{f':{port}' if port else ''}{parts.path}"
        told = urlencode([(key, value) for key, value in query if key not in _SECRETS])
        return Address(kind, shown + (f"?{told}" if told else ""), whole=text)
    path = Path(unquote(parts.path).removeprefix("/"))
    if host or not path.name:
        raise _unreadable()
    return Address(kind, f"{kind}:///{path.name}", path=path)


def table_named(text: str) -> TableName:
    """`table` or `schema.table`.

    Raises:
        UsageFault: it cannot be the name of a table, or names somebody.
    """
    schema, _, name = text.rpartition(".")
    if not name or "\0" in text or len(name.encode()) > LONGEST_NAME:
        raise UsageFault("table-name", f"A table's name has from 1 to {LONGEST_NAME} bytes.")
    if names_somebody(text):
        raise UsageFault("name-identifies", "A table's name holds what is a valid NHS number. Rename it: names travel with the data.")  # fmt: skip
    return TableName(schema or None, name)


def _unreadable() -> UsageFault:
    return UsageFault(
        "address-unreadable",
        "This is no address of a database: say postgresql://HOST/DATABASE, duckdb:///FILE, sqlite:///FILE, or env:NAME for "
        "one that stands in the environment.",
    )
