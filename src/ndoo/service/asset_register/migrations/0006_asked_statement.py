"""Statements that wait for a second person before they are published."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_statement_note")]

    operations = [
        migrations.CreateModel(
            name="AskedStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("member", models.CharField(blank=True, max_length=200)),
                ("document", models.JSONField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=150)),
                ("because", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
                ("outcome", models.CharField(blank=True, max_length=10)),
            ],
            options={
                "ordering": ("asked_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("member",),
                        name="one_publication_waits_for_each",
                    )
                ],
            },
        ),
    ]
