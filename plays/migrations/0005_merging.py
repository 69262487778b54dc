"""A decision stays with its account, unless the account becomes part of another one."""

from django.db import migrations

FORWARD = """
DROP TRIGGER plays_only_added ON plays_decision;
CREATE TRIGGER plays_only_added BEFORE UPDATE OF candidates, summary, occasion, made_at ON plays_decision
  FOR EACH ROW EXECUTE FUNCTION plays_only_added();
CREATE TRIGGER plays_stays_with_its_account BEFORE UPDATE OF account_id ON plays_decision
  FOR EACH ROW WHEN (current_setting(\x27abmops.merging\x27, true) IS DISTINCT FROM \x27on\x27)
  EXECUTE FUNCTION plays_only_added();
"""
BACKWARD = """
DROP TRIGGER plays_stays_with_its_account ON plays_decision;
DROP TRIGGER plays_only_added ON plays_decision;
CREATE TRIGGER plays_only_added BEFORE UPDATE OF candidates, summary, occasion, made_at, account_id
  ON plays_decision FOR EACH ROW EXECUTE FUNCTION plays_only_added();
"""


class Migration(migrations.Migration):
    dependencies = [("plays", "0004_erasing")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
