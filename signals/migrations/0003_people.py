"""Users of sources have several account keys and may be one person; placed signals wait for their person."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

KEEP_KEYS = """
UPDATE signals_identity SET account_keys = jsonb_build_object(account_key, account_said_at) WHERE account_key <> ''
"""
KEEP_KEY = """
UPDATE signals_identity i SET account_key = said.key, account_said_at = said.at::timestamptz FROM (
    SELECT DISTINCT ON (i.id) i.id, k.key, k.at FROM signals_identity i, jsonb_each_text(i.account_keys) AS k(key, at)
    ORDER BY i.id, k.at DESC
) said WHERE said.id = i.id
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0002_partition_signals")]

    operations = [
        migrations.AddField(
            model_name="identity",
            name="account_keys",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text='When each was said last: {"domain:acme.com": "2026-11-22T09:30:00+00:00"}.',
            ),
        ),
        migrations.RunSQL(KEEP_KEYS, KEEP_KEY),
        migrations.RemoveField(model_name="identity", name="account_key"),
        migrations.RemoveField(model_name="identity", name="account_said_at"),
        migrations.AddField(
            model_name="identity",
            name="name",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="title",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="name_said_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="same_as",
            field=models.CharField(blank=True, default="", help_text="The key of the user that this one is.", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="identity",
            name="same_as_said_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(
                condition=models.Q(("same_as", ""), _negated=True), fields=["source", "same_as"], name="identity_same_as"
            ),
        ),
        migrations.CreateModel(
            name="UnnamedSignal",
            fields=[
                ("signal_id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), help_text="user:7:u1, anonymous:7:a1", size=None
                    ),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="unnamed", to="signals.source"
                    ),
                ),
            ],
            options={
                "ordering": ("-received_at",),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["keys"], name="unnamed_keys")
                ],
            },
        ),
    ]
