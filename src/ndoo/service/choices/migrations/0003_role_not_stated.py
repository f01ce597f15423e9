"""A proxy whose role the sender did not say."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("choices", "0002_append_only")]

    operations = [
        migrations.AlterField(
            model_name="choiceevent",
            name="proxy_role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("parent", "Parent"),
                    ("attorney", "Attorney"),
                    ("deputy", "Deputy"),
                    ("secure_setting", "Secure Setting"),
                    ("not_stated", "Not Stated"),
                ],
                max_length=20,
            ),
        ),
    ]
