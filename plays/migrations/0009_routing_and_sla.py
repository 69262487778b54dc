"""Rules of routing, the clocks of a task beside its due time, its breaches, and what a departure moved."""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plays", "0008_version_stages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="grace_ends_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Until when whoever owes it late may still do it before it is handed on.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="held_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                default=list,
                help_text="Who owed it before, by number; the clock never hands it to them again.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="remind_at",
            field=models.DateTimeField(
                blank=True, help_text="When its owner is reminded that the due time comes near.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="taskevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("done", "Done"),
                    ("skipped", "Skipped"),
                    ("snoozed", "Snoozed"),
                    ("handed_on", "Handed on"),
                    ("moved", "Moved"),
                    ("breached", "Late"),
                    ("reminded", "Reminded"),
                    ("cancelled", "Cancelled"),
                    ("reopened", "Taken up again"),
                    ("contact", "Another contact"),
                    ("stopped", "Clock stands"),
                    ("resumed", "Clock runs again"),
                    ("taken_over", "Taken over"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                ("change_set", models.UUIDField(blank=True, null=True)),
                ("moved", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("user",),
                        name="one_standing_departure_per_user",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="departure_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(help_text="1 is asked first.")),
                ("name", models.CharField(max_length=120)),
                ("active", models.BooleanField(default=True)),
                (
                    "tiers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        help_text="1 to 3; 0 is off the list.",
                        size=None,
                    ),
                ),
                (
                    "territories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), blank=True, default=list, size=None
                    ),
                ),
                (
                    "industries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list, size=None
                    ),
                ),
                (
                    "sides",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), blank=True, default=list, size=None
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        default=list,
                        help_text="Who the step asks for.",
                        size=None,
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("person", "One person"),
                            ("territory", "The seats below, in the account's territory"),
                            ("anywhere", "The seats below, wherever they are"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "seats",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), blank=True, default=list, size=None
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        help_text="Why the rule is there; shown wherever it decides.", max_length=300
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="routing_rules",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("position",),
                        name="one_routing_rule_per_position",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person__isnull", False), ("seats__len", 0), ("target", "person")),
                            models.Q(
                                ("person__isnull", True),
                                ("seats__len__gt", 0),
                                ("target__in", ("territory", "anywhere")),
                            ),
                            _connector="OR",
                        ),
                        name="routing_rule_names_who_takes_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="routing_rule_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlaBreach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("due_at", models.DateTimeField(help_text="The due time that passed.")),
                ("text", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "handed_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        help_text="Who owed it then.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="breaches", to="plays.task"
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [
                    models.Index(fields=["owner", "-at"], name="breach_owner_at"),
                    models.Index(fields=["-at"], name="breach_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "due_at", "number"), name="one_breach_per_task_due_time_and_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="breaches_are_counted_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 2), ("handed_to__isnull", True), _connector="OR"),
                        name="a_first_breach_hands_nothing_on",
                    ),
                ],
            },
        ),
    ]
