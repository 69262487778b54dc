"""What people answer for beside accounts and tasks, kind by kind: how it is found, handed on and given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from abmops.lib import owning
from abmops.lib.owning import Kind, Thing, by_heir
from accounts.domain.gaps import BY_KEY
from accounts.models import Absence, GapAssignment, Opportunity, SavedView, Sidecar, User
from plays.models import Burst, Endpoint, Play, RoutingRule
from signals.models import Source, Threshold
from signals.services.definitions import hand_thresholds

Rows = Callable[[datetime], QuerySet[Any]]
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def by_column(
    key: str,
    words: str,
    rows: Rows,
    *,
    url: Callable[[Any], str],
    name: Callable[[Any], str] = str,
    column: str = "owner",
    account: bool = False,
) -> Kind:
    """Rows that name their owner in a column, told by their own words."""

    def things(user_id: int, now: datetime) -> Sequence[Thing]:
        found = rows(now).filter(**{column: user_id}).order_by("pk")
        return [
            Thing(row.pk, name(row)[:120], url(row), row.account_id if account else None) for row in found
        ]

    def move(whose: int, given: Mapping[int, int], *, back: bool) -> None:
        model = rows(_ANY_TIME).model
        for heir, ids in by_heir(given).items():
            before, after = (heir, whose) if back else (whose, heir)
            found = model._default_manager.filter(pk__in=ids, **{column: before})  # noqa: SLF001
            found.update(**{f"{column}_id": after})

    def hand(user_id: int, given: Mapping[int, int], by_id: int) -> Mapping[int, int]:
        del by_id
        move(user_id, given, back=False)
        return given

    return Kind(
        key=key,
        words=words,
        things=things,
        hand=hand,
        back=lambda user_id, given, _: move(user_id, given, back=True),
    )


# --- Shared views: a name is the owner's own, and may be taken by one of the heir's ---------------------------------


def _views(user_id: int, now: datetime) -> Sequence[Thing]:
    del now
    rows = SavedView.objects.filter(owner=user_id, is_shared=True, removed_at__isnull=True).order_by("pk")
    return [Thing(one.pk, one.name) for one in rows]


def _hand_views(user_id: int, given: Mapping[int, int], by_id: int) -> Mapping[int, int]:
    del by_id
    _move_views(list(SavedView.objects.filter(pk__in=given, owner=user_id).order_by("pk")), given)
    return given


def _views_back(user_id: int, given: Mapping[int, int], by_id: int) -> None:
    del by_id
    rows = SavedView.objects.filter(pk__in=given, removed_at__isnull=True).order_by("pk")
    theirs = [row for row in rows if row.owner_id == given[row.pk]]
    _move_views(theirs, {row.pk: user_id for row in theirs})


def _move_views(rows: Sequence[SavedView], given: Mapping[int, int]) -> None:
    held = SavedView.objects.filter(owner__in=set(given.values()), removed_at__isnull=True)
    taken = set(held.values_list("owner", "page", "name"))
    for row in rows:
        to, name, number = given[row.pk], row.name, 1
        while (to, row.page, name) in taken:
            number += 1
            name = f"{row.name[:54]} {number}"
        taken.add((to, row.page, name))
        row.owner_id, row.name = to, name
    SavedView.objects.bulk_update(rows, ["owner", "name"])


# --- Absences of others that the person stands in for: nobody stands in for themselves ------------------------------


def _stood_in(user_id: int, now: datetime) -> Sequence[Thing]:
    rows = Absence.objects.filter(stand_in=user_id, ends_on__gte=now.date()).select_related("user")
    return [
        Thing(one.pk, f"{one.user}, {one.starts_on:%-d %B}", f"/settings/people/{one.user_id}/")
        for one in rows.order_by("pk")
    ]


def _hand_stand_ins(user_id: int, given: Mapping[int, int], by_id: int) -> Mapping[int, int]:
    del by_id
    for heir, ids in by_heir(given).items():
        rows = Absence.objects.filter(pk__in=ids, stand_in=user_id)
        rows.filter(user=heir).update(stand_in=None)
        rows.update(stand_in=heir)
    return given


def _stand_ins_back(user_id: int, given: Mapping[int, int], by_id: int) -> None:
    del by_id
    for heir, ids in by_heir(given).items():
        Absence.objects.filter(pk__in=ids, stand_in=heir).update(stand_in=user_id)
        Absence.objects.filter(pk__in=ids, stand_in=None, user=heir).update(stand_in=user_id)


def register() -> None:
    """Name each kind of thing with an owner, so that a leaver hands on all of them; called from `ready()`."""
    for kind in (
        by_column("plays", "plays", lambda _: Play.objects.all(), url=lambda row: f"/plays/{row.pk}/"),
        _noted(by_column("thresholds", "thresholds", lambda _: Threshold.objects.all(), url=_slugged("/thresholds/"))),
        by_column("sources", "sources", lambda _: Source.objects.all(), url=_slugged("/catalogue/sources/")),
        by_column("sidecars", "watched systems", lambda _: Sidecar.objects.all(), url=lambda _: ""),
        by_column(
            "endpoints", "surfaces", lambda _: Endpoint.objects.all(), url=lambda row: f"/settings/surfaces/{row.pk}/"
        ),
        by_column(
            "rules", "routing rules", lambda _: RoutingRule.objects.all(), column="person",
            url=lambda row: f"/settings/routing/{row.pk}/",
        ),
        by_column(
            "bursts", "bursts", lambda now: Burst.objects.standing().filter(ends_on__gte=now.date()),
            url=lambda row: f"/bursts/{row.pk}/",
        ),
        by_column(
            "deals", "open deals", lambda _: Opportunity.objects.filter(closed_at__isnull=True),
            url=lambda row: f"/accounts/{row.account_id}/", account=True,
        ),
        by_column(
            "gaps", "gaps",
            lambda _: GapAssignment.objects.filter(closed_at__isnull=True).select_related("account"), column="to",
            url=lambda row: f"/accounts/{row.account_id}/", name=_gap, account=True,
        ),
        Kind("views", "shared views", _views, _hand_views, _views_back),
        Kind("stand_ins", "stand-ins", _stood_in, _hand_stand_ins, _stand_ins_back),
    ):  # fmt: skip
        owning.register_kind(kind)


def _noted(kind: Kind) -> Kind:
    """Thresholds keep a record of whose they were, and of who handed them on."""

    def hand(user_id: int, given: Mapping[int, int], by_id: int) -> Mapping[int, int]:
        people = User.objects.in_bulk({user_id, by_id, *given.values()})
        for heir, ids in by_heir(given).items():
            why = f"{people[user_id]} has left."
            hand_thresholds(ids=ids, whose=user_id, owner=people[heir], by=people[by_id], reason=why)
        return given

    def back(user_id: int, given: Mapping[int, int], by_id: int) -> None:
        people = User.objects.in_bulk({user_id, by_id})
        leaver = people[user_id]
        for heir, ids in by_heir(given).items():
            why = f"The leaving of {leaver} was taken back."
            hand_thresholds(ids=ids, whose=heir, owner=leaver, by=people[by_id], reason=why)

    return replace(kind, hand=hand, back=back)


def _slugged(begin: str) -> Callable[[Any], str]:
    return lambda row: f"{begin}{row.slug}/"


def _gap(row: GapAssignment) -> str:
    gap = BY_KEY.get(row.field)
    return f"{row.account}: {gap.title if gap else row.field}"
