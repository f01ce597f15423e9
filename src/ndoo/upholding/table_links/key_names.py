"""What the name of a column says: the key of which table, of anything at all, of a person."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^a-z0-9]")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_GENERIC = frozenset(
    (
        "id",
        "ids",
        "key",
        "pk",
        "code",
        "no",
        "nr",
        "num",
        "number",
        "row",
        "rowid",
        "rowno",
        "index",
        "idx",
        "ref",
        "reference",
        "uid",
        "uuid",
        "guid",
        "seq",
        "sequence",
        "type",
        "name",
        "value",
        "date",
        "label",
        "title",
        "description",
        "text",
        "note",
        "notes",
        "comment",
        "comments",
        "status",
        "version",
    )
)
_KEYS = frozenset(
    (
        "id",
        "ids",
        "identifier",
        "key",
        "no",
        "nr",
        "num",
        "number",
        "ref",
        "reference",
        "uid",
        "uuid",
        "guid",
        "pid",
        "fk",
        "pk",
        "link",
        "pseudo",
        "pseudonym",
        "token",
        "hash",
    )
)
_PEOPLE = frozenset(
    (
        "patient",
        "patients",
        "person",
        "persons",
        "people",
        "subject",
        "participant",
        "client",
        "member",
        "user",
        "resident",
        "child",
        "baby",
        "infant",
        "newborn",
        "fetus",
        "foetus",
        "mother",
        "mum",
        "father",
        "dad",
        "parent",
        "parents",
        "guardian",
        "carer",
        "sibling",
        "brother",
        "sister",
        "twin",
        "partner",
        "spouse",
        "wife",
        "husband",
        "relative",
        "relation",
        "kin",
        "nok",
        "proband",
        "donor",
        "recipient",
        "contact",
        "case",
        "index",
        "next",
        "next_of_kin",
        "who",
        "whom",
        "whose",
        "owner",
        "self",
        "family",
        "household",
        "pid",
    )
)


def plain(name: str) -> str:
    """The letters and digits of a name, in lower case."""
    return _OTHER.sub("", name.lower())


def is_generic(name: str) -> bool:
    """Does this name say nothing of what it names, such as `id`?"""
    return plain(name) in _GENERIC


def is_alike(column: str, key: str, table: str) -> bool:
    """Does the name of a column say that it leads to this key of this table? By the key's own name, or by the table's and `id`."""
    mine, theirs = _words(column), _words(key)
    if not is_generic(key) and (plain(column) == plain(key) or (len(theirs) > 0 and mine[-len(theirs) :] == theirs)):
        return True
    return plain(column) in _of_table(table, plain(key))


def is_table(column: str, table: str) -> bool:
    """Does a column have the name of a table, such as `patient`?"""
    return plain(column) in (plain(table), plain(table).removesuffix("s"))


def is_of_own_table(column: str, table: str) -> bool:
    """Does the name of a column say that it is the key of its own table?"""
    return is_generic(column) or is_table(column, table) or plain(column) in _of_table(table, "id")


def is_key(column: str) -> bool:
    """Does the name of a column say that it is a key of something?"""
    words = _words(column)
    return bool(words) and (words[-1] in _KEYS or words[0] in ("id", "fk") or plain(column).endswith("id"))


def is_of_person(column: str) -> bool:
    """Does the name of a column say that it names a person?"""
    return not _PEOPLE.isdisjoint(_words(column)) or plain(column) in _PEOPLE


def _of_table(table: str, key: str) -> set[str]:
    name = plain(table)
    singular = name.removesuffix("s")
    return {one + end for one in (name, singular) for end in ("id", "no", "nr", "key", "number", key)}


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
