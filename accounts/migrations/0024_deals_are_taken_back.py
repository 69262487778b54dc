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
        # Again from the beginning, should it have stopped half-way: there is no transaction around it.
        migrations.RunSQL(
            "ALTER TABLE accounts_accountevent DROP CONSTRAINT IF EXISTS only_meetings_and_deals_are_withdrawn",
            migrations.RunSQL.noop,
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
        # On the way back the older rule holds again, so nothing of a deal may be withdrawn. `removed` keeps it from
        # counting then, so that it does not stand beside what was told again.
        migrations.RunSQL(
            [
                "ALTER TABLE accounts_accountevent DROP CONSTRAINT IF EXISTS only_meetings_are_withdrawn",
                (
                    "UPDATE accounts_accountevent SET withdrawn_at = now(), payload = payload - 'removed' "
                    "WHERE kind = 'opportunity_stage' AND payload ? 'removed'"
                ),
            ],
            [
                (
                    "UPDATE accounts_accountevent SET withdrawn_at = NULL, payload = payload || '{\"removed\": true}' "
                    "WHERE kind = 'opportunity_stage' AND withdrawn_at IS NOT NULL"
                ),
                (
                    "ALTER TABLE accounts_accountevent ADD CONSTRAINT only_meetings_are_withdrawn "
                    "CHECK (withdrawn_at IS NULL OR kind = 'meeting_booked')"
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="accountevent",
                    name="only_meetings_are_withdrawn",
                ),
            ],
        ),
    ]
