"""What was said of signals and crossings: on a page of them, and one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Account, User
from signals.models import Feedback

K = TypeVar("K")
LABELS: Mapping[str, str] = dict(Feedback.Verdict.choices)


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of one thing: the reader's own verdict, or none, and how many others say what."""

    mine: str = ""
    others: Mapping[str, int] = field(default_factory=dict)

    @property
    def others_count(self) -> int:
        """How many other people have said something."""
        return sum(self.others.values())

    @property
    def others_said(self) -> str:
        """What other people said, counted: `2 good, 1 noise`."""
        return ", ".join(
            f"{self.others[verdict]} {label.lower()}"
            for verdict, label in LABELS.items()
            if self.others.get(verdict)
        )


NOTHING = Word()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is said of the things on a page, for one reader. `may_say`: whether the reader's word counts."""

    crossings: Mapping[int, Word] = field(default_factory=dict)
    signals: Mapping[UUID, Word] = field(default_factory=dict)
    may_say: bool = False

    def of_crossing(self, pk: int) -> Word:
        """Nothing said is a word, too."""
        return self.crossings.get(pk, NOTHING)

    def of_signal(self, pk: UUID) -> Word:
        """Nothing said is a word, too."""
        return self.signals.get(pk, NOTHING)


def words_on(
    user: User, *, crossings: Iterable[int] = (), signal_ids: Iterable[UUID] = (), may_say: bool
) -> Verdicts:
    """What is said of these things: one query, or none where nothing is asked about."""
    wanted, ids = set(crossings), set(signal_ids)
    if not wanted and not ids:
        return Verdicts(may_say=may_say)
    about_crossings: dict[int, tuple[str, dict[str, int]]] = {}
    about_signals: dict[UUID, tuple[str, dict[str, int]]] = {}
    rows = Feedback.objects.filter(Q(crossing__in=wanted) | Q(signal_id__in=ids)).order_by()
    for crossing, signal, sayer, verdict in rows.values_list(
        "crossing_id", "signal_id", "user_id", "verdict"
    ):
        if crossing is not None:
            _add(about_crossings, crossing, verdict, mine=sayer == user.pk)
        elif signal is not None:
            _add(about_signals, signal, verdict, mine=sayer == user.pk)
    return Verdicts(
        {pk: Word(*said) for pk, said in about_crossings.items()},
        {pk: Word(*said) for pk, said in about_signals.items()},
        may_say,
    )


def said(user: User) -> QuerySet[Feedback]:
    """Every word about an account that the reader may see, newest first."""
    visible = Account.objects.visible_to(user)
    return Feedback.objects.filter(account__in=visible).select_related(
        "user", "account", "crossing", "crossing__threshold"
    )


def _add(found: dict[K, tuple[str, dict[str, int]]], key: K, verdict: str, *, mine: bool) -> None:
    own, others = found.get(key, ("", {}))
    if mine:
        own = verdict
    else:
        others[verdict] = others.get(verdict, 0) + 1
    found[key] = (own, others)
