"""What reading a file has shown is kept with the import, and how far it has come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_erased_people")]

    operations = [
        migrations.AddField("import", "found", models.JSONField(default=dict)),
        migrations.AddField("import", "upto", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "importrow",
            "problems",
            models.JSONField(
                default=list, help_text="What is wrong with the row in the file: [[column, detail]]"
            ),
        ),
        migrations.AddField(
            "importrow",
            "repeats",
            models.PositiveIntegerField(null=True, help_text="An earlier line about the same record."),
        ),
        migrations.AddField(
            "importrow",
            "suggestions",
            models.JSONField(
                default=list, help_text="[[account, name, likeness]]: accounts that may be meant."
            ),
        ),
    ]
