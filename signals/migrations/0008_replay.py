"""What replay reads: fits as they were, kept by a trigger; signals counted late; nights kept; surges."""

import django.db.models.deletion
from django.db import migrations, models

# A past that is written down afterwards says of when it is (`accounts.services.changes.acting(at=…)`).
TRIGGERS = """
CREATE FUNCTION signals_act_at() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT COALESCE((COALESCE(NULLIF(current_setting('abmops.change', true), ''), '{}')::jsonb->>'at')::timestamptz,
                    clock_timestamp())
$$;
CREATE FUNCTION signals_keep_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO signals_fitchange (account_id, before, at) VALUES (NEW.id, OLD.fit, signals_act_at());
    RETURN NULL;
END $$;
CREATE TRIGGER signals_keep_fit AFTER UPDATE OF fit ON accounts_account
    FOR EACH ROW WHEN (OLD.fit IS DISTINCT FROM NEW.fit) EXECUTE FUNCTION signals_keep_fit();
CREATE FUNCTION signals_score_days_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The score of a day that is kept never changes.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER signals_score_days_stand BEFORE UPDATE ON signals_scoreday
    FOR EACH ROW EXECUTE FUNCTION signals_score_days_stand();
"""
NO_TRIGGERS = """
DROP TRIGGER signals_score_days_stand ON signals_scoreday;
DROP FUNCTION signals_score_days_stand();
DROP TRIGGER signals_keep_fit ON accounts_account;
DROP FUNCTION signals_keep_fit();
DROP FUNCTION signals_act_at();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_import_row_room'),
        ('signals', '0007_removals_and_walks'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScoreNight',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False)),
                ('through', models.BigIntegerField(default=0, help_text='The last account looked at.')),
                ('kept', models.PositiveIntegerField(default=0)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-day',),
            },
        ),
        migrations.CreateModel(
            name='CountedLate',
            fields=[
                ('signal_id', models.UUIDField(primary_key=True, serialize=False)),
                ('counted_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'signals counted late',
                'indexes': [models.Index(fields=['counted_at'], name='counted_late_at')],
            },
        ),
        migrations.CreateModel(
            name='Surge',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='surge', serialize=False, to='accounts.account')),
                ('at', models.DateTimeField()),
                ('points', models.FloatField(default=0)),
                ('signals', models.PositiveIntegerField(default=0)),
                ('weeks', models.PositiveSmallIntegerField(default=0)),
                ('usual', models.FloatField(blank=True, null=True)),
                ('spread', models.FloatField(blank=True, null=True)),
                ('times', models.FloatField(blank=True, null=True)),
                ('is_surging', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_surging', True)), fields=['account'], name='surging_account')],
            },
        ),
        migrations.CreateModel(
            name='FitChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.FloatField()),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='fit_changes', to='accounts.account')),
            ],
            options={
                'ordering': ('account', 'at', 'id'),
                'indexes': [models.Index(fields=['account', 'at'], name='fit_change_account_at')],
            },
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
