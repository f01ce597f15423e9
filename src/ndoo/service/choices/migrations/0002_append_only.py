"""Choices can be added, each after that person's last, and not changed."""

from django.db import migrations

from ndoo.service.audit.append_only import forbid_changes, statements

TABLE = "choices_choiceevent"

# A person is ten digits. Each choice stands one place after the person's last, names it rightly, and is later: no gap
# and no invented past.
SQLITE = (
    "CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} WHEN "
    "NEW.nhs_number NOT GLOB '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' OR "
    "NEW.sequence IS NOT 1 + COALESCE((SELECT MAX(sequence) FROM {table} WHERE nhs_number = NEW.nhs_number), 0) OR "
    "NEW.previous IS NOT COALESCE((SELECT choice FROM {table} WHERE nhs_number = NEW.nhs_number "
    "ORDER BY sequence DESC LIMIT 1), '') OR "
    "NEW.recorded_at <= (SELECT recorded_at FROM {table} WHERE nhs_number = NEW.nhs_number "
    "ORDER BY sequence DESC LIMIT 1) "
    "BEGIN SELECT RAISE(ABORT, 'out of order'); END",
)
POSTGRESQL = (
    """CREATE FUNCTION {table}_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE latest {table}%ROWTYPE;
    BEGIN
      SELECT * INTO latest FROM {table} WHERE nhs_number = NEW.nhs_number ORDER BY sequence DESC LIMIT 1;
      IF NEW.nhs_number !~ '^[0-9]{10}$'
          OR NEW.sequence IS DISTINCT FROM 1 + COALESCE(latest.sequence, 0)
          OR NEW.previous IS DISTINCT FROM COALESCE(latest.choice, '')
          OR NEW.recorded_at <= latest.recorded_at THEN
        RAISE EXCEPTION 'out of order' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$""",
    "CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_in_order()",
)


class Migration(migrations.Migration):
    dependencies = [("choices", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        forbid_changes(TABLE),
        statements(
            {"sqlite": SQLITE, "postgresql": POSTGRESQL},
            {
                "sqlite": ("DROP TRIGGER {table}_in_order",),
                "postgresql": ("DROP FUNCTION {table}_in_order() CASCADE",),
            },
            TABLE,
        ),
    ]
