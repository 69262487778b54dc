"""Why an account fits: the model in force, what it looks at, and the explanation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal

from django.conf import settings
from django.db.models import Count

from accounts.domain.fit import BEHAVIOUR, Criterion, Firmographics, Fit, fit_of, read_criteria
from accounts.models import Account, Contact, ExchangeRate, IcpModel, Opportunity, Touch

TOUCH_WINDOW = timedelta(days=90)
# Room for every digit of an amount times a rate, so that the database, which keeps them all, says the same.
_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an account did with us: deals won ever, people known, touches in 90 days."""

    won_deals: int = 0
    contacts: int = 0
    touches_90d: int = 0


NONE = Behaviour()


def model_in_force() -> IcpModel | None:
    """The version that fits are worked out by; None before the first."""
    return IcpModel.objects.filter(retired_at__isnull=True).select_related("adopted_by").first()


def criteria_in_force() -> tuple[Criterion, ...]:
    """The criteria of the ICP model in force; none where there is no model."""
    model = IcpModel.objects.filter(retired_at__isnull=True).first()
    return read_criteria(model.criteria) if model else ()


def latest_rates() -> dict[str, Decimal]:
    """What one unit of each currency is worth in the base currency, by the newest rate known."""
    rows = ExchangeRate.objects.order_by("currency", "-day").distinct("currency")
    return {row.currency: row.rate for row in rows} | {settings.BASE_CURRENCY: Decimal(1)}


def behaviours(ids: Collection[int], criteria: Sequence[Criterion], *, now: datetime) -> dict[int, Behaviour]:
    """What these accounts did with us: one query for each kind of it that the criteria ask about."""
    asked = {criterion.field for criterion in criteria} & set(BEHAVIOUR)
    if not asked or not ids:
        return {}
    counts = {
        "won_deals": Opportunity.objects.filter(outcome="won", closed_at__lt=now),
        "contacts": Contact.objects.all(),
        "touches_90d": Touch.objects.filter(occurred_at__gte=now - TOUCH_WINDOW, occurred_at__lt=now),
    }
    found: dict[str, dict[int, int]] = {}
    for name in asked:
        rows = counts[name].filter(account_id__in=ids).order_by().values_list("account_id")
        found[name] = dict(rows.annotate(n=Count("pk")))
    return {pk: Behaviour(**{name: found[name].get(pk, 0) for name in asked}) for pk in ids}


def firmographics(
    account: Account, rates: Mapping[str, Decimal], behaviour: Behaviour = NONE
) -> Firmographics:
    """An account as the fit sees it. A revenue in a currency without a rate counts as not known."""
    rate = rates.get(account.currency)
    revenue = account.annual_revenue
    return Firmographics(
        industry=account.industry,
        employees=account.employees,
        annual_revenue=None
        if revenue is None or rate is None
        else _EXACT.multiply(Decimal(revenue), Decimal(rate)),
        country=account.country,
        region=account.region,
        technologies=tuple(account.technologies),
        won_deals=behaviour.won_deals,
        contacts=behaviour.contacts,
        touches_90d=behaviour.touches_90d,
    )


def companies(
    accounts: Sequence[Account], criteria: Sequence[Criterion], *, now: datetime
) -> list[Firmographics]:
    """Each account as these criteria see it, in the same order; in a fixed number of queries. One that is not stored
    yet has done nothing with us."""
    rates = latest_rates()
    did = behaviours([row.pk for row in accounts if row.pk], criteria, now=now)
    return [firmographics(row, rates, did.get(row.pk, NONE)) for row in accounts]


def explain_fit(account: Account, *, now: datetime) -> Fit:
    """The account's fit by the model in force: every criterion with its points and a sentence, largest first."""
    criteria = criteria_in_force()
    return fit_of(companies([account], criteria, now=now)[0], criteria)
