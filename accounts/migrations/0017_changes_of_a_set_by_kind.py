"""The rows of one act are read kind by kind: an act of a million touches tells at once that it has no list change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_changes_of_a_set_in_order")]

    operations = [
        migrations.RemoveIndex("change", "change_of_set"),
        migrations.AddIndex("change", models.Index(fields=["change_set", "table", "id"], name="change_of_set")),
    ]
