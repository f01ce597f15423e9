"""The reference number of a choice."""

import django.db.models.deletion
from django.db import migrations, models

from ndoo.service.audit.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("choices", "0003_role_not_stated"), ("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="ChoiceReference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=14, unique=True)),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="choices.choiceevent"
                    ),
                ),
            ],
        ),
        forbid_changes("choices_choicereference"),
    ]
