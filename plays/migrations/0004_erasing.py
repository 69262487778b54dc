"""History is only added to, but for a person's name when they are erased; a task can get another contact."""

from django.db import migrations, models

FORWARD = """
CREATE OR REPLACE FUNCTION plays_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('abmops.erasing', true) = 'on' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'Rows of % are only added.', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION plays_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % are only added.', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("plays", "0003_notices_by_subject")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(
            "taskevent",
            "kind",
            models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("done", "Done"),
                    ("skipped", "Skipped"),
                    ("snoozed", "Snoozed"),
                    ("handed_on", "Handed on"),
                    ("moved", "Moved"),
                    ("breached", "Late"),
                    ("cancelled", "Cancelled"),
                    ("reopened", "Taken up again"),
                    ("contact", "Another contact"),
                ],
                max_length=10,
            ),
        ),
    ]
