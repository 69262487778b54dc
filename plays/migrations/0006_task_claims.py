"""Who is working on a task now, under a lease; how it went as one of its channel's outcomes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_files_of_signals'),
        ('plays', '0005_merging'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='claimed_by',
            field=models.ForeignKey(blank=True, help_text='Who is working on it now; nobody else may act on it until the lease ends.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='claimed_tasks', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='claimed_until',
            field=models.DateTimeField(blank=True, help_text='When the lease ends.', null=True),
        ),
        migrations.AddField(
            model_name='task',
            name='effects',
            field=models.JSONField(blank=True, default=dict, help_text='What its outcome changed elsewhere, so that undo takes it back.'),
        ),
        migrations.AddField(
            model_name='task',
            name='result',
            field=models.CharField(blank=True, help_text='How it went, as one of the outcomes of its channel.', max_length=16),
        ),
        migrations.AlterField(
            model_name='taskevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Opened'), ('done', 'Done'), ('skipped', 'Skipped'), ('snoozed', 'Snoozed'), ('handed_on', 'Handed on'), ('moved', 'Moved'), ('breached', 'Late'), ('cancelled', 'Cancelled'), ('reopened', 'Taken up again'), ('contact', 'Another contact'), ('taken_over', 'Taken over')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('claimed_by__isnull', False), ('state__in', ('open', 'snoozed'))), fields=['claimed_until'], name='task_claims'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('claimed_by__isnull', True), ('claimed_until__isnull', False), _connector='OR'), name='task_claim_has_an_end'),
        ),
    ]
