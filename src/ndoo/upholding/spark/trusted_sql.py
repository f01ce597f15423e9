"""Asks a Spark session, which is somebody else's: what its SQL says is what Spark means by it, or nothing is asked.

A function that was registered under the name of one of Spark's own is asked instead of it, and a setting may make a pattern of a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ndoo.domain.errors import UsageFault

_SETTINGS = ("spark.sql.parser.quotedRegexColumnNames", "spark.sql.parser.escapedStringLiterals")
"""Each changes what is meant by a name, or by a text."""
_OWN = "Class: org.apache.spark.sql.catalyst.expressions."
_TEXT_OR_NAME = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`]|``)*`")
_CALLED = re.compile(r"\b([a-z_]\w*) ?\(", re.IGNORECASE)
_WORDS = frozenset(
    ("and", "as", "cast", "else", "from", "in", "not", "on", "or", "over", "then", "try_cast", "when", "where")
)
"""Words of SQL, and no names of functions, that a bracket follows."""


class TrustedSQL:
    """All that is asked of one session about one frame.

    Raises:
        UsageFault: a setting, or a function, does not mean what it means in Spark.
    """

    def __init__(self, spark: Any) -> None:
        self.spark = spark
        self._known: set[str] = set()
        for name in _SETTINGS:
            if spark.conf.get(name, "false") != "false":
                raise UsageFault(
                    "session-setting",
                    f"The setting {name} of this Spark session changes what SQL means, so that other columns or texts would be looked at. "
                    "Set it to false.",
                )

    def ask(self, queries: Sequence[str], views: Mapping[str, Any]) -> list[Any]:
        """A frame for each query on these views. They are bound to the query itself, and not by a name that has to stay until it is run:
        a session of Spark Connect looks names up only then."""
        self._refuse_other_functions(queries)
        return [self.spark.sql(_with_places(query, views), **views) for query in queries]

    def select(self, frame: Any, columns: Sequence[str]) -> Any:
        """The frame with these columns, each in SQL."""
        self._refuse_other_functions(columns)
        return frame.selectExpr(*columns)

    def _refuse_other_functions(self, queries: Iterable[str]) -> None:
        for name in sorted(functions_in(queries) - self._known):
            if not any(row[0].startswith(_OWN) for row in self.spark.sql(f"DESCRIBE FUNCTION {name}").collect()):
                raise UsageFault(
                    "session-function",
                    f"The function {name!r} of this Spark session is not Spark's own: one was registered under its name, and would be asked "
                    "instead of it. Register it under another name, or uphold the frame in another session.",
                )
            self._known.add(name)


def functions_in(queries: Iterable[str]) -> set[str]:
    """The functions that these pieces of SQL call by their names."""
    plain = (_TEXT_OR_NAME.sub("", query) for query in queries)
    return {name.lower() for query in plain for name in _CALLED.findall(query)} - _WORDS


def _with_places(query: str, views: Mapping[str, Any]) -> str:
    """The query as Spark's formatter wants it, with places for the views."""
    plain = query.replace("{", "{{").replace("}", "}}")
    return re.sub(f"`?({'|'.join(views)})`?", r"{\1}", plain)
