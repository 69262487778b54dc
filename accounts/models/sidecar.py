"""What other systems believe the list to be, and how far they have drifted from it [F]."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models.account import Account
from accounts.models.imports import Import
from accounts.models.user import User


class Sidecar(models.Model):
    """A system that keeps its own copy of the list."""

    class Kind(models.TextChoices):
        CRM = "crm", "CRM"
        ADS = "ads", "Ad platform"
        SEQUENCER = "sequencer", "Sequencer"
        OTHER = "other", "Other"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="sidecars")
    tiers = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Which tiers it should hold; empty: all.",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SidecarReading(models.Model):
    """What a sidecar held at a moment, counted against the list of that moment. Append-only: its drift over time."""

    sidecar = models.ForeignKey(Sidecar, on_delete=models.CASCADE, related_name="readings")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    source = models.OneToOneField(
        Import, null=True, blank=True, on_delete=models.SET_NULL, related_name="reading"
    )
    header = ArrayField(models.TextField(), default=list)
    layout = models.JSONField(
        default=dict, help_text="Which column held what, and how the system writes tiers, yes and no."
    )
    held = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()
    extra = models.PositiveIntegerField()
    wrong_tier = models.PositiveIntegerField()
    wrong_owner = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField(help_text="Rows that match no account.")

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["sidecar", "-at"], name="sidecar_reading_at"),)

    def __str__(self) -> str:
        return f"{self.sidecar} {self.at:%Y-%m-%d}"


class SidecarFinding(models.Model):
    """One account or row of a reading that is not as the list has it."""

    class Kind(models.TextChoices):
        MISSING = "missing", "Missing there"
        EXTRA = "extra", "Not on the list"
        WRONG_TIER = "wrong_tier", "Wrong tier"
        WRONG_OWNER = "wrong_owner", "Wrong owner"
        UNKNOWN = "unknown", "No such account"

    reading = models.ForeignKey(SidecarReading, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="sidecar_findings"
    )
    line = models.PositiveIntegerField(null=True)
    cells = ArrayField(models.TextField(), default=list)
    theirs = models.CharField(max_length=255, blank=True)
    ours = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("reading", "kind", "id")
        indexes = (models.Index(fields=["reading", "kind"], name="sidecar_finding_kind"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.account or self.cells}"
