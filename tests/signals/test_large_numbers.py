"""Numbers larger than any float, through every door: refused where a number is meant, kept where anything is."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from abmops.lib.errors import FieldErrors
from abmops.work import services as work
from signals.domain import mapping as mappings
from signals.models import Signal
from signals.services import hooks
from tests.api.caller import Caller
from tests.signals import hooking, make

pytestmark = pytest.mark.django_db

HUGE = 10**400
RULES: dict[str, Any] = {"type": {"value": "topic-surge"}, "account_domain": "domain", "strength": "score"}


def test_a_record_with_a_huge_strength_is_refused_and_its_neighbour_kept(
    integration: Caller, moment: datetime
) -> None:
    make.site()
    wrong, good = make.record(moment, strength=HUGE), make.record(moment, message_id="too")
    answer = integration.bulk("signals", wrong, good)
    assert [error["pointer"] for error in answer["errors"]] == ["/strength"]
    assert answer["created"] == 1


@pytest.mark.parametrize("properties", [{"id": 2**63}, {"id": 10**30}, {"id": HUGE}, {"ids": [[HUGE]]}])
def test_properties_may_hold_any_number(
    integration: Caller, moment: datetime, properties: dict[str, Any]
) -> None:
    make.site()
    answer = integration.bulk("signals", make.record(moment, properties=properties))
    assert answer["created"] == 1
    work.drain_all()
    assert Signal.objects.count() == 1


def test_an_item_of_a_hook_with_a_huge_number_is_refused_and_its_neighbour_kept(moment: datetime) -> None:
    vendor = hooking.vendor()
    hooks.put_mapping(source=vendor.source, mapping={"record": RULES})
    items = [{"domain": "a.example", "score": HUGE}, {"domain": "b.example", "score": 50}]
    answer = hooking.post(json.dumps(items).encode(), hooking.basic(vendor.key))
    assert answer.status_code == 200, answer.content
    assert (answer.json()["created"], answer.json()["refused"]) == (1, 1)


@pytest.mark.parametrize(
    "document",
    [
        {"record": RULES | {"strength": {"path": "score", "out_of": HUGE}}},
        {"record": RULES, "only": [{"path": "score", "at_least": HUGE}]},
    ],
)
def test_a_mapping_of_huge_numbers_is_wrong(document: dict[str, Any]) -> None:
    with pytest.raises(FieldErrors):
        mappings.parse(document)
