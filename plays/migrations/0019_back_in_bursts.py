"""An account that left a burst for a deal comes back when the deal is taken back: when, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0024_deals_are_taken_back'),
        ('plays', '0018_play_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='burstaccount',
            name='back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='burstaccount',
            name='back_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddConstraint(
            model_name='burstaccount',
            constraint=models.CheckConstraint(condition=models.Q(('back_at__isnull', True), models.Q(('back_reason', ''), _negated=True), _connector='OR'), name='burst_takes_back_for_a_reason'),
        ),
    ]
