"""Bursts of marketing: planned on accounts that may be spent on, and begun by the clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import transaction

from abmops.lib.choices import Direction, Side
from abmops.lib.errors import FieldError, FieldErrors, Refused
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, Touch, User
from accounts.services import storing
from plays.domain import guardrails, hours
from plays.domain.definition import Audience, Contract, PlayDefinition, Step, Throttle, Trigger
from plays.domain.facts import AccountFacts
from plays.models import Burst, BurstAccount
from plays.models.burst import CHANNELS
from plays.selectors import facts as facts_of
from plays.selectors import meetings
from plays.selectors.bursts import audience_of

KIND: Final = "burst_begins"
OPENS: Final = time(9)
LONGEST: Final = timedelta(days=180)
FARTHEST: Final = timedelta(days=731)
MOST_ACCOUNTS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Planned:
    """A burst, or what would be one, with the accounts that marketing spends nothing on and why."""

    taken: tuple[Account, ...]
    left_out: tuple[tuple[Account, str], ...]
    burst: Burst | None = None


@transaction.atomic
def plan_burst(*, fields: Mapping[str, Any], by: User, now: datetime) -> Planned:
    """Plan a burst: `name, channel, starts_on, ends_on, note, audience, owner`.

    The accounts are those of the audience at this moment; those that marketing spends nothing on are left out, and
    asked again when it begins.
    """
    given: dict[str, Any] = {"note": "", "owner": by, "audience": {}} | dict(fields)
    _check(given, today=day_of(given["owner"], now))
    planned = preview(audience=given["audience"], channel=given["channel"], now=now)
    if not planned.taken:
        raise FieldErrors.one(
            "/audience", "No account is left: choose other tiers or territories, or look at who is left out."
        )
    burst = Burst.objects.create(**given, created_by=by, created_at=now, updated_at=now)
    BurstAccount.objects.bulk_create(
        [BurstAccount(burst=burst, account=account) for account in planned.taken]
    )
    work.put_many([_begins(burst)])
    return Planned(planned.taken, planned.left_out, burst)


def preview(*, audience: Mapping[str, Any], channel: str, now: datetime) -> Planned:
    """Whom a burst would reach now; writes nothing. A fixed number of queries."""
    accounts = list(audience_of(audience)[:MOST_ACCOUNTS])
    refused = _refused(accounts, channel=channel, audience=audience, now=now)
    return Planned(
        tuple(account for account in accounts if account.pk not in refused),
        tuple((account, refused[account.pk]) for account in accounts if account.pk in refused),
    )


@transaction.atomic
def change_burst(*, burst: Burst, fields: Mapping[str, Any], now: datetime) -> Burst:
    """Other words or days. Once it has begun its start and channel stay."""
    fresh = _standing(burst)
    given = {
        name: fields.get(name, getattr(fresh, name))
        for name in ("name", "channel", "starts_on", "ends_on", "note", "owner")
    }
    today = day_of(fresh.owner, now)
    begun = fresh.starts_on <= today
    if begun and (given["starts_on"], given["channel"]) != (fresh.starts_on, fresh.channel):
        raise Refused("The burst has begun: its start and its channel stay. Call it off and plan another.")
    _check(given, today=fresh.starts_on if begun else today)
    moved = given["starts_on"] != fresh.starts_on or given["owner"] != fresh.owner
    for name, value in given.items():
        setattr(fresh, name, value)
    fresh.updated_at = now
    fresh.save()
    if moved and not begun:
        work.put_many([_begins(fresh)])
    return fresh


@transaction.atomic
def move_burst(*, burst: Burst, to: date, now: datetime) -> Burst:
    """The same number of days from another day on."""
    length = burst.ends_on - burst.starts_on
    return change_burst(burst=burst, fields={"starts_on": to, "ends_on": to + length}, now=now)


@transaction.atomic
def cancel_burst(*, burst: Burst, reason: str, now: datetime) -> Burst:
    """Call it off. What has been logged stays."""
    fresh = _standing(burst)
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why the burst is called off.")
    fresh.cancelled_at, fresh.cancelled_reason, fresh.updated_at = now, reason.strip()[:300], now
    fresh.save()
    return fresh


@transaction.atomic
def restore_burst(*, burst: Burst, now: datetime) -> Burst:
    """Undo calling it off, as long as its last day is not over."""
    fresh = Burst.objects.select_for_update().get(pk=burst.pk)
    if fresh.cancelled_at is None:
        return fresh
    if fresh.ends_on < day_of(fresh.owner, now):
        raise Refused("Its last day is over: plan another one.")
    fresh.cancelled_at, fresh.cancelled_reason, fresh.updated_at = None, "", now
    fresh.save()
    work.put_many([_begins(fresh)])
    return fresh


@transaction.atomic
def begin_bursts(*, burst_ids: Collection[int], now: datetime) -> None:
    """Log the touch of each account whose burst has begun, once; an account that may not be spent on any more leaves.

    A burst that was moved or called off since its timer was set is left alone. An account that rests, for a meeting or
    because it is paused, begins when its rest is over, if the burst still runs.
    """
    accounts = facts_of.lock_accounts(
        BurstAccount.objects.waiting().filter(burst__in=burst_ids).values_list("account", flat=True)
    )
    bursts = {
        burst.pk: burst
        for burst in Burst.objects.standing()
        .filter(pk__in=burst_ids)
        .select_related("owner")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
        if _moment(burst) <= now
    }
    waiting = list(
        BurstAccount.objects.waiting()
        .filter(burst__in=bursts, account__in=accounts)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    met = meetings.ahead(accounts, now=now)
    known = facts_of.dossiers(accounts.values(), now=now)
    touches: list[Touch] = []
    for row in waiting:
        burst, facts = bursts[row.burst_id], known[row.account_id].facts
        no = refusal_of(facts, channel=burst.channel, audience=burst.audience)
        if no is not None:
            row.left_at, row.left_reason = now, no[:200]
            continue
        if row.account_id in met or facts.paused:
            continue
        row.begun_at = now
        touches.append(
            Touch(
                account_id=row.account_id,
                side=Side.MARKETING,
                channel=burst.channel,
                direction=Direction.OUTBOUND,
                occurred_at=now,
                person=burst.owner,
                programmed=True,
                subject=burst.name,
                external_id=f"burst:{burst.pk}:{row.account_id}",
            )
        )
    BurstAccount.objects.bulk_update(waiting, ["begun_at", "left_at", "left_reason"], batch_size=1_000)
    storing.insert(touches, now=now, skip_known="external_id")
    crash.point("burst.before_commit")


def _check(given: Mapping[str, Any], *, today: date) -> None:
    wrong: list[FieldError] = []
    if not str(given["name"]).strip():
        wrong.append(FieldError("/name", "Give the burst a name that reps will recognise."))
    if given["channel"] not in {one.value for one in CHANNELS}:
        known = ", ".join(one.value for one in CHANNELS)
        wrong.append(
            FieldError("/channel", f"“{given['channel']}” is no channel of a burst. Known: {known}.")
        )
    if given["starts_on"] < today:
        wrong.append(FieldError("/starts_on", "This day is over. What has run already is logged as touches."))
    elif given["starts_on"] > today + FARTHEST:
        wrong.append(FieldError("/starts_on", "A burst is planned at most two years ahead."))
    if given["ends_on"] < given["starts_on"]:
        wrong.append(FieldError("/ends_on", "It ends before it starts."))
    elif given["ends_on"] - given["starts_on"] > LONGEST:
        wrong.append(
            FieldError("/ends_on", f"A burst lasts {LONGEST.days} days at most; make several of it.")
        )
    if wrong:
        raise FieldErrors(wrong)


def _refused(
    accounts: Sequence[Account], *, channel: str, audience: Mapping[str, Any], now: datetime
) -> dict[int, str]:
    known = facts_of.dossiers(accounts, now=now)
    found = {
        account.pk: known[account.pk].facts.paused
        or refusal_of(known[account.pk].facts, channel=channel, audience=audience)
        for account in accounts
    }
    return {pk: no for pk, no in found.items() if no is not None}


def refusal_of(facts: AccountFacts, *, channel: str, audience: Mapping[str, Any]) -> str | None:
    """What no play may spend on, no burst may either: the same rules."""
    step = Step(key="burst", channel=channel, side=Side.MARKETING, role="marketer", sla_hours=24)
    definition = PlayDefinition(
        trigger=Trigger(),
        audience=Audience(lifecycles=tuple(audience.get("lifecycles", ()))),
        steps=(step,),
        exits=(),
        contract=Contract(),
        throttle=Throttle(),
    )
    no = guardrails.programme_refusal(facts, definition.audience) or guardrails.spend_refusal(
        facts, definition, step
    )
    return no.sentence if no is not None else None


def _standing(burst: Burst) -> Burst:
    fresh = Burst.objects.select_for_update(of=("self",)).select_related("owner").get(pk=burst.pk)
    if fresh.cancelled_at is not None:
        raise Refused("This burst has been called off.")
    return fresh


def day_of(owner: User | None, now: datetime) -> date:
    return now.astimezone(hours.zone_named(owner.time_zone if owner else "UTC")).date()


def _moment(burst: Burst) -> datetime:
    zone = hours.zone_named(burst.owner.time_zone if burst.owner else "UTC")
    return hours.at_local(burst.starts_on, OPENS, zone)


def _begins(burst: Burst) -> work.Put:
    at = _moment(burst)
    return work.Put(
        kind=KIND, subject_id=burst.pk, run_at=at, dedup_key=f"{KIND}:{burst.pk}:{at.isoformat()}"
    )


def go_on(*, account_ids: Collection[int], now: datetime) -> None:
    """Let these accounts begin what they rested through the first morning of, in bursts that still run."""
    if not account_ids:
        return
    rows = BurstAccount.objects.waiting().filter(account__in=account_ids, burst__cancelled_at__isnull=True)
    running = Burst.objects.select_related("owner").filter(pk__in=rows.values("burst"))
    work.put_many(
        work.Put(kind=KIND, subject_id=burst.pk, run_at=now, dedup_key=f"{KIND}:{burst.pk}:{now.isoformat()}")
        for burst in running.order_by("pk")
        if _moment(burst) <= now and day_of(burst.owner, now) <= burst.ends_on
    )
