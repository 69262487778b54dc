"""What people decided of signals that had no account: whose they are, so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Account


class Resolution(models.Model):
    """A group of unmatched signals that somebody gave to an account, and what it came to.

    `waiting` is what its signals waited for, [[signal id, source id, keys, when received], …], for the way back; it is
    emptied after a week. `change_set` is what was written of the account.
    """

    class Act(models.TextChoices):
        ACCOUNT = "account", "Made an account"
        ALIAS = "alias", "Domain of an account"
        EXTERNAL = "external", "External id of an account"
        PERSON = "person", "Person of an account"

    id = models.UUIDField(primary_key=True)
    act = models.CharField(max_length=8, choices=Act.choices)
    keys = models.JSONField(default=list, help_text='["domain:acme.com"]')
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="resolutions"
    )
    change_set = models.UUIDField(null=True, blank=True)
    signals = models.PositiveIntegerField(default=0, help_text="Placed at once.")
    later = models.PositiveIntegerField(default=0, help_text="Left to a worker, being many.")
    crossings = models.PositiveIntegerField(default=0)
    waiting = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["-at"], name="resolution_at"),)

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {', '.join(map(str, self.keys))}"
