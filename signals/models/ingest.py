"""What ingest remembers: which messages it has seen, what it refused, and what it could not place."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models

from signals.models.catalogue import Source


class SignalKey(models.Model):
    """A message that has been taken in. The same (source, message id) is stored once, for 400 days and more.

    `digest` is 16 bytes of SHA-256 over source and message id; `body_digest` 8 bytes over what it said, so that a
    repeat with another body is noticed. Keys are random, so each takes a page of the index for itself: new ones stand
    here, in few pages, until an hourly job moves them to `SettledKey`, sorted.
    """

    digest = models.BinaryField(primary_key=True, max_length=16)
    body_digest = models.BinaryField(max_length=8)
    received_on = models.DateField()

    class Meta:
        indexes = (BrinIndex(fields=["received_on"], name="signal_key_received"),)

    def __str__(self) -> str:
        return bytes(self.digest).hex()


class SettledKey(models.Model):
    """A `SignalKey` of earlier on, moved here with many others in the order of the index."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    body_digest = models.BinaryField(max_length=8)
    received_on = models.DateField()

    class Meta:
        indexes = (BrinIndex(fields=["received_on"], name="settled_key_received"),)

    def __str__(self) -> str:
        return bytes(self.digest).hex()


class RejectedEvent(models.Model):
    """An item that was refused or set aside, with the reason, where a person can see it."""

    class Code(models.TextChoices):
        INVALID = "invalid", "Invalid"
        CONFLICT = "conflict", "Repeat with another body"
        UNMAPPED = "unmapped", "No signal type matches"
        POISON = "poison", "Could not be processed"
        BOT = "bot", "Sent by a machine"
        UNTRACKED = "untracked", "Topic that is not followed"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="rejected_events")
    code = models.CharField(max_length=12, choices=Code.choices)
    pointer = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    message_id = models.CharField(max_length=200, blank=True)
    excerpt = models.TextField(blank=True, help_text="At most 2 KB of what was sent.")
    dedup_key = models.CharField(max_length=80, unique=True)
    times = models.PositiveIntegerField(
        db_default=1, help_text="How many events this stands for; of a machine there is one row a day."
    )
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (models.Index(fields=["source", "-received_at"], name="rejected_source_at"),)

    def __str__(self) -> str:
        return f"{self.source}: {self.reason[:80]}"


class UnmatchedSignal(models.Model):
    """A stored signal whose account is not known yet, and the keys by which it may become known."""

    signal_id = models.UUIDField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="unmatched")
    keys = ArrayField(
        models.CharField(max_length=300), help_text="domain:acme.com, external:42, email:a@b.c, user:7:u1"
    )
    domain = models.CharField(max_length=253, blank=True, help_text="For grouping on the page.")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at",)
        indexes = (
            GinIndex(fields=["keys"], name="unmatched_keys", fastupdate=False),
            models.Index(fields=["domain"], name="unmatched_domain"),
        )

    def __str__(self) -> str:
        return ", ".join(self.keys)


class UnnamedSignal(models.Model):
    """A stored signal whose account is known and whose person is not, and the source's ids of that person.

    Once somebody says who they are the signal gets its contact, as if that had been known from the beginning.
    """

    signal_id = models.UUIDField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="unnamed")
    keys = ArrayField(models.CharField(max_length=300), help_text="user:7:u1, anonymous:7:a1")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at",)
        indexes = (GinIndex(fields=["keys"], name="unnamed_keys", fastupdate=False),)

    def __str__(self) -> str:
        return ", ".join(self.keys)


class IgnoredKey(models.Model):
    """A key of unmatched signals that will never be an account; its signals stay stored and are not shown."""

    key = models.CharField(
        max_length=300, unique=True, help_text="domain:acme.com, as in UnmatchedSignal.keys"
    )
    reason = models.CharField(max_length=400, blank=True)
    ignored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ignored_at = models.DateTimeField()

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key


class BotPattern(models.Model):
    """What a machine is known by, beside the list that comes with the program: its user agent or its network."""

    class Kind(models.TextChoices):
        USER_AGENT = "user_agent", "User agent contains"
        NETWORK = "network", "Network (CIDR)"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    pattern = models.CharField(max_length=200, help_text="HeadlessChrome, or 192.0.2.0/24")
    note = models.CharField(max_length=400, blank=True)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("kind", "pattern")
        constraints = (
            models.UniqueConstraint(fields=["kind", "pattern"], name="one_bot_pattern_per_kind_and_text"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pattern}"
