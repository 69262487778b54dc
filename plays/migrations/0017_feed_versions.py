"""A calendar feed knows when what it says last changed, so that a calendar is not sent what it has."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plays', '0016_dismissed_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='calendarfeed',
            name='changed_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When what it says last changed, as far as it was asked.', null=True),
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='fingerprint',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
    ]
