"""Decisions and steps that are held because nobody works here are found without looking at all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0024_deals_are_taken_back'),
        ('plays', '0019_back_in_bursts'),
    ]

    operations = [
        migrations.AddField(
            model_name='waiting',
            name='for_people',
            field=models.BooleanField(db_default=False, default=False, help_text='Nobody works here who could be given the play.'),
        ),
        migrations.AddIndex(
            model_name='stephold',
            index=models.Index(condition=models.Q(('rule', 'nobody')), fields=['id'], name='step_hold_for_people'),
        ),
        migrations.AddIndex(
            model_name='waiting',
            index=models.Index(condition=models.Q(('for_people', True)), fields=['id'], name='waiting_for_people'),
        ),
    ]
