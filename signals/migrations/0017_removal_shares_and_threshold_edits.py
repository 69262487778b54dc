"""What a removal has still to take out, account by account; who renamed a threshold or gave it to somebody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Words may still be taken out, where a person asks to be forgotten, and `by` goes with its user.
TRIGGER = """
CREATE FUNCTION signals_threshold_edits_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The record of a threshold is only added to.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER signals_threshold_edits_stand BEFORE UPDATE OF threshold_id, field, at ON signals_thresholdedit
    FOR EACH ROW EXECUTE FUNCTION signals_threshold_edits_stand();
"""
NO_TRIGGER = """
DROP TRIGGER signals_threshold_edits_stand ON signals_thresholdedit;
DROP FUNCTION signals_threshold_edits_stand();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('signals', '0016_settled_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='removalrun',
            name='expected',
            field=models.PositiveIntegerField(default=0, help_text='Signals that the selection held; 0 until they have been counted.'),
        ),
        migrations.CreateModel(
            name='RemovalShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField(null=True)),
                ('signals', models.PositiveIntegerField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='signals.removalrun')),
            ],
            options={
                'ordering': ('run', 'account_id'),
                'constraints': [models.UniqueConstraint(fields=('run', 'account_id'), name='one_removal_share_per_run_and_account', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='ThresholdEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(choices=[('name', 'Name'), ('rationale', 'Why it matters'), ('owner', 'Owner')], max_length=9)),
                ('before', models.TextField(blank=True)),
                ('after', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True, default='')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('threshold', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='edits', to='signals.threshold')),
            ],
            options={
                'ordering': ('-at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('field__in', ('name', 'rationale', 'owner'))), name='threshold_edit_field_is_known')],
            },
        ),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
    ]
