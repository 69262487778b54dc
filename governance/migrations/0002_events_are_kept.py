"""What was said about an escalation, and how a component was rated, stays as it was."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION governance_keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Forgetting who said it (the person left) is the one change there is.
    IF (NEW.escalation_id, NEW.kind, NEW.text, NEW.at) IS DISTINCT FROM (OLD.escalation_id, OLD.kind,
    OLD.text, OLD.at) OR NEW.by_id IS NOT NULL AND NEW.by_id IS DISTINCT FROM OLD.by_id THEN
        RAISE EXCEPTION 'What was said about an escalation is never edited; add a comment.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER escalation_event_is_kept BEFORE UPDATE ON governance_escalationevent
    FOR EACH ROW EXECUTE FUNCTION governance_keep_event();
"""

BACKWARD = """
DROP TRIGGER escalation_event_is_kept ON governance_escalationevent;
DROP FUNCTION governance_keep_event();
"""


class Migration(migrations.Migration):
    """A trigger."""

    dependencies = [("governance", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
