"""Given-up messages can be laid aside: by whom and when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("dead", "Given up"),
    ("cancelled", "Cancelled"),
    ("dismissed", "Dismissed"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("plays", "0015_another_event"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="delivery", name="delivery_state_is_known"),
        migrations.AddField(
            model_name="delivery",
            name="dismissed_at",
            field=models.DateTimeField(
                blank=True, help_text="When somebody laid a given-up message aside.", null=True
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="dismissed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(choices=STATES, default="waiting", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("waiting", "sent", "dead", "cancelled", "dismissed"))),
                name="delivery_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("dismissed_at__isnull", False), ("state", "dismissed")),
                    models.Q(models.Q(("state", "dismissed"), _negated=True), ("dismissed_at__isnull", True)),
                    _connector="OR",
                ),
                name="delivery_is_dismissed_exactly_at_a_moment",
            ),
        ),
    ]
