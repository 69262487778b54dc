"""Working time and capacity of people; what an absence was for, and when its work was handed on."""

import datetime

import django.contrib.postgres.fields
from django.db import migrations, models

import abmops.lib.week


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_files_of_signals"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="absence",
            name="handed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="absence",
            name="note",
            field=models.CharField(
                blank=True, help_text="Shown to colleagues, for example “Parental leave”.", max_length=120
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Open tasks this person may hold before a pool passes them over; empty: what their seat may hold.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="closes",
            field=models.TimeField(default=datetime.time(17, 0), help_text="When it ends."),
        ),
        migrations.AddField(
            model_name="user",
            name="opens",
            field=models.TimeField(
                default=datetime.time(9, 0), help_text="When the working day begins, on the person's wall."
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="weekdays",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                default=abmops.lib.week.five_days,
                help_text="Working days, Monday is 0.",
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes__gt", models.F("opens"))), name="user_closes_after_they_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weekdays__contained_by", [0, 1, 2, 3, 4, 5, 6]), ("weekdays__len__gt", 0)
                ),
                name="user_works_on_some_weekday",
            ),
        ),
    ]
