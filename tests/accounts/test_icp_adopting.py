"""Putting a profile into force: once, whoever is faster, and back again."""

from datetime import UTC, datetime

import pytest

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, Refused
from accounts.models import Account, ChangeSet, IcpModel
from accounts.services.account import adopt_icp
from accounts.services.changes import acting
from accounts.services.undoing import undo
from tests.accounts import make
from tests.accounts.racing import at_once

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
STEEL = [{"field": "industry", "weight": 60, "any_of": ["Steel"]}]
SIZE = [{"field": "employees", "weight": 40, "at_least": 500}]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_adopt_at_once_one_hears_of_the_other() -> None:
    person = make.user(Role.REVOPS)
    account = make.account(industry="Steel", employees=10)
    adopt_icp(name="First", criteria=STEEL, now=NOW)

    def adopt(weight: int) -> IcpModel:
        criteria = [{**SIZE[0], "weight": weight}]
        return adopt_icp(name="Next", criteria=criteria, now=NOW, by=person, reason="r", instead_of=1)

    errors = at_once([lambda: adopt(1), lambda: adopt(2), lambda: adopt(3)])
    assert [type(error) for error in errors] == [Conflict, Conflict]
    assert list(IcpModel.objects.order_by("number").values_list("number", "retired_at")) == [
        (1, NOW),
        (2, None),
    ]
    assert Account.objects.get(pk=account.pk).fit == 0


@pytest.mark.django_db
def test_an_adoption_is_gone_back_from_by_another_and_not_taken_out_of_the_history() -> None:
    person = make.user(Role.REVOPS)
    adopt_icp(name="First", criteria=STEEL, now=NOW)
    with acting(by=person, reason="Size."):
        adopt_icp(name="Second", criteria=SIZE, now=NOW, by=person)
    with pytest.raises(Refused, match="Go back to a version under Customer profile"):
        undo(change_set=ChangeSet.objects.get(reason="Size.").pk, by=person, now=NOW)
    assert IcpModel.objects.get(retired_at=None).number == 2


@pytest.mark.django_db
def test_the_same_criteria_under_another_name_are_no_change() -> None:
    adopt_icp(name="First", criteria=STEEL, now=NOW)
    with pytest.raises(Refused, match="nothing to adopt"):
        adopt_icp(name="Second", criteria=STEEL, now=NOW, by=make.user(), reason="r")
