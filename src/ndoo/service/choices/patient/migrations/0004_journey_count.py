"""How many people get how far with choosing, by month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journey", "0003_use_and_outcome")]

    operations = [
        migrations.CreateModel(
            name="JourneyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("what", models.CharField(max_length=30)),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ("-month", "what"),
                "constraints": (
                    models.UniqueConstraint(fields=("month", "what"), name="one_count_of_each_in_a_month"),
                ),
            },
        ),
    ]
