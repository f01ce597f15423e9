"""Makes the group that is the role of those who ask about one person at a time."""

from typing import Any

from django.db import migrations


def make(apps: Any, schema_editor: Any) -> None:
    apps.get_model("auth", "Group").objects.get_or_create(name="audit_clerk")


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_provider_account")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
