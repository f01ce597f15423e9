"""A list that is sent again under its key is one list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checks", "0002_brake_and_consents")]

    operations = [
        migrations.AddField("checkedlist", "key", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("checkedlist", "likeness", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddConstraint(
            "checkedlist",
            models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True), fields=("caller", "key"), name="one_list_for_a_key"
            ),
        ),
    ]
