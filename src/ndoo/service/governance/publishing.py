"""Which statements were published? Each one kept for ever; one with a gap is refused."""

from __future__ import annotations

from django.db import transaction

from ndoo.assets.statement import Statement, make
from ndoo.assets.statement_text import differences
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.service.audit.entries import write
from ndoo.service.governance.entered import leaf
from ndoo.service.governance.keeping import Auditor
from ndoo.service.governance.models import Published
from ndoo.service.governance.standing import Picture
from ndoo.service.updates import publishing as updates

_FIRST_TITLE = "How we use health information"
_FIRST = "We have published a page that says what we use confidential patient information for, and how we follow people’s choices."
_TITLE = "How we use health information has changed"
_SAID = "We have changed the page that says what we use confidential patient information for. This is what changed:"


def draft(seen: Picture) -> Statement:
    """The statement as it could be published now, with its gaps."""
    return make(seen.known, seen.joined, seen.pack, seen.now)


def publish(seen: Picture, entry: Auditor) -> Published:
    """Publish the statement as of now, and tell those who subscribed to updates what changed.

    Raises:
        NotPermitted: there are gaps.
        UnfitData: it says nothing new.
    """
    made = draft(seen)
    if made.gaps:
        raise NotPermitted(
            "statement-gaps",
            f"The statement has {len(made.gaps)} gaps and cannot be published: it would claim what the evidence does not show.",
        )
    before = newest()
    if before is not None and not differences(before.document, made.document):
        raise UnfitData("statement-same", "The statement says the same as the one that is published.")
    number = before.number + 1 if before else 1
    audit = entry("statement.published", version=number, claim=made.document["claim"])
    with transaction.atomic():
        row = Published.objects.create(number=number, document=dict(made.document), at=seen.now, actor=audit.actor)
        write(audit, seen.now, also=[leaf(row)])
        about = f"statement {number}"
        text = "\n\n".join([_SAID, *differences(before.document, made.document)] if before else [_FIRST])
        updates.publish(
            _TITLE if before else _FIRST_TITLE, text, seen.now, entry("update.published", about=about), about=about
        )
    return row


def newest() -> Published | None:
    """The statement that is public now."""
    return Published.objects.order_by("-number").first()


def versions() -> list[Published]:
    """Every version, the newest first."""
    return list(Published.objects.order_by("-number"))
