"""Leaves and heads can be added, and not changed; openings can be erased."""

from django.db import migrations

from ndoo.service.audit.append_only import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [forbid_changes("ledger_ledgerleaf"), forbid_changes("ledger_ledgerhead")]
