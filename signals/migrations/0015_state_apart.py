"""The states get a table of their own, and another layout: each is made anew from its signals as its account comes by, or
by the next refresh of the scores. After a way back, `manage.py recompute` fills the column again.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_files_of_signals"),
        ("signals", "0014_resolutions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountMemory",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="memory",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                ("state", models.BinaryField(default=bytes)),
            ],
        ),
        # Numbers that do not pack, read and written whole with each signal: kept in the row as long as a page holds
        # it, with room beside it for the row that follows.
        migrations.RunSQL(
            """
            ALTER TABLE signals_accountmemory ALTER COLUMN state SET STORAGE EXTERNAL;
            ALTER TABLE signals_accountmemory SET (fillfactor = 65, toast_tuple_target = 8160);
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RemoveField(model_name="accountstate", name="state"),
        migrations.AlterField(
            model_name="accountstate",
            name="last_signal_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
