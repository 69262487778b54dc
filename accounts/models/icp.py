"""The ideal customer profile: what makes an account fit [I2]."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IcpModel(models.Model):
    """A version of the weighted criteria behind `Account.fit`; the one in force has no `retired_at`.

    `criteria`: [{"field": "industry|employees|annual_revenue|country|region|technologies", "label": "...",
    "weight": 0-100,
    "any_of": [...] | "at_least": n, "at_most": n}]. Fit is 100 x the weight met over the weight of all criteria.
    """

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=120)
    criteria = models.JSONField(default=list)
    adopted_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-number",)
        verbose_name = "ICP model"
        constraints = (
            models.UniqueConstraint(
                models.Value(1), condition=Q(retired_at__isnull=True), name="one_icp_model_in_force"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"
