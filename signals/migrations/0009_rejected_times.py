"""How many events a refusal stands for: what a machine sent in a day is one row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("signals", "0008_replay"),
    ]

    operations = [
        migrations.AddField(
            model_name="rejectedevent",
            name="times",
            field=models.PositiveIntegerField(
                db_default=1, help_text="How many events this stands for; of a machine there is one row a day."
            ),
        ),
    ]
