"""A query inside a larger statement, also one that can match nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client

from abmops.lib.choices import Role
from accounts.jobs.gaps import close_gaps
from accounts.models import Account
from accounts.selectors.statement import statement
from tests.accounts import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param(Account.objects.filter(name="Acme"), 1, id="one that matches"),
        pytest.param(Account.objects.filter(pk__in=[]), 0, id="an empty list of keys"),
        pytest.param(Account.objects.none(), 0, id="none at all"),
    ],
)
def test_a_query_becomes_a_part_of_a_statement(rows: QuerySet[Account], found: int) -> None:
    make.account("Acme", "acme.example")
    sql, params = statement(rows.values_list("id"))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH base AS ({sql}) SELECT count(*) FROM base", params)
        assert cursor.fetchone() == (found,)


@pytest.mark.parametrize("path", ["/committees/", "/gaps/", "/accounts/"])
def test_an_installation_with_nothing_in_it_shows_its_pages(client: Client, path: str) -> None:
    client.force_login(make.user(Role.REVOPS))
    assert client.get(path).status_code == 200


def test_gaps_are_closed_where_nobody_has_one(now: datetime) -> None:
    close_gaps(now)
