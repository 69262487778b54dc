"""Each page makes the same number of queries for three rows as for thirty, and that number is on record."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from signals.models import Crossing
from tests import budgets
from tests.web import world

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("name", "address", "headers"),
    [
        pytest.param("page accounts:list", "/accounts/", {}, id="list"),
        pytest.param(
            "page accounts:list by last touch", "/accounts/?sort=-sales", {}, id="list by last touch"
        ),
        pytest.param(
            "page accounts:list narrowed", "/accounts/?tier=1&gap=end_user&q=account", {}, id="list narrowed"
        ),
        pytest.param("page accounts:csv", "/accounts/accounts.csv", {}, id="csv"),
        pytest.param("page accounts:account", "/accounts/{account}/", {}, id="account"),
        pytest.param("part accounts:peek", "/accounts/{account}/peek/", HTMX, id="peek"),
        pytest.param("part accounts:timeline", "/accounts/{account}/timeline/", HTMX, id="timeline"),
        pytest.param("page signals:list", "/signals/", {}, id="in market"),
        pytest.param("page signals:crossings", "/signals/crossings/", {}, id="crossings"),
        pytest.param("page signals:crossing", "/signals/crossings/{crossing}/", {}, id="crossing"),
        pytest.param("page signals:unmatched", "/signals/unmatched/", {}, id="unmatched"),
        pytest.param(
            "page signals:of_account", "/signals/accounts/{account}/", {}, id="signals of an account"
        ),
        pytest.param("part signals:score_panel", "/signals/accounts/{account}/score/", HTMX, id="score"),
        pytest.param("part signals:trend_panel", "/signals/accounts/{account}/trend/", HTMX, id="trend"),
        pytest.param("page signals:thresholds", "/thresholds/", {}, id="thresholds"),
        pytest.param("page signals:catalogue", "/catalogue/", {}, id="catalogue"),
    ],
)
def test_a_page_keeps_its_budget(
    as_rep: Client, rep: User, name: str, address: str, headers: dict[str, str]
) -> None:
    now = timezone.now()
    world.accounts(3, owner=rep, now=now)
    world.leftovers(3, now=now)
    ids = {"account": Account.objects.order_by("pk")[0].pk, "crossing": Crossing.objects.order_by("pk")[0].pk}
    url = address.format(**ids)

    def count() -> int:
        cache.clear()
        return budgets.queries_of(lambda: as_rep.get(url, headers=headers))

    count()  # the session's first write
    few = count()
    world.accounts(27, owner=rep, now=now, start=3)
    world.leftovers(0, now=now)
    assert count() == few
    budgets.hold(name, few)
