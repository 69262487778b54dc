"""Removals of signals, the crossings that had rested on them, and how far long walks over rows have come."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0006_weights_in_force"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Walk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
                (
                    "place",
                    models.CharField(
                        blank=True, help_text="The last key done; empty at the beginning.", max_length=40
                    ),
                ),
                ("done", models.BigIntegerField(default=0)),
                (
                    "differing",
                    models.BigIntegerField(
                        default=0, help_text="Of those done, how many were not as they should be."
                    ),
                ),
                ("largest_difference", models.FloatField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="RemovalRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("bot", "Sent by a machine"), ("mistake", "Sent by mistake")], max_length=8
                    ),
                ),
                ("reason", models.TextField()),
                ("selection", models.JSONField(default=dict)),
                (
                    "expected",
                    models.PositiveIntegerField(
                        default=0, help_text="Signals that the selection held when it was asked."
                    ),
                ),
                ("removed", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at", "-id"),
            },
        ),
        migrations.AddField(
            model_name="signalremoval",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="accounts",
                to="signals.removalrun",
            ),
        ),
        migrations.CreateModel(
            name="RemovedEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signals", models.PositiveIntegerField()),
                (
                    "crossing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="removed_evidence",
                        to="signals.crossing",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="signals.removalrun",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "removed evidence",
                "ordering": ("crossing", "run"),
            },
        ),
        migrations.AddConstraint(
            model_name="removalrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["bot", "mistake"])), name="removal_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="removedevidence",
            constraint=models.UniqueConstraint(
                fields=("crossing", "run"), name="one_removed_evidence_per_crossing_and_run"
            ),
        ),
    ]
