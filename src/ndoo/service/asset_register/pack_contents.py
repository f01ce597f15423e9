"""What of the database goes into an evidence pack."""

from __future__ import annotations

from typing import Any

from ndoo.service.asset_register.models import Manifest, Published, Signed


def reviews() -> list[dict[str, Any]]:
    """Every signature, oldest first."""
    return [
        {
            "kind": row.kind,
            "id": row.ident,
            "version": row.version.number,
            "step": row.step,
            "by": row.name,
            "account": row.by,
            "at": row.at.isoformat(timespec="seconds"),
            "comment": row.comment,
        }
        for row in Signed.objects.select_related("version").order_by("pk")
    ]


def published() -> list[dict[str, Any]]:
    """Every statement that was published, oldest first."""
    return [
        {"number": row.number, "at": row.at.isoformat(timespec="seconds"), "by": row.actor, "statement": row.document}
        for row in Published.objects.order_by("number")
    ]


def manifests() -> dict[str, dict[str, Any]]:
    """Every manifest that was taken in, by its digest."""
    return {row.digest: row.document for row in Manifest.objects.order_by("pk")}
