"""Calls to a source's hook, and what became of what they carried."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0009_rejected_times"),
    ]

    operations = [
        migrations.CreateModel(
            name="HookCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Of the webhook id, or of the body; and of the mapping.", max_length=80
                    ),
                ),
                ("body_hash", models.CharField(max_length=64)),
                ("form", models.CharField(help_text="json, ndjson or csv", max_length=8)),
                ("signed", models.BooleanField(default=False)),
                ("size", models.PositiveIntegerField(help_text="Bytes of the body, unpacked.")),
                ("items", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("untracked", models.PositiveIntegerField(default=0)),
                ("left_out", models.JSONField(default=dict, help_text="what they are called -> how many")),
                (
                    "problem",
                    models.TextField(blank=True, help_text="Why nothing of it could be read, as a sentence."),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hook_calls",
                        to="signals.source",
                    ),
                ),
            ],
            options={
                "ordering": ("-received_at", "-id"),
                "indexes": [models.Index(fields=["source", "-received_at"], name="hook_call_source_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key"), name="one_hook_call_per_source_and_key")
                ],
            },
        ),
    ]
