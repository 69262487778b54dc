"""What the pages of surfaces and deliveries show."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from plays import surfaces
from plays.models import Delivery, DeliveryAttempt, Endpoint
from plays.models.endpoint import MAIL

DAY = timedelta(days=1)
SORTS = {
    "at": ("put_at", "When"),
    "type": ("type", "What"),
    "surface": ("endpoint__name", "Surface"),
    "state": ("state", "State"),
    "attempts": ("attempts", "Attempts"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a page asks for; what it does not know is left out."""

    q: str = ""
    state: str = ""
    type: str = ""
    surface: int | None = None
    sort: str = "-at"

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows."""
        return bool(self.q or self.state or self.type or self.surface is not None)


def endpoints(user: User, *, now: datetime) -> QuerySet[Endpoint]:
    """Surfaces with how they did in the last 24 hours and what waits or was given up. One query."""
    rows = Delivery.objects.filter(endpoint=OuterRef("pk")).order_by()
    recent = rows.filter(put_at__gte=now - DAY)
    newest = rows.filter(state="sent").order_by("-put_at")
    return (
        Endpoint.objects.visible_to(user)
        .select_related("owner")
        .annotate(
            sent_day=_count(recent.filter(state="sent")),
            dead_day=_count(recent.filter(state="dead")),
            waiting=_count(rows.filter(state="waiting")),
            last_sent=Subquery(newest.values("ended_at")[:1]),
        )
        .order_by("name", "pk")
    )


def shown(endpoint: Endpoint) -> str:
    """The address of a surface without what is secret in it."""
    if endpoint.surface == Endpoint.Surface.WEBHOOK:
        return surfaces.named("webhook").shown(surfaces.Address(target=endpoint.target))
    return endpoint.target


def _count(rows: QuerySet[Delivery]) -> Coalesce:
    """How many, by the index of an endpoint's deliveries: a million sent ones cost nothing."""
    counted = rows.values("endpoint").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def deliveries(user: User, wanted: Wanted) -> QuerySet[Delivery]:
    """Deliveries as narrowed and sorted."""
    rows = Delivery.objects.visible_to(user).select_related("endpoint", "account", "user")
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.type:
        rows = rows.filter(type=wanted.type)
    if wanted.surface is not None:
        rows = rows.filter(endpoint=wanted.surface)
    if wanted.q:
        found = Q(account__name__icontains=wanted.q) | Q(answer__icontains=wanted.q)
        found |= Q(user__name__icontains=wanted.q) | Q(endpoint__name__icontains=wanted.q)
        with suppress(ValueError):
            found |= Q(pk=UUID(wanted.q))
        rows = rows.filter(found)
    order = SORTS[wanted.sort.removeprefix("-")][0]
    return rows.order_by(f"-{order}" if wanted.sort.startswith("-") else order, "-pk")


def attempts_of(delivery: Delivery) -> QuerySet[DeliveryAttempt]:
    """Every attempt, the newest first."""
    return delivery.tries.order_by("-n")


def mail_problem() -> str:
    """Why no mail goes out, as a sentence; empty where it does."""
    if problem := surfaces.named("email").problem():
        return problem
    off = Endpoint.objects.filter(slug=MAIL, disabled_at__isnull=False).exists()
    return "RevOps has switched mail to people off, so nothing comes by e-mail." if off else ""


def given_up(user: User) -> int:
    """How many deliveries stand given up."""
    return Delivery.objects.visible_to(user).dead().count()
