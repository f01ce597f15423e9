"""Evidence can be added, and not changed."""

from django.db import migrations

from ndoo.service.audit.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("audit", "0002_append_only")]

    operations = [forbid_changes("jobs_evidence")]
