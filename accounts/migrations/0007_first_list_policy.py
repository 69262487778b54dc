"""The list's first rules: what the field's books say [J, I], until somebody writes their own on the policy page."""

from django.db import migrations

# Nobody's act: the change log begins with what people change.
FORWARD = """
ALTER TABLE accounts_tierpolicy DISABLE TRIGGER change_log_insert;
ALTER TABLE accounts_listpolicy DISABLE TRIGGER change_log_insert;
INSERT INTO accounts_tierpolicy (tier, least, most) SELECT first.* FROM (VALUES (1, 25, 50), (2, 100, 200), (3, 200, 500))
    first (tier, least, most) WHERE NOT EXISTS (SELECT FROM accounts_tierpolicy known WHERE known.tier = first.tier);
INSERT INTO accounts_listpolicy (id, quarantine_days, refresh_days, propose_up_score, propose_down_score, quiet_days)
    VALUES (1, 90, 31, 70, 20, 90) ON CONFLICT DO NOTHING;
ALTER TABLE accounts_tierpolicy ENABLE TRIGGER change_log_insert;
ALTER TABLE accounts_listpolicy ENABLE TRIGGER change_log_insert;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_list_rules")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
