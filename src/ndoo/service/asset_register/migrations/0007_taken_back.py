"""A signature can be taken back by whoever gave it."""

from django.db import migrations, models

STEPS = ("owner", "caldicott_guardian", "taken_back")


class Migration(migrations.Migration):
    dependencies = [("governance", "0006_asked_statement")]

    operations = [
        migrations.AlterField(
            model_name="signed",
            name="step",
            field=models.CharField(choices=[(step, step) for step in STEPS], max_length=20),
        ),
    ]
