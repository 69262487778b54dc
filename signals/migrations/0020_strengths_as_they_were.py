"""A mapping that says no more than where a strength stands took records without one in full: it says so now."""

from __future__ import annotations

from typing import Any

from django.db import migrations

IN_FULL = 100


def keep(apps: Any, schema_editor: Any) -> None:
    """From now on such a record is refused unless the mapping says `otherwise`; with a condition it was before."""
    del schema_editor
    for source in apps.get_model("signals", "Source").objects.exclude(mapping__isnull=True).iterator():
        is_plain = isinstance(source.mapping, dict) and not source.mapping.get("only")
        record: Any = source.mapping.get("record") if is_plain else None
        strength: Any = record.get("strength") if isinstance(record, dict) else None
        if isinstance(strength, str):
            record["strength"] = {"path": strength, "otherwise": IN_FULL}
        elif isinstance(strength, dict) and "value" not in strength and "otherwise" not in strength:
            strength["otherwise"] = IN_FULL
        else:
            continue
        source.save(update_fields=["mapping"])


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0019_hook_call_unweighed"),
    ]

    operations = [
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
