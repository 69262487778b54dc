"""Every row of an import is written again by the check and by the run: with room on its page, that leaves the indexes
alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_changes_of_a_set_by_kind")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE accounts_importrow SET (fillfactor = 55)", "ALTER TABLE accounts_importrow RESET (fillfactor)"
        )
    ]
