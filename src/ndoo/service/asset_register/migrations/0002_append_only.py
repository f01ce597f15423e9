"""Versions, decisions, signatures, scans, manifests and statements can be added, and not changed."""

from django.db import migrations

from ndoo.service.audit.append_only import forbid_changes

TABLES = ("version", "decided", "signed", "scanned", "manifest", "published")


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial"), ("audit", "0002_append_only")]

    operations = [forbid_changes(f"governance_{table}") for table in TABLES]
