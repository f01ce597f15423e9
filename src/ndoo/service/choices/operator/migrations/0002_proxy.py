"""Who signed a form for another person, and the reference of the choice that a form became."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_initial")]

    operations = [
        migrations.AddField("postedform", "proxy_name", models.CharField(blank=True, default="", max_length=100)),
        migrations.AddField("postedform", "proxy_relation", models.CharField(blank=True, default="", max_length=60)),
        migrations.AddField("postedform", "proxy_contact", models.CharField(blank=True, default="", max_length=254)),
        migrations.AddField("postedform", "choice_reference", models.CharField(blank=True, default="", max_length=14)),
    ]
