"""The properties that a descriptor may have: those of the Data Package standard, versions 1 and 2; any other is refused, by its name.

What nobody knows may change which rows a table has, or be a misspelt key: passed over, it would let a table be released whole.
Properties that only describe (a title, a licence) may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.upholding.column_names import nearest

PROPOSED = "ndoo:proposed"
"""In a descriptor that `--describe` wrote: what the keys were found by, and who confirmed them."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DESCRIBES = _names("name id title description homepage version created contributors keywords image licenses sources")
PACKAGE = _DESCRIBES | {"$schema", "profile", "resources", PROPOSED}
RESOURCE = _DESCRIBES | _names(
    "$schema profile path type format mediatype encoding compression bytes hash dialect schema"
)
SCHEMA = _DESCRIBES | _names("$schema fields fieldsMatch primaryKey uniqueKeys foreignKeys missingValues")
FIELD = _names(
    "name title description example type format constraints rdfType missingValues categories categoriesOrdered bareNumber "
    "decimalChar groupChar trueValues falseValues delimiter itemType"
)
CONSTRAINTS = _names(
    "required unique pattern enum minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum jsonSchema"
)
FOREIGN_KEY = frozenset(("fields", "reference"))
REFERENCE = frozenset(("resource", "fields"))
DIALECT = _names(
    "$schema name title description csvddfVersion caseSensitiveHeader header headerRows headerJoin commentRows commentChar "
    "delimiter lineTerminator quoteChar doubleQuote escapeChar nullSequence skipInitialSpace property itemType itemKeys "
    "sheetNumber sheetName table"
)
_PROFILES = re.compile(
    r"(tabular-)?data-(package|resource)|default|"
    r"https?://(specs\.frictionlessdata\.io/schemas/(tabular-)?(data-package|data-resource|table-schema|csv-dialect)\.json|"
    r"(www\.)?datapackage\.org/profiles/[12]\.0/(datapackage|dataresource|tableschema|tabledialect)\.json)"
)


def unfit(because: str) -> UnfitData:
    return UnfitData("descriptor-unfit", f"The descriptor datapackage.json cannot be followed: {because}.")


def known(value: Any, properties: Collection[str], where: str) -> Mapping[str, Any]:
    """`value` as an object, all of whose properties ndoo knows.

    Args:
        where: which object it is, for the message.

    Raises:
        UnfitData: it is no object, has a property that is not one of `properties`, or follows a profile that is not the standard's.
    """
    if not isinstance(value, Mapping):
        raise unfit(f"{where} is no object")
    for name in value:
        if name not in properties:
            raise UnfitData(
                "descriptor-property",
                f"The descriptor datapackage.json cannot be followed: {where} has the property {name[:60]!r}, which ndoo does not know."
                f"{_meant(name, properties)} Put it right or take it out: what is passed over could be a key.",
            )
    for name in ("$schema", "profile"):
        if name in value and not _PROFILES.fullmatch(str(value[name])):
            raise unfit(f"{where} follows a profile other than those of the Data Package standard, versions 1 and 2")
    return value


def _meant(name: str, properties: Collection[str]) -> str:
    plain = name.replace("_", "").replace("-", "").casefold()
    spelt = next((known for known in properties if known.casefold() == plain), None)
    return f" Did you mean {spelt!r}?" if spelt else nearest(name, sorted(properties))
