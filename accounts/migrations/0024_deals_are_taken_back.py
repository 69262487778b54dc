"""What was told of a deal that is gone is withdrawn, as of a meeting that is none, and an event of its own says so."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0023_meetings_are_taken_back"),
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
                    ("opportunity_removed", "Opportunity removed"),
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
        migrations.RemoveConstraint(
            model_name="accountevent",
            name="only_meetings_are_withdrawn",
        ),
        # On the way back the older rule holds again, so nothing of a deal may be withdrawn.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "UPDATE accounts_accountevent SET withdrawn_at = NULL "
            "WHERE kind = 'opportunity_stage' AND withdrawn_at IS NOT NULL",
        ),
        AddConstraintNotValid(
            model_name="accountevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True),
                    ("kind__in", ("meeting_booked", "opportunity_stage")),
                    _connector="OR",
                ),
                name="only_meetings_and_deals_are_withdrawn",
            ),
        ),
        ValidateConstraint(model_name="accountevent", name="only_meetings_and_deals_are_withdrawn"),
    ]
