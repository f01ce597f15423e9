"""A register whose rows were in the ledger by their audit entries alone: each of them gets its leaf, once."""

from typing import Any

from django.db import migrations

from ndoo.service.asset_register.entered import TOLD, leaf
from ndoo.service.ledger.append import append_all


def enter(apps: Any, schema_editor: Any) -> None:
    if apps.get_model("ledger", "LedgerLeaf").objects.exists():  # else the ledger's first head enters them
        for name in TOLD:
            append_all(map(leaf, apps.get_model("governance", name).objects.order_by("pk")))


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_append_only"), ("ledger", "0002_append_only")]

    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
