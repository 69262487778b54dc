"""Held occasions, decided again: the same decision, another attempt, as soon as what held its plays may have ended.

A crossing still starts one play at most: once one is chosen nothing waits any more, and the database keeps a decision
from starting two. An attempt goes through every rule with the facts of now, and one rule more: a play that has run
here since, or whose end has come about since, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from abmops.work import crash
from abmops.work import services as work
from accounts.models import AccountEvent
from plays.domain import exits
from plays.models import Attempt, Enrollment, Waiting
from plays.selectors import facts as facts_of
from plays.selectors.evidence import evidence_of
from plays.selectors.house import in_force
from plays.services.decision import waiting
from plays.services.decision.cases import Case, crossing_case, event_case
from plays.services.decision.enrolling import Begun, enroll
from plays.services.decision.weighing import Weighed, weigh
from plays.services.enrollment.ending import heard_at


@transaction.atomic
def decide_again(*, account_ids: Collection[int], now: datetime) -> None:
    """Decide what waits on these accounts again, oldest first; what is over is let go. A fixed number of queries.

    An attempt is written only where the answer is another than before.
    """
    accounts = facts_of.lock_accounts(account_ids)
    rows = list(
        Waiting.objects.filter(account__in=accounts)
        .select_related("decision__crossing__threshold", "decision__event")
        .prefetch_related(Prefetch("decision__attempts", Attempt.objects.order_by("number")))
        .order_by("decision_id")
    )
    over = [row for row in rows if row.until <= now]
    rows = [row for row in rows if row.until > now]
    Waiting.objects.filter(pk__in=[row.pk for row in over]).delete()
    if not rows:
        return
    cases = _cases(rows)
    house = in_force(now=now)
    weighed, dossiers = weigh(cases, accounts=accounts, house=house, now=now)
    begun: list[Begun] = []
    attempts: list[Attempt] = []
    for row, one in zip(rows, weighed, strict=True):
        before = _newest(row)
        after = [line.as_json() for line in one.decided.lines]
        if one.begun or _settled(after) != _settled(before["candidates"]):
            attempts.append(_attempt(row, one, before["candidates"], now=now))
        begun.extend(Begun(row.decision, one.case, *each) for each in one.begun)
    Attempt.objects.bulk_create(attempts)
    enroll(begun, accounts=accounts, dossiers=dossiers, house=house, now=now)
    _keep(rows, weighed, now=now)
    crash.point("decide_again.before_commit")


def _cases(rows: Sequence[Waiting]) -> list[Case]:
    evidence = evidence_of(
        {row.decision.crossing.pk: row.decision.crossing.evidence for row in rows if row.decision.crossing}
    )
    ids = {row.account_id for row in rows}
    oldest = min(row.decision.made_at for row in rows)
    happened: dict[int, list[AccountEvent]] = defaultdict(list)
    for event in AccountEvent.objects.standing().filter(account__in=ids, at__gte=oldest - waiting.RECENT):
        happened[event.account_id].append(event)
    ran: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    started = Enrollment.objects.filter(
        account__in=ids, held_out=False, enrolled_at__gte=oldest - waiting.RECENT
    )
    for account, slug, at in started.values_list("account", "play__slug", "enrolled_at"):
        ran[account].append((slug, at))
    cases = []
    for row in rows:
        decision = row.decision
        if decision.crossing is not None:
            case = crossing_case(decision.crossing, evidence[decision.crossing.pk])
        else:
            assert decision.event is not None
            case = event_case(decision.event)
        since = case.happened or decision.made_at
        cases.append(
            replace(
                case,
                account_id=row.account_id,
                happened_since=frozenset(
                    name
                    for event in happened[row.account_id]
                    if heard_at(event) > since and event.pk != decision.event_id
                    for name in exits.exits_of(event.kind, event.payload)
                ),
                ran_since=frozenset(slug for slug, at in ran[row.account_id] if at >= since),
            )
        )
    return cases


def _newest(row: Waiting) -> dict[str, Any]:
    """The last record: how many there are, and its candidates."""
    attempts = list(row.decision.attempts.all())
    return {
        "number": attempts[-1].number if attempts else 1,
        "candidates": attempts[-1].candidates if attempts else row.decision.candidates,
    }


def _settled(candidates: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    return {(line["play"], line["verdict"], line["rule"]) for line in candidates}


def _attempt(
    row: Waiting, weighed: Weighed, before: Sequence[Mapping[str, Any]], *, now: datetime
) -> Attempt:
    held = {line["play"]: line["sentence"] for line in before if line["verdict"] == "held"}
    chosen = weighed.decided.chosen
    was = held.get(chosen or "") or next(iter(held.values()), "")
    return Attempt(
        decision=row.decision,
        number=_newest(row)["number"] + 1,
        because=f"What held it has changed. It was: {was}"[:300],
        summary=weighed.decided.sentence[:300],
        candidates=[line.as_json() for line in weighed.decided.lines],
        facts=weighed.facts,
        made_at=now,
    )


def _keep(rows: Sequence[Waiting], weighed: Sequence[Weighed], *, now: datetime) -> None:
    done: list[int] = []
    kept: list[Waiting] = []
    for row, one in zip(rows, weighed, strict=True):
        happened = one.case.happened or row.decision.made_at
        look = waiting.next_look(one.decided, happened=happened, now=now)
        if look is None:
            done.append(row.pk)
        else:
            row.look_at, row.for_people = look, waiting.for_people(one.decided)
            kept.append(row)
    Waiting.objects.filter(pk__in=done).delete()
    Waiting.objects.bulk_update(kept, ["look_at", "for_people"])
    work.put_many(waiting.look_at(row.account_id, row.look_at) for row in kept)
