"""What stands beside an account is what counting would give, whatever was written and in whatever way."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Max

from abmops.lib.choices import CommitteeRole
from accounts.domain.committee import WANTED_ROLES
from accounts.models import Account, AccountFigures, Contact, Touch
from accounts.services.contact import upsert_contacts
from accounts.services.touch import upsert_touches
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SIDES = ("sales", "marketing", "customer_success")
pytestmark = pytest.mark.django_db


def counted(account: Account) -> tuple[object, ...]:
    """By brute force."""
    outbound = Touch.objects.filter(account=account, direction="outbound")
    newest = dict(outbound.values_list("side").annotate(at=Max("occurred_at")).order_by())
    people = Contact.objects.filter(account=account, erased_at__isnull=True)
    held = set(people.values_list("role", flat=True))
    missing = tuple(role for role in WANTED_ROLES if role not in held)
    return newest.get("sales"), newest.get("marketing"), people.count(), missing, len(missing)


def kept(account: Account) -> tuple[object, ...]:
    """As it stands."""
    row = AccountFigures.objects.get(account=account)
    return row.last_sales_at, row.last_marketing_at, row.people, row.missing, row.gaps


def agree() -> None:
    """For every account."""
    for account in Account.objects.all():
        assert kept(account) == counted(account), account
    assert AccountFigures.objects.count() == Account.objects.count()


def test_the_database_knows_the_same_wanted_roles_as_the_domain() -> None:
    account = make.account()
    for number, role in enumerate(WANTED_ROLES):
        make.contact(account, f"p{number}@acme.example", role=role)
        assert kept(account) == counted(account)
    assert AccountFigures.objects.get().gaps == 0


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_the_figures_are_those_that_counting_gives(seed: int) -> None:
    dice = random.Random(seed)
    accounts = [make.account(f"A{n}", f"a{n}.example") for n in range(4)]

    def somebody() -> Account:
        return dice.choice(accounts)

    def when() -> datetime:
        return NOW - timedelta(hours=dice.randrange(500))

    for step in range(40):
        touches, people = list(Touch.objects.all()), list(Contact.objects.all())
        match dice.randrange(9):
            case 0 | 1:
                Touch.objects.bulk_create(
                    Touch(
                        account=somebody(),
                        side=dice.choice(SIDES),
                        channel="call",
                        direction=dice.choice(("outbound", "outbound", "inbound")),
                        occurred_at=when(),
                    )
                    for _ in range(dice.randrange(5))
                )
            case 2 if touches:
                row = dice.choice(touches)
                row.account, row.occurred_at, row.side = somebody(), when(), dice.choice(SIDES)
                row.save()
            case 3:
                Touch.objects.filter(account=somebody(), side=dice.choice(SIDES)).delete()
            case 4:
                Touch.objects.filter(account=somebody()).update(account=somebody())
            case 5:
                address = f"p{step}@x.example"
                make.contact(somebody(), address, role=dice.choice(["", *CommitteeRole.values]))
            case 6 if people:
                Contact.objects.filter(pk=dice.choice(people).pk).update(
                    role=dice.choice(["", *CommitteeRole.values]), account=somebody()
                )
            case 7 if people:
                dice.choice(people).delete()
            case 8 if people:
                Contact.objects.filter(pk=dice.choice(people).pk).update(
                    erased_at=NOW, email=None, do_not_contact=True
                )
        agree()


def test_bulk_calls_keep_them_too_and_an_account_takes_its_figures_along() -> None:
    make.account("A", "a.example")
    make.account("B", "b.example")
    touch = {"external_id": "t1", "account_domain": "a.example", "side": "sales", "channel": "call"}
    upsert_touches(records={0: touch | {"occurred_at": NOW}}, now=NOW)  # type: ignore[dict-item]
    agree()
    moved = touch | {"account_domain": "b.example", "occurred_at": NOW - timedelta(days=1)}
    upsert_touches(records={0: moved}, now=NOW)  # type: ignore[dict-item]
    person = {"email": "x@a.example", "name": "X", "role": "champion", "account_domain": "a.example"}
    upsert_contacts(records={0: person}, now=NOW)  # type: ignore[dict-item]
    agree()
    Account.objects.get(name="A").delete()
    agree()
