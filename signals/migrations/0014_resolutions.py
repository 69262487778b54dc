"""What people decided of signals that had no account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_files_of_signals"),
        ("signals", "0013_retune_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Resolution",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("account", "Made an account"),
                            ("alias", "Domain of an account"),
                            ("external", "External id of an account"),
                            ("person", "Person of an account"),
                        ],
                        max_length=8,
                    ),
                ),
                ("keys", models.JSONField(default=list, help_text='["domain:acme.com"]')),
                ("change_set", models.UUIDField(blank=True, null=True)),
                ("signals", models.PositiveIntegerField(default=0, help_text="Placed at once.")),
                ("later", models.PositiveIntegerField(default=0, help_text="Left to a worker, being many.")),
                ("crossings", models.PositiveIntegerField(default=0)),
                ("waiting", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="resolutions",
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
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [models.Index(fields=["-at"], name="resolution_at")],
            },
        ),
    ]
