"""Accounts, the domains and external ids they are known by, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper

from abmops.lib.choices import TIERS, Lifecycle, Phase, Role
from accounts.domain.names import normal_name
from accounts.models.user import Territory, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AccountQuerySet(models.QuerySet["Account"]):
    """The vocabulary of reads over accounts."""

    def visible_to(self, user: User | AnonymousUser) -> AccountQuerySet:
        """Everybody who is signed in sees every account [DOMAIN 2]; nobody else sees any."""
        return self if user.is_authenticated and user.is_active else self.none()

    def editable_by(self, user: User | AnonymousUser) -> AccountQuerySet:
        """Reps edit their own accounts and their territory's; RevOps, marketers and integrations all."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(Role.REVOPS, Role.MARKETER, Role.INTEGRATION):
            return self
        if user.role != Role.REP:
            return self.none()
        mine = Q(owner=user)
        return self.filter(mine | Q(territory=user.territory_id) if user.territory_id else mine)

    def on_list(self) -> AccountQuerySet:
        """Accounts on the target list now."""
        return self.filter(is_target=True)

    def on_tier(self, *tiers: int) -> AccountQuerySet:
        """Accounts now on the list in one of the tiers."""
        return self.filter(tier__in=tiers)


class Account(models.Model):
    """One canonical record per company [F1]. The database keeps `is_target` and `tier` equal to the open list row.

    `name_key` is `normal_name(name, country)` or null, which means that it has to be worked out: whoever writes a name
    or a country without a new key finds it null afterwards (a trigger), never stale.
    """

    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255, null=True, editable=False)
    domain = models.CharField(
        max_length=253,
        unique=True,
        null=True,
        blank=True,
        help_text="The registrable domain, lower case: acme.co.uk.",
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="subsidiaries"
    )
    industry = models.CharField(max_length=120, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(
        max_length=3, blank=True, help_text="ISO 4217 code of the revenue, for example EUR."
    )
    country = models.CharField(max_length=2, blank=True, help_text="Two-letter ISO 3166 code.")
    region = models.CharField(max_length=80, blank=True)
    technologies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    lifecycle = models.CharField(max_length=20, choices=Lifecycle.choices, default=Lifecycle.PROSPECT)
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.AWARENESS)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts")
    territory = models.ForeignKey(
        Territory, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts"
    )
    fit = models.FloatField(default=0, help_text="0 to 100, from the ICP model in force.")

    is_target = models.BooleanField(default=False, editable=False)
    tier = models.PositiveSmallIntegerField(choices=TIERS, null=True, blank=True, editable=False)
    list_refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="account_is_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(annual_revenue__gte=0), name="account_revenue_is_not_negative"
            ),
            models.CheckConstraint(condition=Q(fit__range=(0, 100)), name="account_fit_is_0_to_100"),
            models.CheckConstraint(
                condition=Q(tier__isnull=True, is_target=False) | Q(tier__in=(1, 2, 3), is_target=True),
                name="account_is_target_exactly_when_it_has_a_tier",
            ),
            models.CheckConstraint(
                condition=Q(lifecycle__in=Lifecycle.values), name="account_lifecycle_is_known"
            ),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="account_phase_is_known"),
        )
        indexes = (
            models.Index(fields=["tier", "name"], name="account_tier_name"),
            models.Index(fields=["owner", "tier"], name="account_owner_tier"),
            models.Index(fields=["territory", "tier"], name="account_territory_tier"),
            models.Index(Upper("name"), name="account_upper_name"),
            models.Index(fields=["name_key", "country"], name="account_name_key"),
            models.Index(fields=["id"], condition=Q(name_key__isnull=True), name="account_without_name_key"),
            GinIndex(OpClass("name_key", name="gin_trgm_ops"), name="account_name_key_alike"),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row with the key of its name."""
        self.put_name_key()
        if (fields := kwargs.get("update_fields")) is not None and {"name", "country"} <= set(fields):
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)

    def put_name_key(self) -> None:
        """Work out the key of the name as it stands."""
        self.name_key = normal_name(self.name, self.country)


class AccountDomain(models.Model):
    """A registrable domain that belongs to exactly one account; its primary one is among them."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)

    class Meta:
        ordering = ("domain",)
        indexes = (
            models.Index(
                Func(F("domain"), Value("."), Value(1), function="split_part"), name="account_domain_label"
            ),
        )

    def __str__(self) -> str:
        return self.domain


class AccountExternalId(models.Model):
    """What another system calls the account: unique within that system."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=40)
    value = models.CharField(max_length=200)

    class Meta:
        ordering = ("system", "value")
        constraints = (
            models.UniqueConstraint(fields=["system", "value"], name="external_id_is_unique_in_its_system"),
        )
        indexes = (models.Index(fields=["value"], name="external_id_value"),)

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class AccountEventQuerySet(models.QuerySet["AccountEvent"]):
    """The vocabulary of reads over what happened to accounts."""

    def standing(self) -> Self:
        """What has not been taken back: a meeting that was never booked counts nowhere, nor a deal that is gone, nor
        who engaged by a signal alone that was removed."""
        return self.filter(withdrawn_at__isnull=True).exclude(payload__has_key="removed")


class AccountEvent(models.Model):
    """Something that happened to an account that is not a signal; plays react to it. Append-only.

    `payload` by kind: joined_list {tier}, left_list {tier}, changed_tier {from, to}, opportunity_stage
    {opportunity, stage, outcome}, opportunity_removed {opportunity, deal, events, reason, by, name}, meeting_booked
    {touch, task, signal, on, off, day}, meeting_changed {event, how, reason, by, name}, contact_engaged {contact,
    signal}, score_risen {was, score}. `services.meeting`, `services.meeting_touches` and
    `services.opportunity_removal` alone change a row: they keep the day of a meeting right, and say in `withdrawn_at`
    that it was never booked, or that the deal is gone; who, why and what was are an event of its own.
    """

    class Kind(models.TextChoices):
        JOINED_LIST = "joined_list", "Joined the list"
        LEFT_LIST = "left_list", "Left the list"
        CHANGED_TIER = "changed_tier", "Changed tier"
        OPPORTUNITY_STAGE = "opportunity_stage", "Opportunity moved"
        OPPORTUNITY_REMOVED = "opportunity_removed", "Opportunity removed"
        MEETING_BOOKED = "meeting_booked", "Meeting booked"
        MEETING_CHANGED = "meeting_changed", "Meeting changed"
        CONTACT_ENGAGED = "contact_engaged", "Contact engaged"
        LIFECYCLE = "lifecycle", "Lifecycle changed"
        CHANGED_PHASE = "changed_phase", "Changed phase"
        SCORE_RISEN = "score_risen", "Score has risen"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    dedup_key = models.CharField(
        max_length=200,
        unique=True,
        help_text="One fact, one event: writing the same fact again adds nothing.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody said that it never happened; nothing counts it since."
    )

    objects = AccountEventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(
                name="only_meetings_and_deals_are_withdrawn",
                condition=models.Q(withdrawn_at__isnull=True)
                | models.Q(kind__in=("meeting_booked", "opportunity_stage")),
            ),
        )
        indexes = (
            models.Index(fields=["account", "-at"], name="account_event_account_at"),
            models.Index(
                fields=["at"], condition=models.Q(kind="meeting_booked"), name="account_event_meeting"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%Y-%m-%d %H:%M}"
