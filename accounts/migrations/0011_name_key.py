"""Accounts carry the key of their name; whoever writes a name without its key leaves it to be worked out."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION accounts_forget_name_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_key := NULL;
    RETURN NEW;
END $$;

-- A key belongs to its name and country: where one of them is written and the key is not, the key is no longer known.
CREATE TRIGGER name_key_follows_the_name BEFORE UPDATE ON accounts_account FOR EACH ROW
    WHEN ((OLD.name <> NEW.name OR OLD.country <> NEW.country) AND OLD.name_key IS NOT DISTINCT FROM NEW.name_key)
    EXECUTE FUNCTION accounts_forget_name_key();

-- Keys are worked out, not said: the change log leaves them out.
DROP TRIGGER change_log_insert ON accounts_account;
DROP TRIGGER change_log_update ON accounts_account;
DROP TRIGGER change_log_delete ON accounts_account;
SELECT accounts_log_changes_of('accounts_account', 'id',
    '{created_at,updated_at,fit,is_target,tier,list_refreshed_at,name_key}');
"""

BACKWARD = """
DROP TRIGGER name_key_follows_the_name ON accounts_account;
DROP FUNCTION accounts_forget_name_key();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_import_findings"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddField(
            model_name="account",
            name="name_key",
            field=models.CharField(editable=False, max_length=255, null=True),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["name_key", "country"], name="account_name_key"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("name_key__isnull", True)), fields=["id"], name="account_without_name_key"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("name_key", name="gin_trgm_ops"),
                name="account_name_key_alike",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
