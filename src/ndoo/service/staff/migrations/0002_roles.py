"""Makes the groups that are the roles."""

from typing import Any

from django.db import migrations

ROLES = ("operator", "approver", "information_governance", "auditor", "administrator")


def make(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("auth", "Group")
    for role in ROLES:
        group.objects.get_or_create(name=role)


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
