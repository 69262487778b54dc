"""Rules of routing: who gets a step where the account's own people do not take it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import User


class RoutingRuleQuerySet(models.QuerySet["RoutingRule"]):
    """The vocabulary of reads over rules."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in may read why work comes to them."""
        return self if user.is_authenticated and user.is_active else self.none()


class RoutingRule(models.Model):
    """A line of the routing table: the first active one that fits a step decides, in the order of `position`.

    An empty condition fits everything. Territories are kept by number, so that a removed territory makes a rule fit
    less, never more.
    """

    class Target(models.TextChoices):
        """Who takes what the rule fits."""

        PERSON = "person", "One person"
        TERRITORY = "territory", "The seats below, in the account's territory"
        ANYWHERE = "anywhere", "The seats below, wherever they are"

    position = models.PositiveIntegerField(help_text="1 is asked first.")
    name = models.CharField(max_length=120)
    active = models.BooleanField(default=True)
    tiers = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="1 to 3; 0 is off the list."
    )
    territories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    industries = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    sides = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    roles = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, help_text="Who the step asks for."
    )
    target = models.CharField(max_length=10, choices=Target.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="routing_rules",
    )
    seats = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    reason = models.CharField(max_length=300, help_text="Why the rule is there; shown wherever it decides.")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = RoutingRuleQuerySet.as_manager()

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["position"],
                name="one_routing_rule_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="routing_rule_names_who_takes_it",
                condition=Q(target="person", person__isnull=False, seats__len=0)
                | Q(target__in=("territory", "anywhere"), person__isnull=True, seats__len__gt=0),
            ),
            models.CheckConstraint(name="routing_rule_has_a_reason", condition=~Q(reason="")),
        )

    def __str__(self) -> str:
        return self.name
