"""The rows of one act are read in their order, also where there are a million of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_duplicate_scans")]

    operations = [
        migrations.AddIndex("change", models.Index(fields=["change_set", "id"], name="change_of_set")),
        migrations.AlterField(
            "change",
            "change_set",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="accounts.changeset",
            ),
        ),
    ]
