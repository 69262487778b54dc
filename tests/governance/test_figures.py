"""What governance gives to the scoreboard."""

from datetime import datetime, timedelta

import pytest

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from accounts.models import ListMembership
from governance.domain.rating import COMPONENTS
from governance.models import GovernanceRating
from governance.services import Subject, rate_component, resolve_escalation, withdraw_escalation
from scoreboard.domain.figures import Figure, Scope
from scoreboard.selectors.book import read_figures
from scoreboard.selectors.opened import open_number
from tests.accounts import make
from tests.governance.test_escalation import OUTCOME, opened

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def figures(at: datetime, scope: Scope | None = None) -> dict[str, Figure]:
    return read_figures(at, scope or Scope())


def test_escalations_a_week_over_twelve_weeks(now: datetime) -> None:
    for days in (0, 1, 83, 84, 85):
        opened(now - days * DAY)
    rate = figures(now)["escalation_rate"]
    assert (rate.value, rate.numerator, rate.denominator) == (3 / 12, 3, 12)


def test_time_to_resolve_is_the_mean_of_the_resolved(now: datetime) -> None:
    """Resolved after 10 h and 30 h; one withdrawn, one open, one resolved only after T."""
    by = make.user(Role.EXECUTIVE)
    for hours in (10, 30):
        start = now - 40 * DAY
        escalation = opened(start)
        resolve_escalation(escalation=escalation, outcome=OUTCOME, by=by, now=start + timedelta(hours=hours))
    withdraw_escalation(escalation=opened(now - 9 * DAY), reason="Moot.", by=by, now=now - 8 * DAY)
    opened(now - 5 * DAY)
    resolve_escalation(escalation=opened(now - 4 * DAY), outcome=OUTCOME, by=by, now=now + DAY)
    mean = figures(now)["escalation_mean_hours"]
    assert (mean.value, mean.numerator) == (20, 2)


def test_nothing_resolved_is_no_data(now: datetime) -> None:
    opened(now - DAY)
    assert figures(now)["escalation_mean_hours"].value is None


def test_an_escalation_counts_once_and_opens_to_all_its_accounts(now: datetime) -> None:
    accounts = [make.account(f"Account {n}", f"a{n}.example") for n in range(2)]
    for account in accounts:
        ListMembership.objects.create(
            account=account, tier=1, valid_from=now - 9 * DAY, side="revops", reason="Test."
        )
    opened(now - DAY, subjects=[Subject("account", account.pk) for account in accounts])
    assert figures(now)["escalation_rate"].numerator == 1
    assert figures(now, Scope(tier=2))["escalation_rate"].numerator == 0
    assert figures(now, Scope(tier=1))["escalation_rate"].numerator == 1
    part = open_number("escalation_rate", now, Scope())["numerator"]
    assert set(part.accounts) == {account.pk for account in accounts}


def test_the_score_is_the_sum_of_each_components_latest_rating(now: datetime) -> None:
    by = make.user(Role.REVOPS)
    assert figures(now)["governance_score"].value is None
    for component in COMPONENTS:
        rate_component(
            component=component, rating=1, evidence="Seen.", by=by, now=now - 90 * DAY + component * DAY / 24
        )
    rate_component(component=1, rating=2, evidence="Better.", by=by, now=now - DAY)
    rate_component(component=2, rating=0, evidence="Gone.", by=by, now=now)
    assert (figures(now)["governance_score"].value, figures(now)["governance_score"].denominator) == (8, 14)
    assert figures(now - 2 * DAY)["governance_score"].value == 7
    assert figures(now + DAY)["governance_score"].value == 7


@pytest.mark.parametrize(
    ("component", "rating", "evidence", "pointer"),
    [(8, 1, "x", "/component"), (0, 1, "x", "/component"), (1, 3, "x", "/rating"), (1, 1, " ", "/evidence")],
)
def test_what_is_no_rating(now: datetime, component: int, rating: int, evidence: str, pointer: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        rate_component(component=component, rating=rating, evidence=evidence, by=make.user(), now=now)
    assert [error.pointer for error in refused.value.errors] == [pointer]


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.INTEGRATION])
def test_who_may_not_rate(now: datetime, role: Role) -> None:
    with pytest.raises(Refused):
        rate_component(component=1, rating=1, evidence="Mine.", by=make.user(role), now=now)
    assert not GovernanceRating.objects.exists()
