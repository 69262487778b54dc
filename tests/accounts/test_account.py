"""Accounts: what a write does beside the row, and what holds when several write at once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldErrors, Refused
from abmops.work.models import WorkItem
from accounts.domain.countries import NAMES, country, nearest
from accounts.domain.hierarchy import in_circles
from accounts.domain.records import AccountRecord, ContactRecord
from accounts.models import Account, AccountDomain, Contact, ExchangeRate, Territory
from accounts.selectors.fit import explain_fit
from accounts.services.account import adopt_icp, remove_account, upsert_accounts
from accounts.services.contact import upsert_contacts
from accounts.services.territory import save_territory
from tests.accounts import make
from tests.accounts.racing import at_once

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def write(*records: AccountRecord) -> BulkResult:
    """One call."""
    return upsert_accounts(records=dict(enumerate(records)), now=NOW)


def waiting_keys() -> set[str]:
    """What the signals that wait are told of."""
    return {key for item in WorkItem.objects.filter(kind="resolve") for key in item.payload["keys"]}


@pytest.mark.django_db
def test_signals_that_wait_are_told_of_every_new_key_and_of_no_old_one() -> None:
    write(AccountRecord(domain="a.example", domains=["b.example"], external_ids={"crm": "1"}))
    assert waiting_keys() == {"domain:a.example", "domain:b.example", "external:1"}
    WorkItem.objects.all().delete()
    write(AccountRecord(domain="a.example", industry="Steel"))
    assert waiting_keys() == set()
    upsert_contacts(records={0: ContactRecord(email="Jane@A.example")}, now=NOW)
    assert waiting_keys() == {"email:jane@a.example"}


@pytest.mark.django_db
def test_contacts_that_came_first_find_their_company() -> None:
    upsert_contacts(
        records={0: ContactRecord(email="jane@a.example"), 1: ContactRecord(email="j@gmail.com")}, now=NOW
    )
    assert Contact.objects.filter(account=None).count() == 2
    write(AccountRecord(domain="a.example"))
    assert list(Contact.objects.exclude(account=None).values_list("email", flat=True)) == ["jane@a.example"]


@pytest.mark.django_db
def test_a_country_brings_its_territory_unless_somebody_put_the_account_elsewhere() -> None:
    dach = save_territory(territory=Territory(), slug="dach", name="DACH", countries=["DE", "AT"])
    nordics = save_territory(territory=Territory(), slug="nordics", name="Nordics", countries=["SE"])
    write(AccountRecord(domain="a.example", country="DE"), AccountRecord(domain="b.example"))
    first, second = Account.objects.order_by("id")
    assert (first.territory, second.territory) == (dach, None)
    write(AccountRecord(domain="a.example", country="SE"), AccountRecord(domain="b.example", country="DE"))
    assert [account.territory for account in Account.objects.order_by("id")] == [nordics, dach]
    Account.objects.filter(pk=first.pk).update(territory=dach)
    write(AccountRecord(domain="a.example", country="AT"))
    assert Account.objects.get(pk=first.pk).territory == dach


CRITERIA: list[dict[str, Any]] = [
    {"field": "industry", "weight": 30, "any_of": ["Software", "Finance"]},
    {"field": "employees", "weight": 50, "at_least": 200, "at_most": 5000},
    {"field": "annual_revenue", "weight": 20, "at_least": 1000000, "label": "Size"},
]


@pytest.mark.django_db
def test_fit_follows_the_model_and_the_firmographics() -> None:
    write(AccountRecord(domain="a.example", industry="software", employees=200))
    account = Account.objects.get()
    assert account.fit == 0
    adopt_icp(name="First", criteria=CRITERIA, now=NOW)
    account.refresh_from_db()
    assert account.fit == 80
    assert WorkItem.objects.filter(kind="evaluate", subject_id=account.pk).exists()
    write(AccountRecord(domain="a.example", annual_revenue=Decimal(900_000), currency="EUR"))
    account.refresh_from_db()
    assert account.fit == 80
    ExchangeRate.objects.create(currency="EUR", day=NOW.date(), rate=Decimal("1.2"))
    write(AccountRecord(domain="a.example", employees=6000))
    account.refresh_from_db()
    assert account.fit == 50
    why = explain_fit(account, now=NOW)
    assert why.value == 50
    assert sum(part.points for part in why.contributions) == pytest.approx(50)
    assert [part.sentence for part in why.contributions] == [
        "The industry is software; which is one of Software, Finance.",
        "The annual revenue is 1,080,000; which is 1,000,000 or more.",
        "The number of employees is 6,000; wanted is from 200 to 5,000.",
    ]
    with pytest.raises(FieldErrors, match="Criterion 1"):
        adopt_icp(name="Bad", criteria=[{"field": "colour", "weight": 1}], now=NOW)


@pytest.mark.django_db
def test_an_account_with_history_is_not_deleted() -> None:
    blank, known = make.account("Blank", "blank.example"), make.account()
    make.contact(known)
    remove_account(account=blank)
    with pytest.raises(Refused, match="contacts"):
        remove_account(account=known)
    assert list(Account.objects.all()) == [known]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_follow_the_number_of_records() -> None:
    counts = []
    for start, size in ((0, 10), (100, 900)):
        records = {
            n: AccountRecord(domain=f"c{start + n}.example", external_ids={"crm": str(start + n)})
            for n in range(size)
        }
        with CaptureQueriesContext(connection) as asked:
            upsert_accounts(records=records, now=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


@pytest.mark.django_db(transaction=True)
def test_the_same_accounts_sent_at_once_are_made_once() -> None:
    records = {n: AccountRecord(domain=f"c{n}.example", external_ids={"crm": str(n)}) for n in range(30)}
    reversed_ = dict(enumerate(reversed(records.values())))
    calls = [lambda sent=sent: upsert_accounts(records=sent, now=NOW) for sent in (records, reversed_) * 3]
    assert at_once(calls) == []
    assert Account.objects.count() == AccountDomain.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_no_circle_of_parents_closes_between_two_calls() -> None:
    names = [f"c{n}.example" for n in range(6)]
    write(*(AccountRecord(domain=name) for name in names))
    calls = [
        lambda child=child, parent=parent: write(AccountRecord(domain=child, parent_domain=parent))
        for child, parent in zip(names, [*names[1:], names[0]], strict=True)
    ]
    assert at_once(calls) == []
    edges = dict(Account.objects.filter(parent__isnull=False).values_list("id", "parent_id"))
    assert len(edges) == 5
    assert in_circles(edges) == set()


@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12)))
def test_circles_are_found_as_by_walking(parents: dict[int, int]) -> None:
    def comes_back(start: int) -> bool:
        node, seen = parents[start], 0
        while node in parents and node != start and seen <= len(parents):
            node, seen = parents[node], seen + 1
        return node == start

    assert in_circles(parents) == {child for child in parents if comes_back(child)}


@pytest.mark.parametrize(("text", "code"), [
    ("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("  united   states ", "US"), ("USA", "US"), ("Cote d'Ivoire", "CI"),
    ("Türkiye", "TR"), ("Philipines", "PH"), ("Korea", "KR"), ("Atlantis", None), ("", None),
])  # fmt: skip
def test_countries_by_code_and_name(text: str, code: str | None) -> None:
    assert country(text) == code


def test_a_misspelt_country_is_asked_back_and_not_guessed() -> None:
    assert country("Germny") is None
    assert nearest("Germny") == "Germany (DE)"
    assert len(NAMES) == 250
