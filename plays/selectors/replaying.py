"""The past of accounts as a replay needs it, for all of them in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from abmops.lib.choices import Direction, Side
from abmops.lib.ids import first_uuid7
from accounts.domain.course import Course
from accounts.models import AccountEvent, ListMembership, Touch
from plays.domain import exits
from plays.domain.facts import AWARENESS, ENDED, ENGAGED, WEEK, AccountFacts
from plays.domain.history import Acted, Cause, History, Made, Promise, Run
from plays.domain.loops import LINK
from plays.domain.projection import Touched
from plays.models import Enrollment, StepRun, Task
from signals.models import Signal


def histories(
    accounts: Mapping[int, Course[AccountFacts]],
    *,
    play_slug: str,
    since: datetime,
    until: datetime,
    with_signals: Collection[int],
) -> dict[int, History]:
    """The history of each account over the window and what a decision in it looks back on. Eight queries.

    `accounts`: what each was (`plays.selectors.standing`). Touches and tasks of the replayed play itself carry the
    occasion of their run: they count where the replay begins it too. Signals only of the accounts for which they
    matter.
    """
    ids = list(accounts)
    tiers: dict[int, list[tuple[datetime, int | None]]] = defaultdict(list)
    for account, tier, begins in (
        ListMembership.objects.filter(account__in=ids, valid_from__lt=until)
        .order_by("valid_from")
        .values_list("account", "tier", "valid_from")
    ):
        tiers[account].append((begins, tier))
    touches, marketing = _touches(ids, play_slug, since=since, until=until)
    promises = _promises(ids, play_slug, since=since, until=until)
    signals = _signals(list(with_signals), since=since, until=until)
    runs, released = _runs(ids, since=since, until=until)
    ends = _exits(ids, since=since)
    return {
        pk: History(
            account=course,
            tiers=tuple(tiers.get(pk, ())),
            touches=tuple(touches.get(pk, ())),
            marketing=tuple(marketing.get(pk, ())),
            promises=tuple(promises.get(pk, ())),
            signals=tuple(signals.get(pk, ())),
            runs=tuple(runs.get(pk, ())),
            released=tuple(released.get(pk, ())),
            exits=tuple(ends.get(pk, ())),
        )
        for pk, course in accounts.items()
    }


def _touches(
    ids: list[int], play_slug: str, *, since: datetime, until: datetime
) -> tuple[dict[int, list[Made]], dict[int, list[datetime]]]:
    rows = (
        Touch.objects.filter(
            account__in=ids,
            direction=Direction.OUTBOUND,
            occurred_at__gte=since - AWARENESS,
            occurred_at__lt=until,
        )
        .order_by("occurred_at")
        .values_list(
            "account", "side", "occurred_at", "contact", "task__enrollment__play__slug",
            "task__enrollment__crossing", "task__enrollment__event",
        )
    )  # fmt: skip
    made: dict[int, list[Made]] = defaultdict(list)
    marketing: dict[int, list[datetime]] = defaultdict(list)
    for account, side, at, contact, slug, crossing, event in rows:
        own = slug == play_slug
        made[account].append(Made(at, contact, _cause(crossing, event) if own else None))
        if side == Side.MARKETING:
            marketing[account].append(at)
    return made, marketing


def _promises(
    ids: list[int], play_slug: str, *, since: datetime, until: datetime
) -> dict[int, list[Promise]]:
    rows = Task.objects.filter(account__in=ids, due_at__gt=since - WEEK, due_at__lt=until + WEEK).values_list(
        "account", "created_at", "due_at", "closed_at", "contact",
        "enrollment__play__slug", "enrollment__crossing", "enrollment__event",
    )  # fmt: skip
    found: dict[int, list[Promise]] = defaultdict(list)
    for account, created, due, closed, contact, slug, crossing, event in rows:
        own = slug == play_slug
        cause = _cause(crossing, event)
        found[account].append(Promise(created, due, closed, contact, cause if own else None, cause))
    return found


def _cause(crossing: int | None, event: int | None) -> Cause | None:
    """What began a run; None for a start by hand, which stands in a replay as it was."""
    return ("crossing", crossing) if crossing else ("event", event) if event else None


def _signals(ids: list[int], *, since: datetime, until: datetime) -> dict[int, list[Acted]]:
    if not ids:
        return {}
    rows = (
        Signal.objects.filter(
            account__in=ids,
            occurred_at__gte=since - ENGAGED,
            occurred_at__lt=until,
            id__gte=first_uuid7(since - ENGAGED - timedelta(days=1)),
        )
        .filter(Q(contact__isnull=False) | Q(type__qualifying=True))
        .order_by("occurred_at")
        .values_list("account", "occurred_at", "type", "contact", "type__qualifying")
    )
    found: dict[int, list[Acted]] = defaultdict(list)
    for account, at, kind, contact, qualifies in rows:
        found[account].append(Acted(at, kind, contact, qualifies))
    return found


_Released = dict[int, list[tuple[datetime, str]]]


def _runs(ids: list[int], *, since: datetime, until: datetime) -> tuple[dict[int, list[Run]], _Released]:
    """The runs of each account, and the plays whose holdout a person took it out of."""
    done = _done(ids, since=since, until=until)
    rows = (
        Enrollment.objects.filter(account__in=ids, enrolled_at__lt=until)
        .filter(Q(finished_at__isnull=True) | Q(finished_at__gte=since - ENDED))
        .order_by("enrolled_at")
        .values_list(
            "pk", "account", "play__slug", "play__name", "enrolled_at", "finished_at", "held_out", "owner",
            "version__priority", "crossing", "event", "depth", "overridden",
        )
    )  # fmt: skip
    found: dict[int, list[Run]] = defaultdict(list)
    released: _Released = defaultdict(list)
    for (
        pk,
        account,
        slug,
        name,
        begins,
        ends,
        held_out,
        owner,
        priority,
        crossing,
        event,
        depth,
        aside,
    ) in rows:
        cause, steps = _cause(crossing, event), tuple(done.get(pk, ()))
        found[account].append(Run(slug, name, begins, ends, held_out, owner, priority, cause, depth, steps))
        if "holdout" in aside:
            released[account].append((begins, slug))
        elif held_out and ends is not None:
            released[account].append((ends, slug))
    return found, released


def _done(ids: list[int], *, since: datetime, until: datetime) -> dict[int, list[datetime]]:
    """Enrollment -> when its steps were done, as far as the loop guard looks."""
    rows = StepRun.objects.filter(
        enrollment__account__in=ids, state=StepRun.State.DONE, closed_at__gt=since - LINK, closed_at__lt=until
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for enrollment, at in rows.values_list("enrollment", "closed_at"):
        if at is not None:
            found[enrollment].append(at)
    return found


def begun_elsewhere(
    histories: Mapping[int, History], *, since: datetime, until: datetime
) -> list[tuple[int, tuple[datetime, Cause | None]]]:
    """By owner, when and by what plays began for the owners of these accounts on other accounts. One query."""
    owners = {facts.owner_id for one in histories.values() for facts in one.account.values} - {None}
    rows = Enrollment.objects.filter(
        owner__in=owners, held_out=False, enrolled_at__gt=since - WEEK, enrolled_at__lt=until
    ).exclude(account__in=histories)
    found = rows.values_list("owner", "enrolled_at", "crossing", "event")
    return [(owner, (at, _cause(crossing, event))) for owner, at, crossing, event in found if owner]


def _exits(ids: list[int], *, since: datetime) -> dict[int, list[tuple[datetime, str, tuple[str, ...]]]]:
    rows = AccountEvent.objects.standing().filter(account__in=ids, at__gte=since).order_by("at")
    found: dict[int, list[tuple[datetime, str, tuple[str, ...]]]] = defaultdict(list)
    for account, at, kind, payload in rows.values_list("account", "at", "kind", "payload"):
        fulfilled = exits.exits_of(kind, payload)
        if fulfilled:
            found[account].append((at, kind, fulfilled))
    return found


def others_in_the_past(
    ids: Collection[int], *, play_slug: str, since: datetime, until: datetime
) -> list[Touched]:
    """Outbound touches that did not come from this play: what else reached the accounts. One query."""
    rows = (
        Touch.objects.filter(
            account__in=ids, direction=Direction.OUTBOUND, occurred_at__gte=since, occurred_at__lt=until
        )
        .exclude(task__enrollment__play__slug=play_slug)
        .values_list("account", "occurred_at", "channel", "task__enrollment__play__name")
    )
    return [Touched(account, at, channel, name or "") for account, at, channel, name in rows]


def others_ahead(ids: Collection[int], *, play_slug: str) -> list[Touched]:
    """Tasks that are owed on the accounts for other plays, at their due times. One query."""
    rows = (
        Task.objects.unfinished()
        .filter(account__in=ids)
        .exclude(enrollment__play__slug=play_slug)
        .values_list("account", "due_at", "channel", "enrollment__play__name")
    )
    return [Touched(account, at, channel, name or "a task by hand") for account, at, channel, name in rows]
