"""The change log: who changed what, when, by which way and why. Written by the database, bulk writes included."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from abmops.lib.choices import Role, Side
from accounts.models.user import User


class Via(models.TextChoices):
    """The way a change came in."""

    PAGE = "page", "Page"
    API = "api", "API"
    ADMIN = "admin", "Administration"
    IMPORT = "import", "Import"
    WORK = "work", "The program"
    COMMAND = "command", "Command line"


class ChangeSet(models.Model):
    """What one act changed: a request, an import, a merge. Its id is given before the first change is made."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="change_sets")
    via = models.CharField(max_length=12, choices=Via.choices, blank=True)
    what = models.CharField(max_length=200, blank=True, help_text="The act, for example Import 12.")
    side = models.CharField(max_length=16, choices=Side.choices, blank=True)
    reason = models.TextField(blank=True)
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="undone_by"
    )

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return self.what or f"{self.get_via_display()} {self.at:%Y-%m-%d %H:%M}"


class ChangeQuerySet(models.QuerySet["Change"]):
    """The vocabulary of reads over the log."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """People read all of it; integrations none."""
        if not isinstance(user, User) or not user.is_active or user.role == Role.INTEGRATION:
            return self.none()
        return self


class Change(models.Model):
    """One row made, changed or taken away. Append-only; no foreign key, so that it outlives what it tells of.

    `before` and `after` hold columns by name: both the changed ones for an update, all of `after` for an insert, all
    of `before` for a delete. Which columns a table leaves out is said where its trigger is made.
    """

    class Op(models.TextChoices):
        MADE = "I", "Made"
        CHANGED = "U", "Changed"
        REMOVED = "D", "Removed"

    change_set = models.ForeignKey(
        ChangeSet, on_delete=models.CASCADE, related_name="changes", db_constraint=False, db_index=False
    )
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    op = models.CharField(max_length=1, choices=Op.choices)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["change_set", "table", "id"], name="change_of_set"),
            models.Index(fields=["table", "row_id", "id"], name="change_row"),
            models.Index(
                fields=["account_id", "-id"],
                condition=models.Q(account_id__isnull=False),
                name="change_account",
            ),
        )

    def __str__(self) -> str:
        return f"{self.table} {self.row_id} {self.get_op_display()}"
