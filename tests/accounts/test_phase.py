"""Phases rise by rule, once, and leave a line of history."""

from __future__ import annotations

from datetime import datetime

import pytest

from abmops.lib.choices import Phase
from accounts.domain.phase import is_rise, reached_by
from accounts.models import Account, AccountEvent
from accounts.services.phase import raise_phases


@pytest.mark.parametrize(
    ("current", "reached", "rises"),
    [
        pytest.param("awareness", "engagement", True, id="one up"),
        pytest.param("awareness", "expand", True, id="several up"),
        pytest.param("active", "engagement", False, id="never down"),
        pytest.param("active", "active", False, id="not to where it is"),
        pytest.param("out", "active", False, id="out stays out"),
    ],
)
def test_a_phase_only_rises(current: str, reached: str, *, rises: bool) -> None:
    assert is_rise(current, reached) is rises


@pytest.mark.parametrize(
    ("kind", "outcome", "phase"),
    [
        pytest.param("meeting_booked", None, "active", id="a meeting"),
        pytest.param("opportunity_stage", "won", "expand", id="a won deal"),
        pytest.param("opportunity_stage", None, None, id="a deal that moves"),
        pytest.param("opportunity_stage", "lost", None, id="a lost deal"),
        pytest.param("joined_list", None, None, id="something else"),
    ],
)
def test_what_an_event_speaks_for(kind: str, outcome: str | None, phase: str | None) -> None:
    assert reached_by(kind, outcome) == phase


@pytest.mark.django_db
def test_a_rise_is_kept_and_not_repeated(now: datetime) -> None:
    account = Account.objects.create(name="Acme", domain="acme.example")
    for _ in range(2):
        raise_phases(reached={account.pk: (account, Phase.ENGAGEMENT)}, now=now)
    account.refresh_from_db()
    event = AccountEvent.objects.get(account=account)
    assert account.phase == Phase.ENGAGEMENT
    assert event.kind == "changed_phase"
    assert event.payload == {
        "from": "awareness", "to": "engagement", "cause": "Two distinct qualifying signals came.",
    }  # fmt: skip
