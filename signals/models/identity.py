"""Who a source's user ids are, as its identify and group calls said."""

from __future__ import annotations

from django.db import models

from signals.models.catalogue import Source


class Identity(models.Model):
    """A user or anonymous id of one source, and the account key and e-mail it was last said to have.

    Each saying carries the sender's time: an older one that arrives later changes nothing. Which account the key or
    the e-mail means is looked up when a signal is placed, so that it stays right when accounts change.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="identities")
    key = models.CharField(max_length=300, help_text="user:u1 or anonymous:a1")
    account_key = models.CharField(max_length=300, blank=True, help_text="domain:acme.com or external:42")
    account_said_at = models.DateTimeField(null=True, blank=True)
    email = models.CharField(max_length=254, blank=True)
    email_said_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="one_identity_per_source_and_key"),
        )

    def __str__(self) -> str:
        return self.key
