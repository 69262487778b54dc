"""Episodes of thresholds that fire at another rate than they used to."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0011_reasons_of_thresholds"),
    ]

    operations = [
        migrations.CreateModel(
            name="ThresholdDrift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "direction",
                    models.CharField(choices=[("more", "More often"), ("fewer", "Less often")], max_length=5),
                ),
                ("noticed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("recent_crossings", models.PositiveIntegerField()),
                ("recent_exposure", models.FloatField(help_text="List-account-weeks of the last 4 weeks.")),
                ("baseline_crossings", models.PositiveIntegerField()),
                (
                    "baseline_exposure",
                    models.FloatField(help_text="List-account-weeks of the 12 weeks before."),
                ),
                ("p", models.FloatField(help_text="How likely such a difference is by chance.")),
                (
                    "p_of_all",
                    models.FloatField(help_text="The same, raised for how many thresholds were looked at."),
                ),
                ("tested", models.PositiveIntegerField(help_text="How many thresholds were looked at.")),
                (
                    "threshold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drifts",
                        to="signals.threshold",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="signals.thresholdversion",
                    ),
                ),
            ],
            options={
                "ordering": ("-noticed_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("threshold",),
                        name="one_open_drift_per_threshold",
                    )
                ],
            },
        ),
    ]
