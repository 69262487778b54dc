"""A version of a play is a draft, in review, active or past, and knows why it is there and who said yes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


STAGES = """
UPDATE plays_playversion v SET stage = CASE
  WHEN v.activated_at IS NULL AND p.current_id = v.id THEN 'draft'
  WHEN p.current_id = v.id THEN 'active'
  ELSE 'past' END
FROM plays_play p WHERE p.id = v.play_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("plays", "0007_pauses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="playversion",
            name="approved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="playversion",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="based_on",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="The number of the version that was active when this one was begun.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="playversion",
            name="edited_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="note",
            field=models.TextField(
                blank=True,
                default="",
                help_text="What the reviewer wrote, or how it went live without a review.",
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="reason",
            field=models.TextField(
                blank=True, default="", help_text="Why it was changed, for whoever reads it in a year."
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="stage",
            field=models.CharField(
                choices=[("draft", "Draft"), ("review", "In review"), ("active", "Active"), ("past", "Past")],
                default="draft",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="playversion",
            name="submitted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="playversion",
            name="submitted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(STAGES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage__in", ("draft", "review"))),
                fields=("play",),
                name="one_open_version_per_play",
            ),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stage", "active")), fields=("play",), name="one_active_version_per_play"
            ),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ("draft", "review", "active", "past"))),
                name="play_version_stage_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("stage", "review"), _negated=True),
                    ("submitted_at__isnull", False),
                    _connector="OR",
                ),
                name="play_version_in_review_was_submitted",
            ),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("activated_at__isnull", True), ("stage__in", ("draft", "review"))),
                    models.Q(("activated_at__isnull", False), ("stage", "active")),
                    ("stage", "past"),
                    _connector="OR",
                ),
                name="play_version_is_active_from_its_activation",
            ),
        ),
    ]
