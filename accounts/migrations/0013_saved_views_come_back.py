"""A saved view that was taken away can come back, and a person can begin with one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_account_figures")]

    operations = [
        migrations.AddField(
            "savedview",
            "removed_at",
            models.DateTimeField(
                blank=True,
                editable=False,
                help_text="Taken away; kept for a while, so that it can come back.",
                null=True,
            ),
        ),
        migrations.RemoveConstraint("savedview", "one_saved_view_per_owner_page_and_name"),
        migrations.AddConstraint(
            "savedview",
            models.UniqueConstraint(
                condition=models.Q(removed_at__isnull=True),
                fields=("owner", "page", "name"),
                name="one_saved_view_per_owner_page_and_name",
            ),
        ),
        migrations.CreateModel(
            name="DefaultView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        primary_key=True, serialize=False, auto_created=True, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=40)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="default_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="default_for",
                        to="accounts.savedview",
                    ),
                ),
            ],
            options={"ordering": ("user", "page")},
        ),
        migrations.AddConstraint(
            "defaultview",
            models.UniqueConstraint(fields=("user", "page"), name="one_default_view_per_user_and_page"),
        ),
    ]
