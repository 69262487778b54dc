"""Last touches and roles beside each account, kept by statement-level triggers: exact after every write, bulk ones and
merges included. Rows are locked in the order of their accounts before they are counted, so that writers who meet
neither wait in a circle nor count what the other has not told yet."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

FORWARD = """
CREATE FUNCTION accounts_role_bit(role text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE role WHEN 'economic_buyer' THEN 1 WHEN 'technical_evaluator' THEN 2 WHEN 'champion' THEN 4
                     WHEN 'end_user' THEN 8 ELSE 0 END::smallint
$$;

CREATE FUNCTION accounts_lock_figures(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts_accountfigures WHERE account_id = ANY(ids) ORDER BY account_id FOR NO KEY UPDATE;
END $$;

-- The newest outbound touch of each side, counted anew.
CREATE FUNCTION accounts_count_touches(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_lock_figures(ids);
    UPDATE accounts_accountfigures f SET last_sales_at = n.sales, last_marketing_at = n.marketing
    FROM (SELECT a.id, max(t.occurred_at) FILTER (WHERE t.side = 'sales') AS sales,
                 max(t.occurred_at) FILTER (WHERE t.side = 'marketing') AS marketing
          FROM unnest(ids) a(id) LEFT JOIN accounts_touch t ON t.account_id = a.id AND t.direction = 'outbound'
          GROUP BY a.id) n
    WHERE f.account_id = n.id
      AND (f.last_sales_at, f.last_marketing_at) IS DISTINCT FROM (n.sales, n.marketing);
END $$;

-- Who is known there and which parts they play, counted anew.
CREATE FUNCTION accounts_count_people(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM accounts_lock_figures(ids);
    UPDATE accounts_accountfigures f SET people = n.people, roles = n.roles, gaps = 4 - bit_count(n.roles::int::bit(4))
    FROM (SELECT a.id, count(c.id) AS people, COALESCE(bit_or(accounts_role_bit(c.role)), 0::smallint) AS roles
          FROM unnest(ids) a(id)
          LEFT JOIN accounts_contact c ON c.account_id = a.id AND c.erased_at IS NULL GROUP BY a.id) n
    WHERE f.account_id = n.id AND (f.people, f.roles) IS DISTINCT FROM (n.people, n.roles);
END $$;

CREATE FUNCTION accounts_figures_of_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO accounts_accountfigures (account_id, people, roles, gaps) SELECT id, 0, 0, 4 FROM new_rows
        ON CONFLICT (account_id) DO NOTHING;
    ELSE
        DELETE FROM accounts_accountfigures WHERE account_id IN (SELECT id FROM old_rows);
    END IF;
    RETURN NULL;
END $$;

-- A new touch can only make the newest newer: no other touch is read.
CREATE FUNCTION accounts_figures_of_new_touches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := (SELECT array_agg(DISTINCT account_id) FROM new_rows
                     WHERE direction = 'outbound' AND side IN ('sales', 'marketing'));
BEGIN
    IF ids IS NULL THEN RETURN NULL; END IF;
    PERFORM accounts_lock_figures(ids);
    UPDATE accounts_accountfigures f SET last_sales_at = GREATEST(f.last_sales_at, n.sales),
        last_marketing_at = GREATEST(f.last_marketing_at, n.marketing)
    FROM (SELECT account_id, max(occurred_at) FILTER (WHERE side = 'sales') AS sales,
                 max(occurred_at) FILTER (WHERE side = 'marketing') AS marketing
          FROM new_rows WHERE direction = 'outbound' GROUP BY account_id) n
    WHERE f.account_id = n.account_id AND (COALESCE(n.sales > f.last_sales_at, n.sales IS NOT NULL)
        OR COALESCE(n.marketing > f.last_marketing_at, n.marketing IS NOT NULL));
    RETURN NULL;
END $$;

CREATE FUNCTION accounts_figures_of_touches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        ids := (SELECT array_agg(DISTINCT account_id) FROM old_rows WHERE direction = 'outbound');
    ELSE
        ids := (SELECT array_agg(DISTINCT a.id) FROM old_rows o JOIN new_rows n USING (id)
                CROSS JOIN LATERAL (VALUES (o.account_id), (n.account_id)) a(id)
                WHERE (o.account_id, o.side, o.direction, o.occurred_at)
                    IS DISTINCT FROM (n.account_id, n.side, n.direction, n.occurred_at));
    END IF;
    IF ids IS NOT NULL THEN PERFORM accounts_count_touches(ids); END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION accounts_figures_of_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        ids := (SELECT array_agg(DISTINCT account_id) FROM new_rows WHERE account_id IS NOT NULL);
    ELSIF TG_OP = 'DELETE' THEN
        ids := (SELECT array_agg(DISTINCT account_id) FROM old_rows WHERE account_id IS NOT NULL);
    ELSE
        ids := (SELECT array_agg(DISTINCT a.id) FROM old_rows o JOIN new_rows n USING (id)
                CROSS JOIN LATERAL (VALUES (o.account_id), (n.account_id)) a(id)
                WHERE a.id IS NOT NULL AND (o.account_id, o.role, o.erased_at)
                    IS DISTINCT FROM (n.account_id, n.role, n.erased_at));
    END IF;
    IF ids IS NOT NULL THEN PERFORM accounts_count_people(ids); END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER figures_begin AFTER INSERT ON accounts_account REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_accounts();
CREATE TRIGGER figures_end AFTER DELETE ON accounts_account REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_accounts();
CREATE TRIGGER figures_insert AFTER INSERT ON accounts_touch REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_new_touches();
CREATE TRIGGER figures_update AFTER UPDATE ON accounts_touch REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_touches();
CREATE TRIGGER figures_delete AFTER DELETE ON accounts_touch REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_touches();
CREATE TRIGGER figures_insert AFTER INSERT ON accounts_contact REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_people();
CREATE TRIGGER figures_update AFTER UPDATE ON accounts_contact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_people();
CREATE TRIGGER figures_delete AFTER DELETE ON accounts_contact REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_figures_of_people();

INSERT INTO accounts_accountfigures (account_id, people, roles, gaps) SELECT id, 0, 0, 4 FROM accounts_account;
SELECT accounts_count_touches(ids), accounts_count_people(ids)
FROM (SELECT array_agg(id) AS ids FROM accounts_account) every WHERE ids IS NOT NULL;
"""

BACKWARD = """
DROP TRIGGER figures_begin ON accounts_account;
DROP TRIGGER figures_end ON accounts_account;
DROP TRIGGER figures_insert ON accounts_touch;
DROP TRIGGER figures_update ON accounts_touch;
DROP TRIGGER figures_delete ON accounts_touch;
DROP TRIGGER figures_insert ON accounts_contact;
DROP TRIGGER figures_update ON accounts_contact;
DROP TRIGGER figures_delete ON accounts_contact;
DROP FUNCTION accounts_figures_of_people();
DROP FUNCTION accounts_figures_of_touches();
DROP FUNCTION accounts_figures_of_new_touches();
DROP FUNCTION accounts_figures_of_accounts();
DROP FUNCTION accounts_count_people(bigint[]);
DROP FUNCTION accounts_count_touches(bigint[]);
DROP FUNCTION accounts_lock_figures(bigint[]);
DROP FUNCTION accounts_role_bit(text);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_name_key")]

    operations = [
        migrations.CreateModel(
            name="AccountFigures",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="figures",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                ("last_sales_at", models.DateTimeField(null=True)),
                ("last_marketing_at", models.DateTimeField(null=True)),
                ("people", models.PositiveIntegerField(default=0)),
                (
                    "roles",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="One bit a wanted role that somebody plays, in the order of the domain's list.",
                    ),
                ),
                (
                    "gaps",
                    models.PositiveSmallIntegerField(
                        default=4, help_text="How many wanted roles nobody plays."
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "account figures",
                "indexes": [
                    models.Index(F("last_sales_at").desc(nulls_last=True), name="figures_last_sales_down"),
                    models.Index(F("last_sales_at").asc(nulls_last=True), name="figures_last_sales_up"),
                    models.Index(F("last_marketing_at").desc(nulls_last=True), name="figures_last_mktg_down"),
                    models.Index(F("last_marketing_at").asc(nulls_last=True), name="figures_last_mktg_up"),
                    models.Index(fields=["gaps"], name="figures_gaps"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
