"""The tables of the action plane."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_list_flags"),
        ("signals", "0002_partition_signals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("occasion", models.CharField(help_text="What happened, in words.", max_length=300)),
                ("summary", models.CharField(max_length=300)),
                ("candidates", models.JSONField(default=list)),
                (
                    "reason",
                    models.TextField(
                        blank=True, help_text="Why a person started it by hand, or set a rule aside."
                    ),
                ),
                (
                    "overridden",
                    models.JSONField(blank=True, default=list, help_text="Rules that the person set aside."),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="accounts.account",
                    ),
                ),
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
                    "crossing",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decision",
                        to="signals.crossing",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decision",
                        to="accounts.accountevent",
                    ),
                ),
            ],
            options={
                "ordering": ("-made_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Enrollment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("active", "Active"),
                            ("stalled", "Stalled"),
                            ("completed", "Completed"),
                            ("exited", "Exited"),
                            ("cancelled", "Cancelled"),
                            ("holdout", "Holdout"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("normal", "Normal"), ("hot", "Hot"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(blank=True, help_text="What set it off, in words.", max_length=300)),
                (
                    "hand_raised",
                    models.BooleanField(
                        default=False, help_text="The account asked for us: sales may act at once."
                    ),
                ),
                (
                    "strong_inbound",
                    models.BooleanField(
                        default=False, help_text="The account itself did something that qualifies."
                    ),
                ),
                (
                    "overridden",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Guardrails that a person set aside for this enrollment.",
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=300)),
                ("enrolled_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("stalled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enrollments",
                        to="accounts.account",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose act set it off; the first person to go to.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollments",
                        to="accounts.contact",
                    ),
                ),
                (
                    "crossing",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollments",
                        to="signals.crossing",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollments",
                        to="plays.decision",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollments",
                        to="accounts.accountevent",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-enrolled_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="EnrollmentEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("move", models.CharField(max_length=12)),
                ("from_state", models.CharField(blank=True, max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("cause", models.CharField(blank=True, max_length=300)),
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
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="plays.enrollment",
                    ),
                ),
            ],
            options={
                "ordering": ("enrollment", "seq"),
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                (
                    "subject",
                    models.CharField(help_text="What it is about, for example task:17.", max_length=120),
                ),
                ("text", models.CharField(max_length=400)),
                ("url", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Play",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "purpose",
                    models.TextField(
                        blank=True, help_text="What this play is to achieve, in a sentence or two."
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("retired", "Retired"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="plays",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.AddField(
            model_name="enrollment",
            name="play",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="enrollments", to="plays.play"
            ),
        ),
        migrations.CreateModel(
            name="PlayVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("trigger", models.JSONField()),
                ("audience", models.JSONField(default=dict)),
                ("steps", models.JSONField()),
                ("exits", models.JSONField(default=list)),
                ("contract", models.JSONField(default=dict)),
                ("priority", models.PositiveSmallIntegerField(default=50)),
                ("throttle", models.JSONField(default=dict)),
                (
                    "holdout",
                    models.FloatField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "activated_at",
                    models.DateTimeField(blank=True, help_text="From then on it is never edited.", null=True),
                ),
                (
                    "created_by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="plays.play"
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
            },
        ),
        migrations.AddField(
            model_name="play",
            name="current",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="plays.playversion",
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrollments",
                to="plays.playversion",
            ),
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("position", models.PositiveSmallIntegerField()),
                ("cycle", models.PositiveSmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("open", "Open"),
                            ("done", "Done"),
                            ("skipped", "Skipped"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("opens_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("held", models.CharField(blank=True, max_length=300)),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="step_runs",
                        to="plays.enrollment",
                    ),
                ),
            ],
            options={
                "ordering": ("enrollment", "position", "cycle"),
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "routed",
                    models.CharField(blank=True, help_text="Why this person, in words.", max_length=300),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("ad", "Ad"),
                            ("email", "Email"),
                            ("call", "Call"),
                            ("linkedin", "LinkedIn"),
                            ("event", "Event"),
                            ("direct_mail", "Direct mail"),
                            ("web", "Web"),
                            ("meeting", "Meeting"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("marketing", "Marketing"),
                            ("sales", "Sales"),
                            ("customer_success", "Customer success"),
                            ("revops", "RevOps"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                ("instructions", models.TextField(blank=True)),
                ("why", models.CharField(blank=True, help_text="What led to it, in words.", max_length=300)),
                (
                    "urgency",
                    models.CharField(
                        choices=[("normal", "Normal"), ("hot", "Hot"), ("urgent", "Urgent")],
                        default="normal",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("done", "Done"),
                            ("skipped", "Skipped"),
                            ("snoozed", "Snoozed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                ("breached_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True, help_text="How it went, or why it was skipped.", max_length=300
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "updated_at",
                    models.DateTimeField(help_text="The last change of any kind; pages ask what is newer."),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="accounts.account",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="accounts.contact",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="plays.enrollment",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "step_run",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="task",
                        to="plays.steprun",
                    ),
                ),
                (
                    "touch",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="task",
                        to="accounts.touch",
                    ),
                ),
            ],
            options={
                "ordering": ("due_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="TaskEvent",
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
                            ("done", "Done"),
                            ("skipped", "Skipped"),
                            ("snoozed", "Snoozed"),
                            ("handed_on", "Handed on"),
                            ("moved", "Moved"),
                            ("breached", "Late"),
                            ("cancelled", "Cancelled"),
                            ("reopened", "Taken up again"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300)),
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
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="plays.task"
                    ),
                ),
            ],
            options={
                "ordering": ("task", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["account", "-made_at"], name="decision_account_at"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("crossing__isnull", True), ("event__isnull", True), _connector="OR"),
                name="decision_has_one_occasion",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollmentevent",
            constraint=models.UniqueConstraint(
                fields=("enrollment", "seq"), name="one_enrollment_event_per_number"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["user", "-at"], name="notice_user_at"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("user", "kind", "subject"), name="one_notice_per_user_kind_and_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.UniqueConstraint(fields=("play", "number"), name="one_play_version_per_number"),
        ),
        migrations.AddConstraint(
            model_name="playversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("holdout__range", (0, 1))), name="play_holdout_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="play",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ("draft", "active", "paused", "retired"))),
                name="play_status_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["account", "state"], name="enrollment_account_state"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["play", "state", "-enrolled_at"], name="enrollment_play_state"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["owner", "-enrolled_at"], name="enrollment_owner_at"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["-enrolled_at"], name="enrollment_at"),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "active", "stalled"))),
                fields=("account", "play"),
                name="one_live_enrollment_per_account_and_play",
                violation_error_message="This play is already running for the account.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "holdout")),
                fields=("account", "play"),
                name="one_holdout_per_account_and_play",
                violation_error_message="The account is already in this play's holdout.",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision__isnull", False)),
                fields=("decision", "play"),
                name="one_enrollment_per_decision_and_play",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ("waiting", "active", "stalled", "completed", "exited", "cancelled", "holdout"),
                    )
                ),
                name="enrollment_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_at__isnull", False), ("state__in", ("completed", "exited", "cancelled"))
                    ),
                    models.Q(
                        models.Q(("state__in", ("completed", "exited", "cancelled")), _negated=True),
                        ("finished_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="enrollment_is_finished_exactly_when_it_has_an_end",
            ),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["opens_at"], name="step_run_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.UniqueConstraint(
                fields=("enrollment", "key", "cycle"), name="one_step_run_per_enrollment_key_and_cycle"
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("pending", "open"))),
                fields=("enrollment",),
                name="one_current_step_per_enrollment",
            ),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("pending", "open", "done", "skipped", "cancelled"))),
                name="step_run_state_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state__in", ("open", "snoozed"))),
                fields=["owner", "state", "due_at"],
                name="task_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state__in", ("open", "snoozed"))), fields=["due_at"], name="task_due"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["owner", "-closed_at"],
                name="task_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["account", "state"], name="task_account_state"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("open", "done", "skipped", "snoozed", "cancelled"))),
                name="task_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state__in", ("open", "snoozed"))),
                    models.Q(("closed_at__isnull", False), ("state__in", ("done", "skipped", "cancelled"))),
                    _connector="OR",
                ),
                name="task_is_closed_exactly_when_it_is_no_longer_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("snoozed_until__isnull", False), ("state", "snoozed")),
                    models.Q(models.Q(("state", "snoozed"), _negated=True), ("snoozed_until__isnull", True)),
                    _connector="OR",
                ),
                name="task_is_snoozed_exactly_when_it_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "skipped"), _negated=True),
                    models.Q(("outcome", ""), _negated=True),
                    _connector="OR",
                ),
                name="task_is_skipped_with_a_reason",
            ),
        ),
    ]
