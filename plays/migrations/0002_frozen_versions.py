"""An activated version never changes, and what is kept as history is only added to."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION plays_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.activated_at IS NOT NULL AND (NEW.trigger, NEW.audience, NEW.steps, NEW.exits, NEW.contract, NEW.priority,
      NEW.throttle, NEW.holdout, NEW.number, NEW.play_id, NEW.activated_at) IS DISTINCT FROM (OLD.trigger, OLD.audience,
      OLD.steps, OLD.exits, OLD.contract, OLD.priority, OLD.throttle, OLD.holdout, OLD.number, OLD.play_id,
      OLD.activated_at) THEN
    RAISE EXCEPTION 'An activated play version is never edited; make the next version.'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'active_play_version_is_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plays_keep_version BEFORE UPDATE ON plays_playversion
  FOR EACH ROW EXECUTE FUNCTION plays_keep_version();

CREATE FUNCTION plays_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % are only added.', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only';
END $$;
CREATE TRIGGER plays_only_added BEFORE UPDATE OF seq, move, from_state, to_state, cause, at, enrollment_id
  ON plays_enrollmentevent FOR EACH ROW EXECUTE FUNCTION plays_only_added();
CREATE TRIGGER plays_only_added BEFORE UPDATE OF candidates, summary, occasion, made_at, account_id
  ON plays_decision FOR EACH ROW EXECUTE FUNCTION plays_only_added();
"""

THAW = """
DROP TRIGGER plays_only_added ON plays_decision;
DROP TRIGGER plays_only_added ON plays_enrollmentevent;
DROP FUNCTION plays_only_added();
DROP TRIGGER plays_keep_version ON plays_playversion;
DROP FUNCTION plays_keep_version();
"""


class Migration(migrations.Migration):
    dependencies = [("plays", "0001_initial")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
