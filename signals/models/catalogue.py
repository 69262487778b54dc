"""The catalogue: where signals come from and what kinds there are [P4, M]."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from abmops.lib.choices import SourceKind
from accounts.models import User

M = TypeVar("M", bound=models.Model)


class DefinitionQuerySet(models.QuerySet[M]):
    """Reads over definitions that everybody who is signed in may see."""

    def visible_to(self, user: User | AnonymousUser) -> DefinitionQuerySet[M]:
        """All of them for anybody signed in."""
        return self if user.is_authenticated and user.is_active else self.none()


class Source(models.Model):
    """A system that sends signals. Its weight says how far it is trusted; only the hash of its write key is kept."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=SourceKind.choices)
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(10)])
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    write_key_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    is_active = models.BooleanField(default=True, help_text="An inactive source's write key is refused.")
    mapping = models.JSONField(
        default=dict,
        blank=True,
        help_text="How what it posts to its hook becomes records; see signals.domain.mapping.",
    )
    signing_number = models.PositiveIntegerField(
        default=1, editable=False, help_text="Which signing secret is in force; the secret itself is derived."
    )
    signing_rotated_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DefinitionQuerySet["Source"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(weight__range=(0, 10)), name="source_weight_is_0_to_10"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="source_kind_is_known"),
        )

    def __str__(self) -> str:
        return self.name


class PageIntent(models.TextChoices):
    """What a page says about whoever reads it; the more it says, the more its type is worth."""

    PRICING = "pricing", "Pricing"
    DEMO = "demo", "Demo or trial"
    COMPARISON = "comparison", "Comparison"
    PRODUCT = "product", "Product or documentation"
    CONTENT = "content", "Content"


class SignalType(models.Model):
    """A kind of signal: what it is worth, how long it counts, and which raw events are one."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=SourceKind.choices)
    confidence = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    recency_days = models.PositiveIntegerField(
        default=30, help_text="Older signals of this type fire nothing."
    )
    half_life_days = models.FloatField(default=14.0, help_text="After this many days a signal is worth half.")
    points = models.FloatField(default=10.0)
    digital_response = models.BooleanField(default=False, help_text="Counts as an answer to marketing.")
    qualifying = models.BooleanField(default=False, help_text="Counts towards handing the account to sales.")
    hand_raise = models.BooleanField(
        default=False, help_text="The account asks for us: sales may act at once."
    )
    page_intent = models.CharField(
        max_length=12,
        choices=PageIntent.choices,
        blank=True,
        default="",
        help_text="For page views: what the page says about its reader.",
    )
    rules = models.JSONField(
        default=list,
        blank=True,
        help_text='Raw events that are this type: [{"event": "page", "path": "/pricing*"}].',
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DefinitionQuerySet["SignalType"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)), name="signal_type_confidence_is_0_to_1"
            ),
            models.CheckConstraint(
                condition=Q(half_life_days__gt=0), name="signal_type_half_life_is_positive"
            ),
            models.CheckConstraint(condition=Q(points__gte=0), name="signal_type_points_are_not_negative"),
            models.CheckConstraint(
                condition=Q(recency_days__gte=1), name="signal_type_recency_is_a_day_or_more"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """A third-party intent topic that we follow, five to ten of them [M]. `key` is how topics are compared."""

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, unique=True, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DefinitionQuerySet["Topic"].as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
