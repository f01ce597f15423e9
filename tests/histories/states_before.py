"""Every form that the register's tables have had, as `main` had them one after the other, and a register of such a form with something in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.support.numbers import some

STEPS: tuple[tuple[str, ...], ...] = (
    ("audit.0001_initial", "choices.0001_initial"),
    ("identity.0001_initial", "correspondence.0001_initial"),
    ("audit.0002_append_only", "choices.0002_append_only", "journey.0001_initial", "journey.0002_append_only"),
    ("desk.0001_initial", "staff.0001_initial", "staff.0002_roles"),
    ("ledger.0001_initial", "ledger.0002_append_only"),
    ("updates.0001_initial",),
    ("callers.0001_initial", "checks.0001_initial"),
    ("governance.0001_initial", "governance.0002_append_only", "staff.0003_governance_roles"),
    ("checks.0002_brake_and_consents",),
    ("jobs.0001_initial", "jobs.0002_append_only"),
    ("jobs.0003_flow",),
    ("governance.0003_leaves",),
    ("governance.0004_calendar_feed",),
    ("choices.0003_role_not_stated",),
    ("checks.0003_idempotency",),
    ("jobs.0004_task_names",),
    ("ledger.0003_keeper_beat",),
    ("choices.0004_reference", "desk.0002_proxy"),
    ("staff.0004_provider_account",),
    ("journey.0003_use_and_outcome",),
)
"""What each form had more than the one before. Today's is the last, whatever else it has."""

Rows = dict[str, list[dict[str, Any]]]
"""By table."""

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_WITH_LEAVES = {"governance", "jobs", "journey", "ledger", "audit", "choices"}
"""Rooms whose rows enter the ledger in the act that makes them: those of choices and of the audit are written here as it was done."""
_VALUES: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.BooleanField, False),
    (models.DateTimeField, NOW),
    (models.DateField, date(2026, 11, 22)),
    (models.IntegerField, 1),
    (models.FloatField, 1.0),
    (models.JSONField, {}),
    (models.BinaryField, b"x"),
    (models.CharField, "a"),
    (models.TextField, "a"),
)


def bring_to(form: int) -> Any:
    """Give the default database this form, as a version of that day did; the models of that form."""
    executor = MigrationExecutor(connection)
    if form == len(STEPS):
        return executor.migrate(executor.loader.graph.leaf_nodes()).apps
    last = dict(name.split(".") for step in STEPS[: form + 1] for name in step)
    return executor.migrate(list(last.items())).apps


def fill(apps: Any) -> None:
    """A choice with its audit entry, both in the ledger where there is one, and a row of whatever else can have one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditentry (at, actor, action, subject, reason, details, address) VALUES (%s, 'self', 'choice.set', %s, "
            "'', '{}', '')",
            [NOW, some(1)[0]],
        )
        cursor.execute(
            'INSERT INTO choices_choiceevent (nhs_number, sequence, choice, previous, recorded_at, channel, "by", proxy_role, evidence, '
            "actor, policy_version) VALUES (%s, 1, 'opt_out', '', %s, 'online', 'self', '', '', 'self', 'v')",
            [some(1)[0], NOW],
        )
    if "ledger_ledgerhead" in connection.introspection.table_names():
        from ndoo.service.ledger.append import append_all
        from ndoo.service.ledger.heads import seal
        from ndoo.service.ledger.sources import SOURCES

        with transaction.atomic():
            append_all(leaf for name in ("choice", "audit") for leaf in SOURCES[name].older())
        seal(NOW)
    for model in apps.get_models():
        if model._meta.app_label not in _WITH_LEAVES and model._meta.managed:
            try:
                with transaction.atomic():
                    model.objects.create(**_row(model))
            except (DatabaseError, LookupError):
                continue  # a rule of that table that one made-up row does not keep


def _row(model: Any) -> dict[str, Any]:
    return {
        field.name: _value(field)
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.BigAutoField)
    }


def _value(field: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        return field.related_model.objects.first()
    if field.has_default():
        return field.get_default()
    if field.choices:
        return field.choices[0][0]
    if field.name == "nhs_number":
        return some(1)[0]
    for kind, value in _VALUES:
        if isinstance(field, kind):
            return value
    raise LookupError(field.name)


def rows_held() -> Rows:
    """Every row of every table, but for what Django notes of its own."""
    held: Rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("django_", "sqlite_", "auth_permission")):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  a table of this database
                columns = [column[0] for column in cursor.description]
                held[table] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return held


def lost(before: Rows, after: Rows) -> list[str]:
    """Tables of which a row is gone or another; columns that a later form has no more do not count."""
    return [
        table
        for table, rows in before.items()
        for row in rows
        if not any(
            all(there.get(column, value) == value for column, value in row.items()) for there in after.get(table, [])
        )
    ]
