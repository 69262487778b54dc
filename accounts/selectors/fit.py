"""Why an account fits: the model in force, what it looks at, and the explanation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings

from accounts.domain.fit import Criterion, Firmographics, Fit, fit_of, read_criteria
from accounts.models import Account, ExchangeRate, IcpModel


def criteria_in_force() -> tuple[Criterion, ...]:
    """The criteria of the ICP model in force; none where there is no model."""
    model = IcpModel.objects.filter(retired_at__isnull=True).first()
    return read_criteria(model.criteria) if model else ()


def latest_rates() -> dict[str, Decimal]:
    """What one unit of each currency is worth in the base currency, by the newest rate known."""
    rows = ExchangeRate.objects.order_by("currency", "-day").distinct("currency")
    return {row.currency: row.rate for row in rows} | {settings.BASE_CURRENCY: Decimal(1)}


def firmographics(account: Account, rates: Mapping[str, Decimal]) -> Firmographics:
    """An account as the fit sees it. A revenue in a currency without a rate counts as not known."""
    rate = rates.get(account.currency)
    revenue = account.annual_revenue
    return Firmographics(
        industry=account.industry,
        employees=account.employees,
        annual_revenue=None if revenue is None or rate is None else Decimal(revenue) * rate,
        country=account.country,
        region=account.region,
        technologies=tuple(account.technologies),
    )


def explain_fit(account: Account) -> Fit:
    """The account's fit by the model in force: every criterion with its points and a sentence, largest first."""
    return fit_of(firmographics(account, latest_rates()), criteria_in_force())
