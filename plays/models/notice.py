"""Notices: what a person is told once."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse

from accounts.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """The vocabulary of reads over notices."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Only one's own."""
        return self.filter(user=user) if isinstance(user, User) and user.is_active else self.none()

    def about(self, *subjects: str) -> Self:
        """Notices about any of these subjects."""
        return self.filter(subject__in=subjects)

    def unread(self) -> Self:
        """Notices that their person has not opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing told to one person. The same (person, kind, subject) is told once, by the database."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24)
    subject = models.CharField(max_length=120, help_text="What it is about, for example task:17.")
    text = models.CharField(max_length=400)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "kind", "subject"], name="one_notice_per_user_kind_and_subject"
            ),
        )
        indexes = (
            models.Index(fields=["user", "-at"], name="notice_user_at"),
            models.Index(
                fields=["subject"], condition=models.Q(read_at__isnull=True), name="notice_unread_subject"
            ),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def link(self) -> str:
        """The address that a message gives: by way of the notice, which is seen with that, to where it leads."""
        if not self.url:
            return ""
        return f"{reverse('plays:notice', args=[self.pk])}?{urlencode({'to': self.url}, safe='/')}"
