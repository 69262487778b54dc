"""A file of signals is a kind of import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_import_row_room"),
    ]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="kind",
            field=models.CharField(
                choices=[
                    ("accounts", "Accounts"),
                    ("contacts", "Contacts"),
                    ("opportunities", "Opportunities"),
                    ("touches", "Touches"),
                    ("list_changes", "List changes"),
                    ("sidecar", "What another system holds"),
                    ("signals", "Signals"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="importmapping",
            name="kind",
            field=models.CharField(
                choices=[
                    ("accounts", "Accounts"),
                    ("contacts", "Contacts"),
                    ("opportunities", "Opportunities"),
                    ("touches", "Touches"),
                    ("list_changes", "List changes"),
                    ("sidecar", "What another system holds"),
                    ("signals", "Signals"),
                ],
                max_length=16,
            ),
        ),
    ]
