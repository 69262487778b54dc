"""The database keeps `is_target` and `tier` equal to the open list row, whoever writes either table."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_open_tier(account bigint) RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT tier FROM accounts_listmembership WHERE account_id = account AND valid_to IS NULL
$$;

-- Any write to a list row brings its account's cache up to date, in the same transaction.
CREATE FUNCTION accounts_follow_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := COALESCE(NEW.account_id, OLD.account_id);
    open_tier smallint := accounts_open_tier(touched);
BEGIN
    UPDATE accounts_account SET tier = open_tier, is_target = open_tier IS NOT NULL, list_refreshed_at = clock_timestamp()
    WHERE id = touched AND (tier IS DISTINCT FROM open_tier OR is_target <> (open_tier IS NOT NULL));
    RETURN NULL;
END $$;

CREATE TRIGGER list_row_changed AFTER INSERT OR UPDATE OR DELETE ON accounts_listmembership
    FOR EACH ROW EXECUTE FUNCTION accounts_follow_list();

-- A stale object saved over a newer list change cannot bring the old tier back.
CREATE FUNCTION accounts_keep_list_flags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tier := accounts_open_tier(NEW.id);
    NEW.is_target := NEW.tier IS NOT NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER list_flags_follow_the_list BEFORE UPDATE ON accounts_account FOR EACH ROW
    WHEN (OLD.tier IS DISTINCT FROM NEW.tier OR OLD.is_target IS DISTINCT FROM NEW.is_target)
    EXECUTE FUNCTION accounts_keep_list_flags();

CREATE TRIGGER list_flags_start_from_the_list BEFORE INSERT ON accounts_account FOR EACH ROW
    WHEN (NEW.tier IS NOT NULL OR NEW.is_target)
    EXECUTE FUNCTION accounts_keep_list_flags();
"""

BACKWARD = """
DROP TRIGGER list_flags_start_from_the_list ON accounts_account;
DROP TRIGGER list_flags_follow_the_list ON accounts_account;
DROP FUNCTION accounts_keep_list_flags();
DROP TRIGGER list_row_changed ON accounts_listmembership;
DROP FUNCTION accounts_follow_list();
DROP FUNCTION accounts_open_tier(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
