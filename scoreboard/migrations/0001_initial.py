"""Snapshots of the numbers, and the bands they are held against."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="NumberBand",
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
                        help_text="A number's key; signal_to_action_km_median_hours:urgent for one urgency.",
                        max_length=64,
                    ),
                ),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "Tier 1"), (2, "Tier 2"), (3, "Tier 3")],
                        help_text="Empty: the headline of the whole list.",
                        null=True,
                    ),
                ),
                (
                    "low",
                    models.FloatField(
                        blank=True, help_text="In band from here on. A share as 0.8 for 80%.", null=True
                    ),
                ),
                ("high", models.FloatField(blank=True, help_text="In band up to here.", null=True)),
                (
                    "limit",
                    models.FloatField(blank=True, help_text="In band below this; not at it.", null=True),
                ),
                (
                    "alarm_below",
                    models.FloatField(blank=True, help_text="Below this somebody must act.", null=True),
                ),
                (
                    "alarm_above",
                    models.FloatField(blank=True, help_text="Above this somebody must act.", null=True),
                ),
            ],
            options={
                "ordering": ("key", "tier"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "tier"), name="one_band_per_number_and_tier", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("low__lte", models.F("high"))), name="band_low_is_not_above_high"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("key", models.CharField(max_length=64)),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        blank=True, choices=[(1, "Tier 1"), (2, "Tier 2"), (3, "Tier 3")], null=True
                    ),
                ),
                ("value", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                ("numerator", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                ("denominator", models.DecimalField(blank=True, decimal_places=8, max_digits=28, null=True)),
                ("written_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-day", "key", "tier"),
                "indexes": [models.Index(fields=["key", "day"], name="snapshot_key_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "key", "tier"),
                        name="one_snapshot_per_day_key_and_tier",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tier__isnull", True), ("tier__in", (1, 2, 3)), _connector="OR"),
                        name="snapshot_tier_is_1_2_or_3",
                    ),
                ],
            },
        ),
    ]
