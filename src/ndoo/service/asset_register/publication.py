"""Publishes the statement, by two people: one asks, after reading it as the public will; another says that it goes out.

Nothing is public, and nobody is sent anything, before the second has said so, and what goes out is what was asked for: where the register
has changed since, somebody asks again. Nothing else makes a published statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ndoo.assets.statement import Statement
from ndoo.assets.statement_layout import differences
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.plurals import counted
from ndoo.service.asset_register.entered import leaf
from ndoo.service.asset_register.models import AskedStatement, Published, StatementNote
from ndoo.service.asset_register.overview import Picture
from ndoo.service.asset_register.published_statements import document, draft, draft_of, newest
from ndoo.service.asset_register.record_versions import Auditor
from ndoo.service.audit.entries import write
from ndoo.service.news import publish_update as updates

_FIRST_TITLE = "How we use health information"
_FIRST = "We have published a page that says what we use confidential patient information for, and how we follow people’s choices."
_TITLE = "How we use health information has changed"
_SAID = "We have changed the page that says what we use confidential patient information for. This is what changed:"


def waiting(member: str = "") -> AskedStatement | None:
    """What was asked for and nobody has decided on."""
    return AskedStatement.objects.filter(member=member, ended_at=None).first()


def changes(made: Statement, member: str = "") -> list[str]:
    """What the public would read otherwise than today, a sentence each; empty where nothing was published before."""
    before = newest(member)
    return differences(document(before), made.document) if before else []


def is_same(asked: AskedStatement, made: Statement) -> bool:
    """Would what was asked for still be said today, word for word but for the time at which it is made?

    Compared is all that the public would read, in its order, and not only what `differences` takes for news.
    """
    return not made.gaps and _untimed(asked.document) == _untimed(made.document)


def ask(seen: Picture, entry: Auditor, because: str, member: str = "") -> AskedStatement:
    """Ask a second person to publish the statement as of now. It takes the place of what was asked for before.

    Args:
        because: why, or what was looked at, for the second person and the audit.
        member: whose statement, where several organisations share the register; empty for the register's own.

    Raises:
        NotPermitted: there are gaps.
        UnfitData: it says nothing new, or no such organisation shares the register.
    """
    made = _publishable(seen, member)
    audit = entry("statement.publication_asked", reason=because, claim=made.document["claim"], member=member)
    with transaction.atomic():
        AskedStatement.objects.filter(member=member, ended_at=None).update(
            ended_at=seen.now, outcome=AskedStatement.REPLACED
        )
        row = AskedStatement.objects.create(
            member=member, document=dict(made.document), asked_at=seen.now, asked_by=audit.actor, because=because
        )
        write(audit, seen.now)
    return row


def agree(seen: Picture, entry: Auditor, because: str, member: str = "") -> Published:
    """Publish what somebody else has asked for, and tell those who subscribed to updates what changed.

    Raises:
        NotPermitted: nobody else has asked for it, or not where this account is known, or there are gaps by now.
        UnfitData: it is not any more what was asked for, or it says nothing new.
    """
    asked, by = waiting(member), entry("statement.published").actor
    if asked is None or is_of(asked, by):
        raise NotPermitted(
            "publication-alone",
            "Two people must agree before a statement is published. Ask someone with another account to check it.",
        )
    if not is_known_beside(asked, by):
        raise NotPermitted(
            "publication-elsewhere",
            "A shell knows accounts, not people. What was asked for on the staff pages is agreed to there, and what was asked for in a shell by another account of the operating system.",
        )
    made, before = _publishable(seen, member), newest(member)
    if not is_same(asked, made):
        raise UnfitData(
            "publication-changed",
            "The statement has changed since it was asked for. Read it and ask again.",
        )
    with transaction.atomic():
        last = Published.objects.order_by("-number").values_list("number", flat=True).first()
        number = (last or 0) + 1
        audit = entry(
            "statement.published",
            reason=because,
            version=number,
            claim=made.document["claim"],
            asked_by=asked.asked_by,
        )
        _end(asked, AskedStatement.PUBLISHED, audit.actor, seen.now)
        row = Published.objects.create(number=number, document=dict(made.document), at=seen.now, actor=audit.actor)
        write(audit, seen.now, also=[leaf(row)])
        StatementNote.objects.filter(member=member, closed_at=None).update(closed_at=seen.now)
        about = f"statement {number}"
        said = [_SAID, *differences(before.document, made.document)] if before else [_FIRST]
        text = "\n\n".join([*([f"This is about {member}."] if member else []), *said])
        updates.publish(
            _TITLE if before else _FIRST_TITLE, text, seen.now, entry("update.published", about=about), about=about
        )
    return row


def refuse(entry: Auditor, because: str, now: datetime, member: str = "") -> None:
    """Publish nothing: the second person refuses, or whoever asked takes it back.

    Raises:
        UnfitData: nothing waits.
    """
    asked = waiting(member)
    if asked is None:
        raise _nothing_waits()
    audit = entry("statement.publication_refused", reason=because, asked_by=asked.asked_by, member=member)
    with transaction.atomic():
        _end(asked, AskedStatement.REFUSED, audit.actor, now)
        write(audit, now)


def is_of(asked: AskedStatement, actor: str) -> bool:
    """Is this account, on the pages or in a shell, the one that asked?"""
    return _name(asked.asked_by) == _name(actor)


def is_known_beside(asked: AskedStatement, actor: str) -> bool:
    """Is this account of the same kind as the one that asked: both of staff, or both of the operating system?

    Accounts of two kinds may be one person's under two names, and nothing here could tell.
    """
    return asked.asked_by.partition(":")[0] == actor.partition(":")[0]


def _untimed(document: Mapping[str, Any]) -> dict[str, Any]:
    """As the database gives it back, without its time."""
    told: dict[str, Any] = json.loads(json.dumps(dict(document)))
    return {name: value for name, value in told.items() if name != "made"}


def _name(actor: str) -> str:
    return actor.partition(":")[2].casefold()


def _publishable(seen: Picture, member: str) -> Statement:
    made = draft_of(seen, member) if member else draft(seen)
    if made.gaps:
        raise NotPermitted(
            "statement-gaps",
            f"The statement has {counted(len(made.gaps), 'gap')} and cannot be published: it would claim what the evidence does not show.",
        )
    before = newest(member)
    if before is not None and not differences(before.document, made.document):
        raise UnfitData("statement-same", "The statement says the same as the one that is published.")
    return made


def _end(asked: AskedStatement, outcome: str, by: str, now: datetime) -> None:
    left = AskedStatement.objects.filter(pk=asked.pk, ended_at=None)
    if not left.update(ended_at=now, ended_by=by, outcome=outcome):
        raise _nothing_waits()


def _nothing_waits() -> UnfitData:
    return UnfitData(
        "publication-none", "No statement is waiting to be published. Someone else may have decided already."
    )
