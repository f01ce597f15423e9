"""An extract is released for a flow, or for none. A column without a default is added without building the table anew,
so that its triggers stay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_append_only")]

    operations = [
        migrations.AddField("upholdingjob", "flow", models.CharField(max_length=60, null=True)),
        migrations.AddField("evidence", "flow", models.CharField(max_length=60, null=True, db_index=True)),
    ]
