"""Publishing what happened: the events with their data, many at once, in the transaction that made them true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.models import Account, AccountEvent, ListMembership, User
from accounts.services.events import NEWS
from plays.models import Endpoint, Enrollment, Task
from plays.services.outbox.publishing import Event, publish_all
from signals.models import Crossing

if TYPE_CHECKING:
    from collections.abc import Callable

LIST_MOVES = frozenset({"joined_list", "left_list", "changed_tier"})


def _is_heard(type_: str, heard: Collection[str] | None = None) -> bool:
    """Whether anybody listens: nothing is read for nobody. `heard`: what is listened to, where the caller knows."""
    return type_ in heard if heard is not None else Endpoint.objects.subscribed_to(type_).exists()


def list_changed(events: Sequence[AccountEvent], now: datetime) -> None:
    """Accounts that joined the list, left it or changed tier; not what is history when we learn of it.

    A listener of `accounts.services.events`: in the transaction that changes the list.
    """
    moved = [event for event in events if event.kind in LIST_MOVES and now - event.at <= NEWS]
    if not moved or not _is_heard("list.changed"):
        return
    accounts = _accounts({event.account_id for event in moved})
    rows = {
        (account, at): (side, reason, by)
        for account, at, side, reason, by in ListMembership.objects.filter(
            account__in=accounts, valid_from__in={event.at for event in moved}
        ).values_list("account", "valid_from", "side", "reason", "by__email")
    }
    nothing = ("", "", None)
    publish_all(
        type="list.changed",
        events=[
            Event(
                key=str(event.pk),
                account_id=event.account_id,
                data={
                    "account": accounts[event.account_id],
                    "tier": _tier(event, "to", "tier") if event.kind != "left_list" else None,
                    "from_tier": _tier(event, "from", "tier") if event.kind != "joined_list" else None,
                    "at": event.at.isoformat(),
                    "side": rows.get((event.account_id, event.at), nothing)[0],
                    "reason": rows.get((event.account_id, event.at), nothing)[1],
                    "by": rows.get((event.account_id, event.at), nothing)[2],
                    "url": f"/accounts/{event.account_id}/",
                },
            )
            for event in moved
        ],
        now=now,
    )


def _tier(event: AccountEvent, *names: str) -> int | None:
    found = next((event.payload[name] for name in names if event.payload.get(name) is not None), None)
    return found if isinstance(found, int) else None


def crossings_created(
    crossings: Sequence[Crossing],
    words: Mapping[int, str],
    *,
    now: datetime,
    heard: Collection[str] | None = None,
) -> None:
    """Thresholds that became true. `words`: what the evidence says, by crossing."""
    if not crossings or not _is_heard("crossing.created", heard):
        return
    accounts = _accounts({crossing.account_id for crossing in crossings})
    publish_all(
        type="crossing.created",
        events=[
            Event(
                key=str(crossing.pk),
                account_id=crossing.account_id,
                data={
                    "id": crossing.pk,
                    "account": accounts[crossing.account_id],
                    "threshold": {"slug": crossing.threshold.slug, "name": crossing.threshold.name},
                    "urgency": crossing.urgency,
                    "crossed_at": crossing.crossed_at.isoformat(),
                    "score": crossing.score,
                    "why": words.get(crossing.pk, ""),
                    "url": f"/signals/crossings/{crossing.pk}/",
                },
            )
            for crossing in crossings
        ],
        now=now,
    )


def enrollments_created(enrollments: Iterable[Enrollment], *, now: datetime, heard: Collection[str]) -> None:
    """Plays that started. A holdout is none: nothing is done for it."""
    begun = [one for one in enrollments if one.state != Enrollment.State.HOLDOUT]
    _enrollments(begun, "enrollment.created", lambda one: str(one.pk), now=now, heard=heard)


def enrollments_finished(enrollments: Iterable[Enrollment], *, now: datetime) -> None:
    """Plays that were completed, left or cancelled; one that was taken up again and ends anew is told again."""
    ended = [one for one in enrollments if one.finished_at is not None]
    _enrollments(
        ended,
        "enrollment.finished",
        lambda one: f"{one.pk}:{one.finished_at:%Y%m%dT%H%M%S%f}",
        now=now,
    )


def _enrollments(
    enrollments: Sequence[Enrollment],
    type_: str,
    key: Callable[[Enrollment], str],
    *,
    now: datetime,
    heard: Collection[str] | None = None,
) -> None:
    if not enrollments or not _is_heard(type_, heard):
        return
    accounts = _accounts({one.account_id for one in enrollments})
    plays = {
        pk: {"slug": slug, "name": name}
        for pk, slug, name in Enrollment.objects.filter(pk__in=[one.pk for one in enrollments]).values_list(
            "play", "play__slug", "play__name"
        )
    }
    publish_all(
        type=type_,
        events=[
            Event(
                key=key(one),
                account_id=one.account_id,
                data={
                    "id": one.pk,
                    "account": accounts[one.account_id],
                    "play": plays.get(one.play_id),
                    "state": one.state,
                    "urgency": one.urgency,
                    "why": one.why,
                    "reason": one.end_reason,
                    "enrolled_at": one.enrolled_at.isoformat(),
                    "finished_at": one.finished_at.isoformat() if one.finished_at else None,
                    "url": f"/enrollments/{one.pk}/",
                },
            )
            for one in enrollments
        ],
        now=now,
    )


def tasks_due(tasks: Sequence[Task], *, now: datetime, heard: Collection[str] | None = None) -> None:
    """Tasks that somebody was given, with the time each is due."""
    _tasks(tasks, "task.due", now=now, heard=heard)


def tasks_breached(tasks: Sequence[Task], *, now: datetime) -> None:
    """Tasks that the clock found late."""
    _tasks(tasks, "task.breached", now=now)


def _tasks(tasks: Sequence[Task], type_: str, *, now: datetime, heard: Collection[str] | None = None) -> None:
    if not tasks or not _is_heard(type_, heard):
        return
    accounts = _accounts({task.account_id for task in tasks})
    owners = {
        pk: {"name": name, "email": email}
        for pk, name, email in User.objects.filter(pk__in={task.owner_id for task in tasks}).values_list(
            "pk", "name", "email"
        )
    }
    publish_all(
        type=type_,
        events=[
            Event(
                key=f"{task.pk}:{task.due_at:%Y%m%dT%H%M%S%f}" if type_ == "task.breached" else str(task.pk),
                account_id=task.account_id,
                data={
                    "id": task.pk,
                    "account": accounts[task.account_id],
                    "owner": owners.get(task.owner_id),
                    "title": task.title,
                    "channel": task.channel,
                    "side": task.side,
                    "urgency": task.urgency,
                    "due_at": task.due_at.isoformat(),
                    "enrollment_id": task.enrollment_id,
                    "url": f"/accounts/{task.account_id}/",
                },
            )
            for task in tasks
        ],
        now=now,
    )


def _accounts(ids: set[int]) -> dict[int, dict[str, Any]]:
    rows = Account.objects.filter(pk__in=ids).values_list("pk", "name", "domain", "tier")
    return {pk: {"id": pk, "name": name, "domain": domain, "tier": tier} for pk, name, domain, tier in rows}
