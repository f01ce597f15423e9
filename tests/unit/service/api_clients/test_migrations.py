"""The way back to an earlier version is open, whatever came in since."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ndoo.service.api_clients.models import Caller

AT = "https://keys.example.nhs.uk/jwks"


def bring_to(migration: str) -> None:
    MigrationExecutor(connection).migrate([("callers", migration)])


@pytest.mark.django_db(transaction=True)
def test_an_address_of_keys_that_passed_on_does_not_bar_the_way_back() -> None:
    """The address of a system that was shut out may be another's, which the version before refused."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("callers")
    now = timezone.now()
    said = {"organisation": "Example Trust", "ods": "RX9", "asset": "Asset", "population": 9, "added_at": now}
    for name, uri, revoked in (
        ("first", AT, now),
        ("second", AT, now),
        ("third", AT, None),
        ("fourth", f"{AT}/4", None),
    ):
        Caller.objects.create(name=name, jwks_uri=uri, revoked_at=revoked, **said)
    try:
        bring_to("0002_jwks_uri")
        assert dict(Caller.objects.values_list("name", "jwks_uri")) == {
            "first": "",
            "second": "",
            "third": AT,
            "fourth": f"{AT}/4",
        }
        with pytest.raises(IntegrityError), transaction.atomic():
            Caller.objects.create(name="fifth", jwks_uri=AT, revoked_at=now, **said)
    finally:
        MigrationExecutor(connection).migrate(latest)
    Caller.objects.create(name="fifth", jwks_uri=AT, revoked_at=now, **said)
