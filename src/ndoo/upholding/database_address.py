"""The database that is meant: an address without a password: credentials come from the environment, and are never shown."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody

_IN_ENVIRONMENT = "env:"
_KINDS = {"duckdb": "duckdb", "sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
_OTHERS = {"mssql", "sqlserver", "oracle", "mysql", "mariadb", "snowflake", "bigquery", "databricks"}
_STORES = {"s3", "s3a", "s3n", "abfs", "abfss", "wasb", "wasbs", "adl", "gs", "gcs", "hdfs", "viewfs", "dbfs"}
_SECRETS = {"password", "passfile", "sslpassword", "sslkey", "user"}
LONGEST_NAME = 63
"""Bytes of a name: PostgreSQL cuts longer ones without a word."""
_NAME = re.compile(r'(?:"((?:[^"]|"")+)"|([^".][^.]*))(\.(?!$)|$)')
"""One part of a table's name, as it is typed: in double quotes where it has a dot in it, or begins with one of these."""
_NOT_SEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


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
    at: tuple[str, ...] = ()
    """Where it stands, in full, once the database was asked (`Database.resolved`); SQL says that, and messages what was typed."""

    @property
    def quoted(self) -> str:
        """As SQL writes it, in DuckDB, SQLite and PostgreSQL alike."""
        return ".".join(_quoted(part) for part in (*(self.at or (self.schema,)), self.name) if part)

    def beside(self, name: str) -> TableName:
        """Another table of the same schema."""
        return replace(self, name=name)

    def __str__(self) -> str:
        """As it is typed."""
        return ".".join(
            _quoted(part) if "." in part or part.startswith('"') else part for part in (self.schema, self.name) if part
        )


@dataclass(frozen=True, slots=True)
class InDatabase:
    """A table in a database; or a whole schema, and then `name.name` is its name."""

    address: Address
    name: TableName
    whole_schema: bool = False

    def __str__(self) -> str:
        return f"{self.address.shown}#{self.name}"


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
            "there, and uphold it with ndoo.notebook.uphold_frame: see docs/how-to/uphold-with-spark.md.",
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
        raise UsageFault(
            "name-identifies", "The address holds what is a valid NHS number. Rename what it names: names travel."
        )
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
    """`table` or `schema.table`; a name with a dot in it stands in double quotes, as SQL has it: `clinic."visits.2026"`.

    Raises:
        UsageFault: it cannot be the name of a table, or names somebody.
    """
    parts, at = list[str](), 0
    while found := _NAME.match(text, at):
        parts.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end()
        if not found[3]:
            break
    if at != len(text) or len(parts) not in (1, 2) or any(len(_bytes(part)) > LONGEST_NAME for part in parts):
        raise UsageFault(
            "table-name",
            f"A table's name has from 1 to {LONGEST_NAME} bytes, and one dot at most, behind its schema. Put a name with a dot in it "
            'into double quotes: clinic."visits.2026".',
        )
    refuse_unseen_signs(text)
    if names_somebody(text):
        raise UsageFault(
            "name-identifies", "A table's name holds what is a valid NHS number. Rename it: names travel with the data."
        )
    return TableName(parts[0] if len(parts) == 2 else None, parts[-1])


def refuse_unseen_signs(name: str) -> None:
    """Raises UsageFault where a name holds a sign that nobody sees, such as a line feed: what is printed would read as something else."""
    if any(unicodedata.category(sign) in _NOT_SEEN for sign in name):
        raise UsageFault(
            "name-unseen-signs",
            "A name of a table or a column holds a line feed, or another character that is not seen. Rename it: SQL that is printed with it "
            "would not be what it looks like.",
        )


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def _unreadable() -> UsageFault:
    return UsageFault(
        "address-unreadable",
        "This is not the address of a database: use postgresql://HOST/DATABASE, duckdb:///FILE, sqlite:///FILE, or env:NAME for "
        "one that is in the environment.",
    )
