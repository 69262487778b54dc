"""People at an account: the buying committee, and who must be left alone."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower

from abmops.lib.choices import Channel, CommitteeRole
from accounts.models.account import Account


class ContactQuerySet(models.QuerySet["Contact"]):
    """The vocabulary of reads over contacts."""

    def known(self) -> Self:
        """People; not the rows that are left of those who were erased."""
        return self.filter(erased_at__isnull=True)

    def contactable(self, channel: str | None = None) -> Self:
        """Whom somebody may go to: the ONE door for everything that proposes a contact.

        Nobody who is erased or do-not-contact, and with a channel nobody who opted out of it.
        """
        rows = self.known().filter(do_not_contact=False)
        if not channel:
            return rows
        return rows.filter(~Exists(ContactOptOut.objects.filter(contact=OuterRef("pk"), channel=channel)))


class Contact(models.Model):
    """A person at an account, with their part in the buying decision [I3].

    An erased person's row stays for the counts, with role and influence, and names nobody: the database sees to it.
    """

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
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="one_contact_per_email_in_any_case"),
            models.CheckConstraint(condition=Q(influence__range=(1, 5)), name="contact_influence_is_1_to_5"),
            models.CheckConstraint(
                condition=~Q(reports_to=F("pk")), name="contact_does_not_report_to_itself"
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(email__isnull=True, phone="", title="", persona="", do_not_contact=True),
                name="erased_contact_names_nobody",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email or "Unnamed contact"

    def refuses(self, channel: str) -> str:
        """Why they may not be contacted this way, as the end of a sentence; empty where they may. Reads `opt_outs`."""
        if self.erased_at is not None:
            return "was erased on request"
        if self.do_not_contact:
            return "must not be contacted"
        no = next((out for out in self.opt_outs.all() if out.channel == channel), None)
        return f"said no to {no.get_channel_display().lower()}" if no else ""


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
