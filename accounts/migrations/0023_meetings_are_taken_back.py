"""A meeting that was never booked is taken back, with who and why; the day of one that stands can change."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0022_meetings_booked"),
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
                    ("meeting_changed", "Meeting changed"),
                    ("contact_engaged", "Contact engaged"),
                    ("lifecycle", "Lifecycle changed"),
                    ("changed_phase", "Changed phase"),
                    ("score_risen", "Score has risen"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="accountevent",
            name="withdrawn_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When somebody said that it never happened; nothing counts it since.",
                null=True,
            ),
        ),
        AddConstraintNotValid(
            model_name="accountevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True), ("kind", "meeting_booked"), _connector="OR"
                ),
                name="only_meetings_are_withdrawn",
            ),
        ),
        ValidateConstraint(model_name="accountevent", name="only_meetings_are_withdrawn"),
    ]
