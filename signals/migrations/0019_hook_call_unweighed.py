"""Whether the records of a hook's call said a strength."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0018_volume_newest"),
    ]

    operations = [
        migrations.AddField(
            model_name="hookcall",
            name="unweighed",
            field=models.PositiveIntegerField(
                help_text="Records that said no strength, where one is looked for; null: not counted then.",
                null=True,
            ),
        ),
    ]
