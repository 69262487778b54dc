"""People who use the program, the territories they cover, and when they are away."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, Group, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from abmops.lib.choices import Job, Role
from abmops.lib.week import five_days


class Territory(models.Model):
    """A part of the market with its own reps; accounts fall into it by country unless set by hand."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        help_text="Two-letter codes such as DE, AT, CH. Accounts of these countries fall into this territory.",
    )

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "territories"

    def __str__(self) -> str:
        return self.name


SERVICE = "@service.invalid"
"""How the address ends of a user that is no person: the one that a key acts as which was made for a program."""


WORKERS = (Role.REP, Role.MARKETER, Role.REVOPS)
"""Who can owe a task, of those who are here."""


class UserManager(BaseUserManager["User"]):
    """Makes people who sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with a lower-case e-mail; without a password they cannot sign in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """RevOps with every right in the admin."""
        return self.create_user(
            email, password, **({"role": Role.REVOPS, "is_staff": True, "is_superuser": True} | fields)
        )

    def here(self, *, besides: int | None = None) -> models.QuerySet[User]:
        """Everybody who works here now, by name; integrations and keys, whatever their role, do not. `besides`: one
        more, even if they have left."""
        working = Q(is_active=True) & ~Q(role=Role.INTEGRATION) & ~Q(email__endswith=SERVICE)
        return self.filter(working if besides is None else working | Q(pk=besides)).order_by("name")

    def get_by_natural_key(self, username: str | None) -> User:
        """Sign-in ignores the case of the address."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or the identity behind an API key. The role decides what they may do."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.REP)
    job = models.CharField(
        max_length=8, choices=Job.choices, blank=True, help_text="A rep's seat; play steps are routed by it."
    )
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="people"
    )
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="IANA name, for example Europe/Berlin."
    )
    opens = models.TimeField(default=time(9), help_text="When the working day begins, on the person's wall.")
    closes = models.TimeField(default=time(17), help_text="When it ends.")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        default=five_days,
        help_text="Working days, Monday is 0.",
    )
    capacity = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Open tasks this person may hold before a pool passes them over; empty: what their seat may hold.",
    )
    theme = models.CharField(
        max_length=8, default="", blank=True, choices=[("", "System"), ("light", "Light"), ("dark", "Dark")]
    )
    toured_at = models.DateTimeField(
        null=True, blank=True, help_text="When the first-visit tour was finished or closed."
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="one_user_per_email_in_any_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_is_known"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="user_closes_after_they_open"),
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0, weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]),
                name="user_works_on_some_weekday",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the Django group equal to the role, so that admin permissions follow it."""
        super().save(*args, **kwargs)
        group, _ = Group.objects.get_or_create(name=self.role)
        self.groups.set([group])

    def get_full_name(self) -> str:
        """The name as people write it."""
        return self.name

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.name.split(" ")[0] if self.name else self.email

    @property
    def works_here(self) -> bool:
        """Whether the person is one of `User.objects.here()`."""
        return self.is_active and self.role != Role.INTEGRATION and not self.email.endswith(SERVICE)

    @property
    def why_no_work(self) -> str:
        """Why the person can owe nothing, and whom to choose, as a sentence's second half; empty where they can."""
        if self.works_here and self.role in WORKERS:
            return ""
        if not self.is_active:
            why = "they are no longer here"
        else:
            why = "executives only read" if self.works_here else "it is a program's key and no person"
        return f"{why}. Choose a rep, a marketer or RevOps."

    def has_role(self, *roles: str) -> bool:
        """Whether the person holds one of the roles; a superuser holds them all."""
        return self.is_superuser or self.role in roles


class Absence(models.Model):
    """Days on which a person is away, both ends included; their work goes to the stand-in.

    `handed_at` is when the work that falls due meanwhile was handed on; other days or another stand-in ask again.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()
    stand_in = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="stands_in"
    )
    note = models.CharField(
        max_length=120, blank=True, help_text="Shown to colleagues, for example “Parental leave”."
    )
    handed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-starts_on",)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~Q(stand_in=F("user")), name="nobody_stands_in_for_themselves"),
        )

    def __str__(self) -> str:
        return f"{self.user} away {self.starts_on} to {self.ends_on}"


class Holiday(models.Model):
    """A day that is no working day for a territory, or for everybody when no territory is named."""

    day = models.DateField()
    name = models.CharField(max_length=80)
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.CASCADE, related_name="holidays"
    )

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(
                fields=["day", "territory"], name="one_holiday_per_day_and_territory", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
