"""Signals live in monthly partitions by their time-ordered id; the table has no rows yet, so it is made anew."""

from django.db import migrations

FORWARD = """
DROP TABLE signals_signal;

CREATE TABLE signals_signal (
    id uuid NOT NULL PRIMARY KEY,
    account_id bigint,
    contact_id bigint,
    source_id bigint NOT NULL,
    type_id bigint NOT NULL,
    topic varchar(120) NOT NULL,
    points double precision NOT NULL,
    strength double precision,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    message_id varchar(200) NOT NULL,
    properties jsonb NOT NULL
) PARTITION BY RANGE (id);

CREATE INDEX signal_account_at ON signals_signal (account_id, occurred_at DESC);

-- Whatever no month covers: nothing is ever refused for want of a partition.
CREATE TABLE signals_signal_default PARTITION OF signals_signal DEFAULT;

CREATE FUNCTION signals_first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;

-- The partition of the month that `day` is in, unless it exists or the default partition already holds its rows.
CREATE FUNCTION signals_make_month(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    starts timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    ends timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    part text := 'signals_signal_' || to_char(day, 'YYYYMM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('signals_make_month'));
    IF to_regclass(part) IS NOT NULL OR EXISTS (
        SELECT FROM signals_signal_default WHERE id >= signals_first_id(starts) AND id < signals_first_id(ends)
    ) THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I PARTITION OF signals_signal FOR VALUES FROM (%L) TO (%L)',
        part, signals_first_id(starts), signals_first_id(ends)
    );
    RETURN true;
END $$;

SELECT signals_make_month((date_trunc('month', now()) + make_interval(months => n))::date) FROM generate_series(-13, 3) n;
"""

BACKWARD = """
DROP FUNCTION signals_make_month(date);
DROP FUNCTION signals_first_id(timestamptz);
DROP TABLE signals_signal;
CREATE TABLE signals_signal (
    id uuid NOT NULL PRIMARY KEY, account_id bigint, contact_id bigint, source_id bigint NOT NULL, type_id bigint NOT NULL,
    topic varchar(120) NOT NULL, points double precision NOT NULL, strength double precision, occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL, message_id varchar(200) NOT NULL, properties jsonb NOT NULL
);
CREATE INDEX signal_account_at ON signals_signal (account_id, occurred_at DESC);
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
