"""Plays in use have names of their own: doubles get a number behind the name first, the oldest keeps it as it is."""

from itertools import count
from typing import Any

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Lower

LONGEST = 120


def number_doubles(apps: Any, schema_editor: Any) -> None:
    """Going back leaves the numbers: what a play was called before is not kept."""
    in_use = apps.get_model("plays", "Play").objects.exclude(status="retired").alias(lower_name=Lower("name"))
    for play in in_use.order_by("pk"):
        others = in_use.exclude(pk=play.pk)
        if not others.filter(pk__lt=play.pk, lower_name=Lower(Value(play.name))).exists():
            continue
        for number in count(2):
            name = f"{play.name[: LONGEST - 6].rstrip()} ({number})"
            if not others.filter(lower_name=Lower(Value(name))).exists():
                break
        play.name = name
        play.save(update_fields=["name"])


class Migration(migrations.Migration):

    dependencies = [
        ("plays", "0017_feed_versions"),
    ]

    operations = [
        migrations.RunPython(number_doubles, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="play",
            constraint=models.UniqueConstraint(
                Lower("name"),
                condition=~Q(status="retired"),
                name="one_play_in_use_per_name",
                violation_error_message="Another play is called this already. Give this one a name of its own.",
            ),
        ),
    ]
