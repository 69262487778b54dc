"""Nobody's act goes through on what another has just claimed, wherever among its statements the claim falls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from abmops.lib.errors import Conflict
from plays import services
from plays.models import Task
from tests.plays.interleaving import Side, raced, two
from tests.plays.make import CALL, NOW, a_play, a_user, an_account

__all__ = ["two"]  # a fixture
ROUNDS = 24


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_an_act_of_somebody_else_never_both_go_through(two: ThreadPoolExecutor) -> None:
    draw, owner, other = Random(20261122), a_user(), a_user()
    play = a_play(trigger={"manual": True}, steps=[CALL, CALL | {"key": "again"}])
    statements = {"claim": 3, "act": 10}
    ends: Counter[str] = Counter()
    for number in range(ROUNDS):
        account = an_account(owner=owner)
        services.start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
        task = Task.objects.select_related("enrollment").get(account=account)
        assert task.enrollment is not None
        acts: dict[str, Callable[[], object]] = {
            "done": partial(services.complete_task, task=task, by=other, now=NOW),
            "snooze": partial(services.snooze_task, task=task, by=other, now=NOW),
            "hand over": partial(services.hand_over, enrollment=task.enrollment, to=other, by=other, now=NOW),
        }
        how = sorted(acts)[number % len(acts)]
        claim = Side(partial(services.claim_task, task=task, by=owner, now=NOW))
        act = Side(acts[how])
        first, name = draw.choice([(claim, "claim"), (act, "act")])
        first.held_after = draw.randint(1, statements[name])
        raced(two, act, claim, first=first)
        statements[name] = max(first.statements, 1)
        said = f"round {number}: {how}, {name} held after {first.held_after}: {act.error!r}, {claim.error!r}"
        assert act.error is None or isinstance(act.error, Conflict), said
        assert claim.error is None or isinstance(claim.error, Conflict), said
        task.refresh_from_db()
        assert act.error is None or claim.error is None, said
        assert task.claimed_by_id == (None if claim.error else owner.pk), said
        ends[f"{how} {'refused' if act.error else 'went through'}"] += 1
    assert len(ends) > 3, ends
