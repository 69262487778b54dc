"""Ratings of the seven components, with their evidence."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from accounts.models import User
from governance.domain.rating import COMPONENTS, RATINGS


class GovernanceRatingQuerySet(models.QuerySet["GovernanceRating"]):
    """The vocabulary of reads over ratings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in."""
        return self if user.is_authenticated and user.is_active else self.none()


class GovernanceRating(models.Model):
    """How far one component was in place when somebody looked, and what shows it. A new look is a new row."""

    component = models.PositiveSmallIntegerField(choices=tuple(COMPONENTS.items()))
    rating = models.PositiveSmallIntegerField(choices=tuple(RATINGS.items()))
    evidence = models.TextField(help_text="What shows it: a page, a figure, an example.")
    rated_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = GovernanceRatingQuerySet.as_manager()

    class Meta:
        ordering = ("-rated_at", "component")
        constraints = (
            models.CheckConstraint(condition=Q(component__range=(1, 7)), name="rating_component_is_1_to_7"),
            models.CheckConstraint(condition=Q(rating__range=(0, 2)), name="rating_is_0_to_2"),
            models.UniqueConstraint(
                fields=["component", "rated_at"], name="one_rating_per_component_and_moment"
            ),
        )
        indexes = (models.Index(fields=["component", "-rated_at"], name="rating_component_at"),)

    def __str__(self) -> str:
        return f"{self.get_component_display()}: {self.rating}"
