"""A proposal is worked out by a worker: how far it is, and why it came to nothing. Progress alone is no change."""

from django.db import migrations, models

_DROP = """
DROP TRIGGER change_log_insert ON accounts_icpproposal;
DROP TRIGGER change_log_update ON accounts_icpproposal;
DROP TRIGGER change_log_delete ON accounts_icpproposal;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_saved_views_come_back")]

    operations = [
        migrations.AddField("icpproposal", "note", models.TextField(blank=True)),
        migrations.AddField("icpproposal", "progress", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField(
            "icpproposal",
            "state",
            models.CharField(
                choices=[
                    ("running", "Being worked out"),
                    ("refused", "Too few deals"),
                    ("open", "To decide"),
                    ("adopted", "Adopted"),
                    ("dismissed", "Dismissed"),
                ],
                default="open",
                max_length=12,
            ),
        ),
        migrations.RunSQL(
            _DROP + "SELECT accounts_log_changes_of('accounts_icpproposal', '', '{evidence,progress}');",
            _DROP + "SELECT accounts_log_changes_of('accounts_icpproposal', '', '{evidence}');",
        ),
    ]
