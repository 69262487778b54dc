"""Ways of looking at a list that people keep."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.user import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """The vocabulary of reads over saved views."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and what others share."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.filter(Q(owner=user) | Q(is_shared=True), removed_at__isnull=True)


class SavedView(models.Model):
    """A list's filters, sort and columns under a name; private, or shared with everybody."""

    page = models.CharField(max_length=40, help_text="The list's URL name, for example accounts:list.")
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=2_000, blank=True, help_text="The query string, without page numbers."
    )
    columns = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Taken away; kept for a while, so that it can come back.",
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                condition=Q(removed_at__isnull=True),
                name="one_saved_view_per_owner_page_and_name",
            ),
        )

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The saved view that a person begins with on a list."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="default_views")
    page = models.CharField(max_length=40)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="default_for")

    class Meta:
        ordering = ("user", "page")
        constraints = (
            models.UniqueConstraint(fields=["user", "page"], name="one_default_view_per_user_and_page"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
