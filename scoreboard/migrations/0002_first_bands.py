"""The bands that the playbooks give; all others are empty until RevOps fills them in."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LAG = "signal_to_action_km_median_hours"
DAY_SECONDS = 86_400

# (key, tier, values): joint engagement [J]; list-to-action [F]; lag [P7, F]; signal to enrollment [M].
FIRST: tuple[tuple[str, int | None, dict[str, float]], ...] = (
    ("joint_engagement", None, {"low": 0.80, "alarm_below": 0.50}),
    ("joint_engagement", 1, {"low": 0.80, "alarm_below": 0.50}),
    ("list_to_action", 1, {"low": 0.80, "high": 0.95}),
    ("list_to_action", 2, {"low": 0.60, "high": 0.80}),
    *((f"{LAG}:urgent", tier, {"limit": 4.0}) for tier in (None, 1, 2, 3)),
    *((f"{LAG}:hot", tier, {"limit": 24.0}) for tier in (None, 1, 2, 3)),
    ("signal_to_enrollment_median_seconds", None, {"alarm_above": DAY_SECONDS}),
    ("signal_to_enrollment_p95_seconds", None, {"alarm_above": DAY_SECONDS}),
)


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the bands."""
    del schema_editor
    model = apps.get_model("scoreboard", "NumberBand")
    model.objects.bulk_create(model(key=key, tier=tier, **values) for key, tier, values in FIRST)


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take back the bands written here, and only those."""
    del schema_editor
    model = apps.get_model("scoreboard", "NumberBand")
    for key, tier, _ in FIRST:
        model.objects.filter(key=key, tier=tier).delete()


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("scoreboard", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
