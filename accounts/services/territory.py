"""Territories, and the accounts that fall into them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from abmops.lib.errors import Conflict
from accounts.models import Account, Territory
from accounts.services.locking import take_turn


@transaction.atomic
def save_territory(
    *,
    territory: Territory,
    slug: str | None = None,
    name: str | None = None,
    countries: Sequence[str] | None = None,
) -> Territory:
    """Store a territory. Accounts of its countries that have no territory yet fall into it."""
    take_turn("account")
    if slug is not None:
        if Territory.objects.filter(slug=slug).exclude(pk=territory.pk).exists():
            raise Conflict("Another territory has this slug.")
        territory.slug = slug
    if name is not None:
        territory.name = name
    if countries is not None:
        territory.countries = sorted(set(countries))
    territory.save()
    Account.objects.filter(territory=None, country__in=territory.countries).update(territory=territory)
    return territory
