"""Who a source's user ids are, as its identify, group and alias calls said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from signals.models.catalogue import Source


class Identity(models.Model):
    """A user or anonymous id of one source, the account keys, e-mail and name it was said to have, and who it is.

    Each saying carries the sender's time, so that an older one which arrives later changes nothing that is newer. Which
    account a key or the e-mail means is looked up when a signal is placed, so that it stays right when accounts change.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="identities")
    key = models.CharField(max_length=300, help_text="user:u1 or anonymous:a1")
    account_keys = models.JSONField(
        default=dict,
        blank=True,
        help_text='When each was said last: {"domain:acme.com": "2026-11-22T09:30:00+00:00"}.',
    )
    email = models.CharField(max_length=254, blank=True)
    email_said_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    name_said_at = models.DateTimeField(null=True, blank=True)
    same_as = models.CharField(max_length=300, blank=True, help_text="The key of the user that this one is.")
    same_as_said_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="one_identity_per_source_and_key"),
        )
        indexes = (
            models.Index(fields=["source", "same_as"], condition=~Q(same_as=""), name="identity_same_as"),
        )

    def __str__(self) -> str:
        return self.key
