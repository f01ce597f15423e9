"""Which statements were published? Each one kept for ever; one with a gap is refused."""

from __future__ import annotations

from django.db import transaction

from ndoo.assets.statement import Statement, make
from ndoo.assets.statement_text import differences
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.service.audit.entries import write
from ndoo.service.governance.keeping import Auditor
from ndoo.service.governance.models import Published
from ndoo.service.governance.standing import Picture


def draft(seen: Picture) -> Statement:
    """The statement as it could be published now, with its gaps."""
    return make(seen.known, seen.joined, seen.pack, seen.now)


def publish(seen: Picture, entry: Auditor) -> Published:
    """Publish the statement as of now.

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
        write(audit, seen.now)
    return row


def newest() -> Published | None:
    """The statement that is public now."""
    return Published.objects.order_by("-number").first()


def versions() -> list[Published]:
    """Every version, the newest first."""
    return list(Published.objects.order_by("-number"))
