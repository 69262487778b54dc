"""When the last signal of an hour came, so that a silence is found without looking at signals."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0017_removal_shares_and_threshold_edits"),
    ]

    operations = [
        migrations.AddField(
            model_name="signalvolume",
            name="newest",
            field=models.DateTimeField(help_text="When the last of them was received.", null=True),
        ),
    ]
