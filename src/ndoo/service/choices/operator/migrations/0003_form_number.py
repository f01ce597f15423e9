"""The number by which a posted form is followed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_proxy")]
    operations = [
        migrations.AddField("postedform", "form_number", models.CharField(max_length=14, null=True, unique=True))
    ]
