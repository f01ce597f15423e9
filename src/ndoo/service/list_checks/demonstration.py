"""The collection for which the made-up audit clerk asks."""

from __future__ import annotations

from django.utils import timezone

from ndoo.service.api_clients import register_caller
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry

AUDIT = register_caller.Registration(
    "stroke-audit", "Northbridge Hospitals (made up)", "ZZ9", "Stroke audit (made up)", 200, (Scope.CASES,)
)


def load() -> None:
    """Register it, once."""
    if not Caller.objects.filter(name=AUDIT.name).exists():
        entry = Entry("system", "caller.added", details={"caller": AUDIT.name, "population": AUDIT.population})
        register_caller.add(AUDIT, [], entry, timezone.now())
