"""The audit can be added to, and not changed."""

from django.db import migrations

from ndoo.service.audit.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [forbid_changes("audit_auditentry")]
