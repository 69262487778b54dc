"""The ideal customer profile: what makes an account fit [I2]."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models.user import User


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
    adopted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)

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


class IcpProposal(models.Model):
    """Criteria that the closed deals suggest, with how well they told won from lost on deals held out.

    `evidence`: `accounts.domain.icp_learning.Learned`, as numbers. Worked out by a worker: `running` until then, with
    `progress` in percent; `refused` with the reason in `note` where there are too few deals. Only a person adopts it.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Being worked out"
        REFUSED = "refused", "Too few deals"
        OPEN = "open", "To decide"
        ADOPTED = "adopted", "Adopted"
        DISMISSED = "dismissed", "Dismissed"

    criteria = models.JSONField(default=list)
    evidence = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    progress = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    model = models.OneToOneField(
        IcpModel, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposal"
    )

    class Meta:
        ordering = ("-made_at",)
        verbose_name = "ICP proposal"

    def __str__(self) -> str:
        return f"Proposal of {self.made_at:%Y-%m-%d}"
