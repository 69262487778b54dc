"""Guardrails in the database: their numbers, what they hold back, and what people set aside."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_working_time"),
        ("plays", "0010_outbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuardrailNumbers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("awareness_days", models.PositiveSmallIntegerField()),
                ("awareness_days_familiar", models.PositiveSmallIntegerField()),
                ("qualifying_signals", models.PositiveSmallIntegerField()),
                ("qualifying_days", models.PositiveSmallIntegerField()),
                ("touches_per_week", models.PositiveSmallIntegerField()),
                ("touches_per_contact", models.PositiveSmallIntegerField()),
                (
                    "day_opens",
                    models.PositiveSmallIntegerField(help_text="Hour of the day at which quiet hours end."),
                ),
                (
                    "day_closes",
                    models.PositiveSmallIntegerField(help_text="Hour of the day at which quiet hours begin."),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
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
                "verbose_name_plural": "guardrail numbers",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="guardrail_numbers_have_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("awareness_days__lte", 366),
                            ("awareness_days_familiar__lte", models.F("awareness_days")),
                        ),
                        name="guardrail_familiar_awareness_is_not_longer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("touches_per_contact__range", (1, models.F("touches_per_week"))),
                            ("touches_per_week__range", (1, 100)),
                        ),
                        name="guardrail_caps_let_something_through",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("qualifying_days__range", (1, 90)), ("qualifying_signals__range", (1, 10))
                        ),
                        name="guardrail_signals_are_counted_within_a_quarter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day_closes__lte", 24), ("day_opens__lt", models.F("day_closes"))
                        ),
                        name="guardrail_day_has_hours",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=40)),
                ("said", models.CharField(max_length=300)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="accounts.account",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="overrides",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="overrides",
                        to="plays.decision",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="overrides",
                        to="plays.enrollment",
                    ),
                ),
                (
                    "play",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="plays.play",
                    ),
                ),
                (
                    "step_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="overrides",
                        to="plays.steprun",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [
                    models.Index(fields=["-at"], name="override_at"),
                    models.Index(fields=["account", "-at"], name="override_account_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="override_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rule", ""), _negated=True), name="override_names_its_rule"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StepHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=40)),
                ("sentence", models.CharField(max_length=300)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="step_holds",
                        to="accounts.account",
                    ),
                ),
                (
                    "step_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holds", to="plays.steprun"
                    ),
                ),
            ],
            options={
                "ordering": ("-since", "-id"),
                "indexes": [
                    models.Index(fields=["-since"], name="step_hold_since"),
                    models.Index(fields=["account", "-since"], name="step_hold_account"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("step_run", "rule"), name="one_hold_per_step_run_and_rule"
                    )
                ],
            },
        ),
    ]
