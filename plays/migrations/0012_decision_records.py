"""A decision keeps the facts it was made on and is looked at again while held; a holdout stays known as one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

FORWARD = """
DROP TRIGGER plays_only_added ON plays_decision;
CREATE TRIGGER plays_only_added BEFORE UPDATE OF candidates, summary, occasion, made_at, facts ON plays_decision
  FOR EACH ROW EXECUTE FUNCTION plays_only_added();
CREATE TRIGGER plays_only_added BEFORE UPDATE ON plays_attempt
  FOR EACH ROW EXECUTE FUNCTION plays_only_added();
"""
BACKWARD = """
DROP TRIGGER plays_only_added ON plays_attempt;
DROP TRIGGER plays_only_added ON plays_decision;
CREATE TRIGGER plays_only_added BEFORE UPDATE OF candidates, summary, occasion, made_at ON plays_decision
  FOR EACH ROW EXECUTE FUNCTION plays_only_added();
"""
HELD_OUT = """
UPDATE plays_enrollment e SET held_out = true
WHERE e.state = 'holdout'
   OR EXISTS (SELECT FROM plays_enrollmentevent x WHERE x.enrollment_id = e.id AND x.move = 'hold_out')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("plays", "0011_guardrails"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "decision",
            "facts",
            models.JSONField(blank=True, default=dict, help_text="The account as it was known then."),
        ),
        migrations.AddField(
            "enrollment",
            "held_out",
            models.BooleanField(
                default=False,
                help_text="It began as a holdout, also where a person took it out since.",
            ),
        ),
        migrations.RunSQL(HELD_OUT, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "enrollment",
            models.UniqueConstraint(
                condition=Q(decision__isnull=False, held_out=False),
                fields=("decision",),
                name="one_start_per_decision",
                violation_error_message="This decision has already started a play.",
            ),
        ),
        migrations.AddConstraint(
            "enrollment",
            models.CheckConstraint(
                condition=~Q(state="holdout") | Q(held_out=True), name="holdout_began_as_one"
            ),
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "because",
                    models.CharField(help_text="Why it was looked at again.", max_length=300),
                ),
                ("summary", models.CharField(max_length=300)),
                ("candidates", models.JSONField(default=list)),
                ("facts", models.JSONField(blank=True, default=dict, help_text="The account as it was known then.")),
                ("made_at", models.DateTimeField()),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="plays.decision",
                    ),
                ),
            ],
            options={"ordering": ("decision", "number")},
        ),
        migrations.AddConstraint(
            "attempt",
            models.UniqueConstraint(
                fields=("decision", "number"), name="one_attempt_per_decision_and_number"
            ),
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "look_at",
                    models.DateTimeField(help_text="When it is looked at again, if nothing happens before."),
                ),
                ("until", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting",
                        to="plays.decision",
                    ),
                ),
            ],
            options={"verbose_name_plural": "waiting"},
        ),
        migrations.AddIndex("waiting", models.Index(fields=["account"], name="waiting_account")),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(choices=[("keep", "Keep"), ("retire", "Retire")], max_length=8),
                ),
                ("said", models.TextField(help_text="The suggestion as it read then.")),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
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
                    "play",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="plays.play",
                    ),
                ),
            ],
            options={"ordering": ("-at", "-id")},
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(condition=Q(verdict__in=("keep", "retire")), name="play_review_is_known"),
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(
                condition=~Q(verdict="keep") | Q(until__isnull=False), name="kept_play_is_kept_until"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
