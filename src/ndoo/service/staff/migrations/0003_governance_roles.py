"""Makes the groups that are the roles of those who sign reviews."""

from typing import Any

from django.db import migrations

ROLES = ("asset_owner", "caldicott_guardian")


def make(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("auth", "Group")
    for role in ROLES:
        group.objects.get_or_create(name=role)


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_roles")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
