"""What web and ads were last told to show an account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Account
from plays.domain.treatment import TREATMENTS


class AccountTreatment(models.Model):
    """The treatment in force, and since when. An account without a row was never told of: none."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="treatment"
    )
    treatment = models.CharField(max_length=12)
    since = models.DateTimeField()

    class Meta:
        ordering = ("account",)
        constraints = (
            models.CheckConstraint(condition=Q(treatment__in=tuple(TREATMENTS)), name="treatment_is_known"),
        )
        indexes = (models.Index(fields=["treatment", "-since"], name="treatment_since"),)

    def __str__(self) -> str:
        return f"{self.account}: {self.treatment}"
