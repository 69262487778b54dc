"""What was said about an escalation stays as it was, but for a person's name when they are erased."""

from django.db import migrations

BODY = """
CREATE OR REPLACE FUNCTION governance_keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {erasing}
    -- Forgetting who said it (the person left) is the one change there is.
    IF (NEW.escalation_id, NEW.kind, NEW.text, NEW.at) IS DISTINCT FROM (OLD.escalation_id, OLD.kind,
    OLD.text, OLD.at) OR NEW.by_id IS NOT NULL AND NEW.by_id IS DISTINCT FROM OLD.by_id THEN
        RAISE EXCEPTION 'What was said about an escalation is never edited; add a comment.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
FORWARD = BODY.format(erasing="IF current_setting('abmops.erasing', true) = 'on' THEN RETURN NEW; END IF;")
BACKWARD = BODY.format(erasing="")


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_events_are_kept")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
