"""An erased person's contact row names nobody, and what they were known by is kept as a keyed hash alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_sidecar_layout")]

    operations = [
        migrations.AddField(
            "contact", "erased_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddConstraint(
            "contact",
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True)
                | models.Q(email__isnull=True, phone="", title="", persona="", do_not_contact=True),
                name="erased_contact_names_nobody",
            ),
        ),
        migrations.AddField("erasure", "done_at", models.DateTimeField(blank=True, null=True)),
        migrations.RenameField("suppression", "email_hmac", "key_hmac"),
    ]
