"""The escalation register and the ratings of the seven components."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Five tables."""

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="What has to be decided, in one line.",
                        max_length=160,
                        verbose_name="Decision",
                    ),
                ),
                (
                    "why",
                    models.TextField(
                        help_text="What is lost if it waits for the next meeting.",
                        verbose_name="Why it cannot wait",
                    ),
                ),
                ("deadline", models.DateField(help_text="The day by which it is decided.")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("resolved", "Resolved"), ("withdrawn", "Withdrawn")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("by_hand", "By hand"),
                            ("list_shape", "List shape changed"),
                            ("tier_one_churn", "Tier 1 churn"),
                            ("threshold_drift", "Threshold drift"),
                            ("ownership", "Ownership dispute"),
                            ("sla", "Repeated SLA breach"),
                        ],
                        default="by_hand",
                        max_length=16,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "outcome",
                    models.TextField(blank=True, help_text="What was decided, or why it was withdrawn."),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deciders",
                    models.ManyToManyField(
                        help_text="Three or four people.",
                        related_name="escalations_to_decide",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
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
                "ordering": ("-opened_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="EscalationEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("comment", "Comment"),
                            ("resolved", "Resolved"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
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
                (
                    "escalation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="governance.escalation",
                    ),
                ),
            ],
            options={
                "ordering": ("at", "id"),
            },
        ),
        migrations.CreateModel(
            name="EscalationLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "Account"),
                            ("threshold", "Threshold"),
                            ("play", "Play"),
                            ("opportunity", "Opportunity"),
                        ],
                        max_length=12,
                    ),
                ),
                ("target_id", models.BigIntegerField()),
                (
                    "label",
                    models.CharField(
                        blank=True, help_text="The record's name when it was linked.", max_length=255
                    ),
                ),
                (
                    "escalation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="governance.escalation",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="GovernanceRating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "component",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "One account record"),
                            (2, "One score"),
                            (3, "Owner routing"),
                            (4, "One timeline of both sides"),
                            (5, "Measurement against a control"),
                            (6, "Signal feedback"),
                            (7, "Change control and audit"),
                        ]
                    ),
                ),
                (
                    "rating",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Not in place"), (1, "Partly in place"), (2, "In place")]
                    ),
                ),
                ("evidence", models.TextField(help_text="What shows it: a page, a figure, an example.")),
                ("rated_at", models.DateTimeField()),
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
                "ordering": ("-rated_at", "component"),
            },
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["deadline"], name="escalation_open_deadline"
            ),
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(fields=["-opened_at"], name="escalation_opened"),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "resolved", "withdrawn"))),
                name="escalation_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="escalation_is_closed_exactly_when_it_has_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("outcome", ""), _negated=True),
                    _connector="OR",
                ),
                name="escalation_is_withdrawn_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "resolved"), _negated=True),
                    django.db.models.lookups.GreaterThanOrEqual(
                        django.db.models.functions.text.Length(
                            django.db.models.functions.text.Trim("outcome")
                        ),
                        models.Value(40),
                    ),
                    _connector="OR",
                ),
                name="escalation_is_resolved_with_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="escalation_has_a_title"
            ),
        ),
        migrations.AddIndex(
            model_name="escalationlink",
            index=models.Index(fields=["kind", "target_id"], name="escalation_link_target"),
        ),
        migrations.AddConstraint(
            model_name="escalationlink",
            constraint=models.UniqueConstraint(
                fields=("escalation", "kind", "target_id"), name="one_link_per_escalation_and_record"
            ),
        ),
        migrations.AddIndex(
            model_name="governancerating",
            index=models.Index(fields=["component", "-rated_at"], name="rating_component_at"),
        ),
        migrations.AddConstraint(
            model_name="governancerating",
            constraint=models.CheckConstraint(
                condition=models.Q(("component__range", (1, 7))), name="rating_component_is_1_to_7"
            ),
        ),
        migrations.AddConstraint(
            model_name="governancerating",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__range", (0, 2))), name="rating_is_0_to_2"
            ),
        ),
        migrations.AddConstraint(
            model_name="governancerating",
            constraint=models.UniqueConstraint(
                fields=("component", "rated_at"), name="one_rating_per_component_and_moment"
            ),
        ),
    ]
