"""Since when the published statement said more than could be shown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_calendar_feed")]

    operations = [
        migrations.CreateModel(
            name="StatementNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("member", models.CharField(blank=True, max_length=200)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("opened_at",),
            },
        ),
    ]
