"""People at an account: the buying committee, and who must be left alone."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from abmops.lib.choices import Channel, CommitteeRole
from accounts.models.account import Account


class Contact(models.Model):
    """A person at an account, with their part in the buying decision [I3]."""

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    email = models.EmailField(null=True, blank=True)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=24, choices=CommitteeRole.choices, blank=True)
    seniority = models.CharField(max_length=40, blank=True)
    persona = models.CharField(max_length=80, blank=True)
    influence = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="1 (little) to 5 (decides).",
    )
    reports_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    do_not_contact = models.BooleanField(default=False)
    do_not_contact_at = models.DateTimeField(null=True, blank=True)
    do_not_contact_source = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="one_contact_per_email_in_any_case"),
            models.CheckConstraint(condition=Q(influence__range=(1, 5)), name="contact_influence_is_1_to_5"),
            models.CheckConstraint(
                condition=~Q(reports_to=F("pk")), name="contact_does_not_report_to_itself"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email or "Unnamed contact"


class ContactExternalId(models.Model):
    """What another system calls the contact: unique within that system."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=40)
    value = models.CharField(max_length=200)

    class Meta:
        ordering = ("system", "value")
        constraints = (
            models.UniqueConstraint(
                fields=["system", "value"], name="contact_external_id_is_unique_in_its_system"
            ),
        )

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class ContactOptOut(models.Model):
    """A contact's no to one channel, with when and where they said it."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="opt_outs")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    at = models.DateTimeField()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("contact", "channel")
        constraints = (
            models.UniqueConstraint(
                fields=["contact", "channel"], name="one_opt_out_per_contact_and_channel"
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact}: no {self.get_channel_display()}"
