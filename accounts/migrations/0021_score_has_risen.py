"""A score that rose past what a play waits for is an event of its account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_working_time"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accountevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("joined_list", "Joined the list"),
                    ("left_list", "Left the list"),
                    ("changed_tier", "Changed tier"),
                    ("opportunity_stage", "Opportunity moved"),
                    ("meeting_booked", "Meeting booked"),
                    ("contact_engaged", "Contact engaged"),
                    ("lifecycle", "Lifecycle changed"),
                    ("changed_phase", "Changed phase"),
                    ("score_risen", "Score has risen"),
                ],
                max_length=20,
            ),
        ),
    ]
