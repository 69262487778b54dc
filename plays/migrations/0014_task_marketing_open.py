"""What marketing owes on an account is found without reading everything that anybody owes."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_score_has_risen'),
        ('plays', '0013_bursts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('side', 'marketing'), ('state__in', ('open', 'snoozed'))), fields=['account'], include=('enrollment', 'channel'), name='task_marketing_open'),
        ),
    ]
