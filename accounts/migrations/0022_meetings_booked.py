"""The calendar finds booked meetings among millions of events."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0021_score_has_risen'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='accountevent',
            index=models.Index(condition=models.Q(('kind', 'meeting_booked')), fields=['at'], name='account_event_meeting'),
        ),
    ]
