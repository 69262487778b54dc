"""The page of all feedback: how precise each source, type and threshold is by it, and who said what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.slices import in_slices
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.headings import heading
from accounts.models import User
from accounts.views.people import reader
from signals.domain.precision import PRIOR_STRENGTH, Precision, precision
from signals.domain.retune import bounds_of, quarter_before, quarter_of
from signals.models import Feedback, Signal, SignalType, Source, Threshold
from signals.selectors.crossings import signals_by_id
from signals.selectors.feedback import said
from signals.selectors.precision import LOOK_BACK, Counted, Tagged, tagged
from signals.timeline import told

PAGE_SIZE = 50
SORTS = {
    "at": ("at", "When"),
    "account": ("account__name", "Account"),
    "who": ("user__name", "Who"),
    "said": ("verdict", "Said"),
}
KINDS = ("type", "source", "threshold")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know, it leaves out."""

    q: str
    verdict: str
    about: str
    who: int | None
    kind: str
    slug: str
    quarter: date | None
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address."""
        verdict, about, who = query.get("verdict", ""), query.get("about", ""), query.get("who", "")
        sort = query.get("sort", "-at")
        kind = next((kind for kind in KINDS if query.get(kind)), "")
        return cls(
            q=query.get("q", "").strip()[:120],
            verdict=verdict if verdict in Feedback.Verdict.values else "",
            about=about if about in {"crossing", "signal"} else "",
            who=int(who) if who.isdecimal() and len(who) < 18 else None,
            kind=kind,
            slug=query.get(kind, "")[:50] if kind else "",
            quarter=_quarter(query.get("quarter", "")),
            sort=sort if sort.removeprefix("-") in SORTS else "-at",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows."""
        narrowed = self.q or self.verdict or self.about or self.kind or self.quarter
        return bool(narrowed) or self.who is not None

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """The time that numbers by type, source or threshold are opened for: a quarter, else the last 365 days."""
        return bounds_of(self.quarter) if self.quarter else (now - LOOK_BACK, now)


@dataclass(frozen=True, slots=True)
class Line:
    """One source, type or threshold with what was said of it."""

    name: str
    slug: str
    kind: str
    precision: Precision


@dataclass(frozen=True, slots=True)
class Said:
    """A word with what it is about, in words."""

    word: Feedback
    about: str
    url_name: str
    url_arg: Any


@page()
def feedback(request: HttpRequest) -> HttpResponse:
    """The precision of everything that was tagged in the last 365 days, then every word."""
    now, asked, user = timezone.now(), Asked.of(request.GET), reader(request)
    found = tagged(since=now - LOOK_BACK, until=now)
    opened = _opened(asked, now) if asked.kind and asked.quarter else found
    shown = Paginator(_found(user, asked, opened), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "tab": "feedback",
        "asked": asked,
        "named": _name(asked),
        "page": shown,
        "rows": _with_about(shown.object_list),
        "overall": precision(found.overall, found.overall),
        "tables": [
            ("Sources", "source", _lines("source", found.sources, found)),
            ("Thresholds", "threshold", _lines("threshold", found.thresholds, found)),
            ("Signal types", "type", _lines("type", found.types, found)),
        ],
        "verdicts": Feedback.Verdict.choices,
        "quarters": _quarters(now),
        "quarter": asked.quarter.isoformat() if asked.quarter else "",
        "people": User.objects.filter(signal_feedback__isnull=False).distinct().order_by("name", "pk"),
        "sorts": [
            heading(name, label, query=request.GET, sort=asked.sort, down_first=name == "at")
            for name, (_, label) in SORTS.items()
        ],
        "strength": round(PRIOR_STRENGTH),
        "days": LOOK_BACK.days,
    }
    return render(request, "signals/feedback/list.html", context)


@page()
def feedback_csv(request: HttpRequest) -> HttpResponseBase:
    """Every word as narrowed."""
    now, asked, user = timezone.now(), Asked.of(request.GET), reader(request)
    found = _found(user, asked, _opened(asked, now) if asked.kind else None)
    header = ["said_at", "verdict", "who", "account", "domain", "about", "id", "what", "note"]

    def lines() -> Iterator[list[Any]]:
        for chunk in in_slices(found.iterator(chunk_size=500), 500):
            for row in _with_about(chunk):
                word = row.word
                what = "crossing" if word.crossing_id else "signal"
                at = word.at.isoformat(timespec="seconds")
                yield [
                    at, word.verdict, word.user.email, word.account.name, word.account.domain, what,
                    str(word.crossing_id or word.signal_id), row.about, word.note,
                ]  # fmt: skip

    return csv_answer("feedback", header, lines())


def _found(user: User, asked: Asked, within: Tagged | None) -> QuerySet[Feedback]:
    rows = said(user)
    if asked.q:
        rows = rows.filter(Q(account__name__icontains=asked.q) | Q(account__domain__icontains=asked.q))
    if asked.verdict:
        rows = rows.filter(verdict=asked.verdict)
    if asked.about:
        rows = rows.filter(crossing__isnull=asked.about == "signal")
    if asked.who is not None:
        rows = rows.filter(user=asked.who)
    if asked.quarter:
        since, until = bounds_of(asked.quarter)
        rows = rows.filter(at__gte=since, at__lt=until)
    if asked.kind and within is not None:
        counted = _counted(asked, within)
        rows = rows.filter(Q(crossing__in=counted.crossings) | Q(signal_id__in=counted.signals))
    order = SORTS[asked.sort.removeprefix("-")][0]
    return rows.order_by(f"-{order}" if asked.sort.startswith("-") else order, "-pk")


def _opened(asked: Asked, now: datetime) -> Tagged:
    since, until = asked.span(now)
    return tagged(since=since, until=until)


def _quarter(text: str) -> date | None:
    """A quarter by its first day, as retunes write it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 and day.day == 1 and day.month % 3 == 1 else None


def _quarters(now: datetime) -> list[tuple[str, str]]:
    """The last five, for the filter."""
    quarter, found = quarter_of(now), []
    for _ in range(5):
        found.append((quarter.isoformat(), f"Q{(quarter.month + 2) // 3} {quarter.year}"))
        quarter = quarter_before(quarter)
    return found


def _rows(kind: str) -> QuerySet[Any]:
    if kind == "type":
        return SignalType.objects.all()
    return Source.objects.all() if kind == "source" else Threshold.objects.all()


def _counted(asked: Asked, within: Tagged) -> Counted:
    """The things behind a number of the tables above."""
    known = _rows(asked.kind).filter(slug=asked.slug).values_list("pk", flat=True).first()
    by_kind = {"type": within.types, "source": within.sources, "threshold": within.thresholds}
    return by_kind[asked.kind].get(known or 0, Counted())


def _name(asked: Asked) -> str:
    if not asked.kind:
        return ""
    row = _rows(asked.kind).filter(slug=asked.slug).first()
    return str(row) if row is not None else asked.slug


def _lines(kind: str, counted: Mapping[int, Counted], found: Tagged) -> list[Line]:
    """Those that were tagged, the most tagged first."""
    rows = _rows(kind).filter(pk__in=counted.keys()).values_list("pk", "name", "slug")
    lines = [Line(name, slug, kind, precision(counted[pk].tally, found.overall)) for pk, name, slug in rows]
    return sorted(lines, key=lambda line: (-line.precision.tally.said, line.name))


def _with_about(words: Iterable[Feedback]) -> list[Said]:
    """Words with what they are about: one query for a page of them."""
    page_of = list(words)
    signals: Mapping[Any, Signal] = signals_by_id(
        word.signal_id for word in page_of if word.signal_id is not None
    )
    rows = []
    for word in page_of:
        if word.crossing is not None:
            rows.append(
                Said(word, f"Crossed “{word.crossing.threshold.name}”", "signals:crossing", word.crossing_id)
            )
        else:
            signal = signals.get(word.signal_id)
            about = told(signal) if signal else "A signal that is no longer kept"
            rows.append(Said(word, about, "signals:signal_feedback" if signal else "", word.signal_id))
    return rows
