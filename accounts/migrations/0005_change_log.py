"""The change log is written by the database: one statement-level trigger a table and kind of write, so that a bulk
write of a thousand rows is logged by one INSERT, and no way in can forget it."""

from django.db import migrations

FORWARD = """
-- The set that this transaction's changes belong to, as `accounts.services.changes.acting` announced it. Writes that
-- nobody announced make one set a transaction.
CREATE FUNCTION accounts_change_set() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := COALESCE(NULLIF(current_setting('abmops.change', true), ''), '{}')::jsonb;
    set_id uuid := COALESCE(
        (said->>'id')::uuid, md5(pg_current_xact_id()::text || transaction_timestamp()::text)::uuid);
BEGIN
    INSERT INTO accounts_changeset (id, at, by_id, via, what, side, reason, undoes_id)
    VALUES (set_id, COALESCE((said->>'at')::timestamptz, transaction_timestamp()), (said->>'by')::bigint,
            COALESCE(said->>'via', ''), COALESCE(said->>'what', ''), COALESCE(said->>'side', ''), COALESCE(said->>'reason', ''),
            (said->>'undoes')::uuid)
    ON CONFLICT (id) DO NOTHING;
    RETURN set_id;
END $$;

-- `path` is the column that leads to the account whose history a row belongs to; a contact's or a deal's rows lead there
-- by way of it. Said in place and not in a function of its own, which would be called row by row.
CREATE FUNCTION accounts_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    path text := TG_ARGV[0];
    skip text[] := TG_ARGV[1]::text[];
    set_id uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM new_rows) THEN RETURN NULL; END IF;
        set_id := accounts_change_set();
        INSERT INTO accounts_change (change_set_id, "table", row_id, account_id, op, after)
        SELECT set_id, TG_TABLE_NAME, id, CASE path
                   WHEN 'contact_id' THEN (SELECT c.account_id FROM accounts_contact c WHERE c.id = (line->>path)::bigint)
                   WHEN 'opportunity_id' THEN (
                       SELECT o.account_id FROM accounts_opportunity o WHERE o.id = (line->>path)::bigint)
                   ELSE (line->>path)::bigint END, 'I',
               jsonb_strip_nulls(line - skip)
        FROM (SELECT n.id, to_jsonb(n) AS line FROM new_rows n) lines ORDER BY id;
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM old_rows) THEN RETURN NULL; END IF;
        set_id := accounts_change_set();
        INSERT INTO accounts_change (change_set_id, "table", row_id, account_id, op, before)
        SELECT set_id, TG_TABLE_NAME, id, CASE path
                   WHEN 'contact_id' THEN (SELECT c.account_id FROM accounts_contact c WHERE c.id = (line->>path)::bigint)
                   WHEN 'opportunity_id' THEN (
                       SELECT o.account_id FROM accounts_opportunity o WHERE o.id = (line->>path)::bigint)
                   ELSE (line->>path)::bigint END, 'D', line
        FROM (SELECT o.id, to_jsonb(o) AS line FROM old_rows o) lines ORDER BY id;
    ELSE
        IF NOT EXISTS (SELECT FROM new_rows) THEN RETURN NULL; END IF;
        WITH lines AS MATERIALIZED (
            SELECT n.id, to_jsonb(n) - skip AS is_now, to_jsonb(o) - skip AS was
            FROM new_rows n JOIN old_rows o USING (id)),
        differing AS MATERIALIZED (SELECT * FROM lines WHERE is_now <> was),
        told AS (SELECT CASE WHEN EXISTS (SELECT FROM differing) THEN accounts_change_set() END AS set_id)
        INSERT INTO accounts_change (change_set_id, "table", row_id, account_id, op, before, after)
        SELECT told.set_id, TG_TABLE_NAME, d.id, CASE path
                   WHEN 'contact_id' THEN (SELECT c.account_id FROM accounts_contact c WHERE c.id = (d.is_now->>path)::bigint)
                   WHEN 'opportunity_id' THEN (
                       SELECT o.account_id FROM accounts_opportunity o WHERE o.id = (d.is_now->>path)::bigint)
                   ELSE (d.is_now->>path)::bigint END, 'U', pairs.before, pairs.after
        FROM told, differing d CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(key, value) AS after, jsonb_object_agg(key, d.was->key) AS before
            FROM jsonb_each(d.is_now) WHERE value IS DISTINCT FROM d.was->key) pairs
        ORDER BY d.id;
    END IF;
    RETURN NULL;
END $$;

-- Log every write of a table from now on. `skip`: columns whose change alone tells nothing, or must not be kept.
CREATE FUNCTION accounts_log_changes_of(logged regclass, path text, skip text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER change_log_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION accounts_log_change(%L, %L)', logged, path, skip);
    EXECUTE format('CREATE TRIGGER change_log_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows
        NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION accounts_log_change(%L, %L)', logged, path, skip);
    EXECUTE format('CREATE TRIGGER change_log_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION accounts_log_change(%L, %L)', logged, path, skip);
END $$;

SELECT accounts_log_changes_of('accounts_account', 'id',
    '{created_at,updated_at,fit,is_target,tier,list_refreshed_at}');
SELECT accounts_log_changes_of('accounts_accountdomain', 'account_id', '{}');
SELECT accounts_log_changes_of('accounts_accountexternalid', 'account_id', '{}');
SELECT accounts_log_changes_of('accounts_listmembership', 'account_id', '{recorded_at,valid_to}');
SELECT accounts_log_changes_of('accounts_contact', 'account_id', '{created_at,updated_at}');
SELECT accounts_log_changes_of('accounts_contactexternalid', 'contact_id', '{}');
SELECT accounts_log_changes_of('accounts_contactoptout', 'contact_id', '{}');
SELECT accounts_log_changes_of('accounts_opportunity', 'account_id', '{created_at,updated_at}');
SELECT accounts_log_changes_of('accounts_opportunitystage', 'opportunity_id', '{}');
SELECT accounts_log_changes_of('accounts_opportunityamount', 'opportunity_id', '{}');
SELECT accounts_log_changes_of('accounts_touch', 'account_id', '{created_at}');
SELECT accounts_log_changes_of('accounts_nomination', 'account_id', '{}');
SELECT accounts_log_changes_of('accounts_quarantine', 'account_id', '{}');
SELECT accounts_log_changes_of('accounts_tierproposal', 'account_id', '{evidence}');
SELECT accounts_log_changes_of('accounts_gapassignment', 'account_id', '{}');
SELECT accounts_log_changes_of('accounts_duplicatepair', 'first_id', '{why}');
SELECT accounts_log_changes_of('accounts_merge', 'winner_id', '{loser,moved}');
SELECT accounts_log_changes_of('accounts_tierpolicy', '', '{}');
SELECT accounts_log_changes_of('accounts_listpolicy', '', '{}');
SELECT accounts_log_changes_of('accounts_listrefresh', '', '{}');
SELECT accounts_log_changes_of('accounts_icpmodel', '', '{}');
SELECT accounts_log_changes_of('accounts_icpproposal', '', '{evidence}');
SELECT accounts_log_changes_of('accounts_sidecar', '', '{}');
SELECT accounts_log_changes_of('accounts_territory', '', '{}');
SELECT accounts_log_changes_of('accounts_absence', '', '{}');
SELECT accounts_log_changes_of('accounts_apikey', '', '{secret_hash,last_used_at}');
SELECT accounts_log_changes_of('accounts_user', '', '{password,last_login}');
"""

BACKWARD = """
DO $$ DECLARE logged record; BEGIN
    FOR logged IN SELECT DISTINCT event_object_table AS name, trigger_name FROM information_schema.triggers
        WHERE trigger_name LIKE 'change_log_%' LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', logged.trigger_name, logged.name);
    END LOOP;
END $$;
DROP FUNCTION accounts_log_changes_of(regclass, text, text[]);
DROP FUNCTION accounts_log_change();
DROP FUNCTION accounts_change_set();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_one_list")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
