"""What a choice was applied for, and what came of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journey", "0002_append_only")]

    operations = [
        migrations.AddField("applied", "use", models.CharField(max_length=200, null=True)),
        migrations.AddField(
            "applied",
            "outcome",
            models.CharField(
                choices=[
                    ("left_out", "Left Out"),
                    ("may_be_used", "May Be Used"),
                    ("not_on_list", "Not On List"),
                    ("on_list", "On List"),
                    ("told", "Told"),
                ],
                max_length=20,
                null=True,
            ),
        ),
    ]
