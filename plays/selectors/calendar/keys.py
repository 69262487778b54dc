"""What the key of an entry means: `task:17`, `step:4`, `burst:2`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from abmops.lib.choices import Channel, Role
from accounts.models import Account, User
from plays.domain.calendar import Entry
from plays.models import Burst, BurstAccount, Enrollment, StepRun, Task
from plays.selectors.library import definition_of

PLANNERS: Final = (Role.MARKETER, Role.REVOPS)
"""Who plans bursts, and so moves them."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a key means to a person who may see it; nothing at all where there is no such thing."""

    title: str = ""
    account_ids: frozenset[int] = frozenset()
    is_mailing: bool = False


def read_key(key: str) -> tuple[str, int]:
    """`task:17` as its two parts; 0 where there is no such number."""
    kind, _, number = key.partition(":")
    return kind, int(number) if number.isdecimal() and len(number) < 19 else 0


def movable(entries: Iterable[Entry], *, by: User) -> frozenset[str]:
    """The keys of what the person may move of these; two queries."""
    asked: dict[str, set[int]] = {"task": set(), "step": set(), "burst": set()}
    for entry in entries:
        if entry.may_move:
            kind, pk = read_key(entry.moves)
            asked[kind].add(pk)
    tasks = Task.objects.editable_by(by).filter(pk__in=asked["task"]).values_list("pk", flat=True)
    steps = StepRun.objects.filter(
        pk__in=asked["step"], enrollment__in=Enrollment.objects.editable_by(by)
    ).values_list("pk", flat=True)
    bursts = asked["burst"] if by.has_role(*PLANNERS) else ()
    return frozenset(
        f"{kind}:{pk}" for kind, ids in (("task", tasks), ("step", steps), ("burst", bursts)) for pk in ids
    )


def named(key: str, *, by: User) -> Named:
    """The thing in words, `First call · Acme`, and the accounts that it is about; a query or two."""
    kind, pk = read_key(key)
    match kind:
        case "task":
            task = Task.objects.visible_to(by).select_related("account").filter(pk=pk).first()
            return _named(task.title, task.account, task.channel) if task else Named()
        case "step":
            run = (
                StepRun.objects.filter(pk=pk, enrollment__in=Enrollment.objects.visible_to(by))
                .select_related("enrollment__account", "enrollment__version")
                .first()
            )
            if run is None:
                return Named()
            step = definition_of(run.enrollment.version).steps[run.position]
            return _named(step.name, run.enrollment.account, step.channel)
        case "burst":
            burst = Burst.objects.visible_to(by).filter(pk=pk).first()
            if burst is None:
                return Named()
            on = BurstAccount.objects.staying().filter(burst=burst).values_list("account", flat=True)
            return Named(str(burst), frozenset(on))
        case _:
            return Named()


def _named(title: str, account: Account, channel: str) -> Named:
    return Named(f"{title} · {account.name}", frozenset({account.pk}), channel == Channel.DIRECT_MAIL)
