"""The statements that were published, each one kept for ever, and the one that could be published now.

Where several organisations share the register, each may publish its own: its document names it (`member`), and it is compared
with its own earlier ones alone. Without a member it is the register's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify

from ndoo.assets.gaps import JoinedRecords, join
from ndoo.assets.statement import Statement, make, minute
from ndoo.assets.statement_layout import differences
from ndoo.domain.london import london_date
from ndoo.service.asset_register.models import Published
from ndoo.service.asset_register.overview import Picture
from ndoo.service.asset_register.uses import Group, grouped

MEMBER = "member"
"""The key by which a document names whose statement it is, where several organisations share the register."""

_last: tuple[JoinedRecords | None, Statement | None] = (None, None)
"""The last draft, and what it was made from: what of it still holds is not worked out again."""


def draft(seen: Picture) -> Statement:
    """The statement as it could be published now, with its gaps."""
    global _last
    known, before = _last
    if before is None or known is not seen.known:
        before = make(seen.known, seen.joined, seen.pack, seen.now, before)
        _last = seen.known, before
    return replace(before, document={**before.document, "made": minute(seen.now)})


def draft_of(seen: Picture, member: str) -> Statement:
    """The same for one of the organisations that share the register.

    Raises:
        UnfitData: none of this name shares it.
    """
    known = seen.known.of(member)
    made = make(known, join(known, london_date(seen.now)), seen.pack, seen.now)
    return replace(made, document={**made.document, MEMBER: member})


def newest(member: str = "") -> Published | None:
    """The statement that is public now: that of a member, or the register's own."""
    return _of(member).order_by("-number").first()


def newest_one(member: str = "") -> Published | None:
    """The same, and what it says only when it is asked for."""
    return _of(member).defer("document").order_by("-number").first()


def members() -> dict[str, str]:
    """The organisations sharing the register that published a statement of their own: by what stands in the address, the name."""
    names = Published.objects.filter(**{f"document__{MEMBER}__isnull": False}).values_list(
        f"document__{MEMBER}", flat=True
    )
    told: dict[str, str] = {}
    for name in sorted(set(names)):
        slug = slugify(name) or "organisation"
        told[slug if slug not in told else f"{slug}-{len(told)}"] = name
    return told


def member_of(row: Published) -> str:
    """Whose statement it is; empty for the register's own."""
    return str(document(row).get(MEMBER, ""))


def whose() -> dict[int, str]:
    """By each version's number: whose statement it is, without reading what it says."""
    rows = Published.objects.values_list("number", f"document__{MEMBER}")
    return {number: str(name or "") for number, name in rows}


def _of(member: str) -> QuerySet[Published]:
    if member:
        return Published.objects.filter(**{f"document__{MEMBER}": member})
    return Published.objects.filter(**{f"document__{MEMBER}__isnull": True})


def versions() -> list[Published]:
    """Every version, the newest first; what each says only when it is asked for."""
    return list(Published.objects.defer("document").order_by("-number"))


@lru_cache(maxsize=4)
def _document(pk: int, at: datetime) -> Mapping[str, Any]:
    told: Mapping[str, Any] = Published.objects.values_list("document", flat=True).get(pk=pk)
    return told


def document(row: Published) -> Mapping[str, Any]:
    """What a published statement says. Thousands of uses take a moment to read, and never change."""
    return _document(row.pk, row.at)


@lru_cache(maxsize=8)
def _differences(old: tuple[int, datetime], new: tuple[int, datetime]) -> tuple[str, ...]:
    return tuple(differences(_document(*old), _document(*new)))


@lru_cache(maxsize=4)
def _groups(pk: int, at: datetime) -> tuple[Group, ...]:
    return grouped(_document(pk, at)["uses"])


def groups(row: Published) -> tuple[Group, ...]:
    """The uses of a published statement by their purposes."""
    return _groups(row.pk, row.at)


def compared(old: Published, new: Published) -> tuple[str, ...]:
    """What changed from one published statement to another, a sentence each."""
    return _differences((old.pk, old.at), (new.pk, new.at))
