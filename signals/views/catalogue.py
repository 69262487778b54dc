"""The catalogue: what counts as a signal, what it is worth, how much comes, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.lib import feeding
from abmops.lib.choices import Role, SourceKind
from abmops.lib.ids import first_uuid7
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.partials import part
from accounts.views.people import reader
from signals.models import Signal, SourceAlert
from signals.selectors import volume
from signals.selectors.catalogue import LOOK_BACK, Overview, SourceEntry, TypeEntry, alert_words, overview
from signals.selectors.hooks import lost_strength
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25
DAYS_SHOWN = 28
NEWEST_SHOWN = 20
STATES = (("", "In force"), ("retired", "Retired"), ("all", "All"))
SORTS = {"name": "Name", "-volume": "Most signals", "-points": "Most points", "-precision": "Most precise"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know, it leaves out."""

    q: str
    kind: str
    state: str
    warned: bool
    sort: str

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """From the address."""
        kind, state, sort = query.get("kind", ""), query.get("state", ""), query.get("sort", "name")
        return cls(
            q=query.get("q", "").strip()[:120],
            kind=kind if kind in SourceKind.values else "",
            state=state if state in dict(STATES) else "",
            warned="warned" in query,
            sort=sort if sort in SORTS else "name",
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows."""
        return bool(self.q or self.kind or self.state or self.warned)

    def types(self, entries: Sequence[TypeEntry]) -> list[TypeEntry]:
        """The types asked for, in the order asked for."""
        return sorted((one for one in entries if self._wants(one)), key=self._order)

    def _wants(self, one: TypeEntry) -> bool:
        wanted = self.q.casefold()
        return (
            (not wanted or wanted in f"{one.row.name} {one.row.slug} {one.sentence}".casefold())
            and (not self.kind or one.row.kind == self.kind)
            and (self.state == "all" or one.row.is_active is (self.state != "retired"))
            and (not self.warned or bool(one.warnings))
        )

    def _order(self, one: TypeEntry) -> tuple[object, ...]:
        figure = {
            "-volume": one.total,
            "-points": one.row.points,
            "-precision": -1.0 if one.precision.shrunk is None else one.precision.shrunk,
        }.get(self.sort, 0)
        return (-figure, not one.row.is_active, one.row.name.casefold())


def may_edit(request: HttpRequest) -> bool:
    """Whether the reader keeps the catalogue."""
    return reader(request).has_role(Role.REVOPS)


@page()
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every type as a sentence with its volume, precision and warnings; sources; topics."""
    now, asked = timezone.now(), Asked.of(request.GET)
    found = overview(now=now)
    shown = Paginator(asked.types(found.types), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "asked": asked,
        "page": shown,
        "found": found,
        "warned": sum(bool(one.warnings) for one in found.types),
        "kinds": SourceKind.choices,
        "states": STATES,
        "sorts": SORTS.items(),
        "may_edit": may_edit(request),
    }
    return render(request, "signals/catalogue/list.html", context)


@page()
def catalogue_csv(request: HttpRequest) -> HttpResponseBase:
    """The types as narrowed, with everything the page says of them."""
    now, asked = timezone.now(), Asked.of(request.GET)
    header = [
        "Slug", "Name", "Kind", "Sentence", "Points", "Confidence", "Half after days", "Counts within days",
        "Qualifies", "Asks for us", "Answer to marketing", "Page intent", "In force", "Signals in 13 weeks",
        "Signals in 7 days", "Precision", "Tags", "Thresholds", "Warnings",
    ]  # fmt: skip
    return csv_answer("signal-catalogue", header, _lines(asked.types(overview(now=now).types)))


def _lines(entries: Sequence[TypeEntry]) -> Iterator[list[object]]:
    for one in entries:
        row, precise = one.row, one.precision
        flags = [row.qualifying, row.hand_raise, row.digital_response]
        yield [
            row.slug, row.name, row.get_kind_display(), one.sentence, row.points, row.confidence, row.half_life_days,
            row.recency_days, *("yes" if flag else "no" for flag in flags), row.get_page_intent_display(),
            "yes" if row.is_active else "no", one.total, one.weeks[-1],
            "" if precise.shrunk is None else round(precise.shrunk, 3), precise.tally.said,
            "; ".join(used.threshold.name for used in one.thresholds), " ".join(said.text for said in one.warnings),
        ]  # fmt: skip


@page()
def signal_type(request: HttpRequest, slug: str) -> HttpResponse:
    """One type: its sentence, its rules in words, its volume, what it may set off, and its newest signals."""
    now = timezone.now()
    found = overview(now=now)
    entry = next((one for one in found.types if one.row.slug == slug), None)
    if entry is None:
        raise Http404
    newest = _newest({"type": entry.row.pk}, now)
    fed = feeding.of([used.threshold.slug for used in entry.thresholds])
    context = {
        "now": now,
        "entry": entry,
        "type": entry.row,
        "used": [(used, fed.get(used.threshold.slug, [])) for used in entry.thresholds],
        "chart": _chart(
            volume.daily("type", now=now, days=DAYS_SHOWN, ids=[entry.row.pk]), entry.row.pk, now
        ),
        "senders": _partners(found, type_id=entry.row.pk, now=now),
        "newest": newest,
        "verdicts": verdicts_of(reader(request), signal_ids=[one.pk for one in newest]),
        "may_edit": may_edit(request),
    }
    return render(request, "signals/catalogue/type.html", context)


@page()
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: its weight and owner, its volume, what it sends, its alerts, and its newest signals."""
    now = timezone.now()
    found = overview(now=now)
    entry = next((one for one in found.sources if one.row.slug == slug), None)
    if entry is None:
        raise Http404
    newest = _newest({"source": entry.row.pk}, now)
    context = {
        "now": now,
        "entry": entry,
        "source": entry.row,
        "chart": _chart(
            volume.daily("source", now=now, days=DAYS_SHOWN, ids=[entry.row.pk]), entry.row.pk, now
        ),
        "sends": _partners(found, source_id=entry.row.pk, now=now),
        "alerts": entry.row.alerts.all()[:NEWEST_SHOWN],
        "lost_strength": lost_strength(entry.row),
        "newest": newest,
        "verdicts": verdicts_of(reader(request), signal_ids=[one.pk for one in newest]),
        "may_edit": may_edit(request),
    }
    return render(request, "signals/catalogue/source.html", context)


@page()
def alerts(request: HttpRequest) -> HttpResponse:
    """Sources that are silent or flood now, for the Health page."""
    rows = SourceAlert.objects.filter(ended_at__isnull=True).select_related("source").order_by("began_at")
    context = {"now": timezone.now(), "alerts": [(alert, alert_words(alert)) for alert in rows]}
    return part(request, "signals/catalogue/alerts.html", context, title="Sources")


def _chart(days: dict[int, tuple[int, ...]], pk: int, now: Any) -> dict[str, Any] | None:
    """Signals a day; None where there were none."""
    counts = days.get(pk)
    if counts is None:
        return None
    end = volume.end_of_hour(now).astimezone(timezone.get_current_timezone())
    labels = [f"{end - (DAYS_SHOWN - place) * volume.DAY:%Y-%m-%d}" for place in range(DAYS_SHOWN)]
    return {
        "labels": labels,
        "series": [{"name": "Signals", "values": list(counts), "line": "t1"}],
        "unit": "count",
        "room": 56,
    }


def _partners(
    found: Overview, *, now: Any, type_id: int | None = None, source_id: int | None = None
) -> list[tuple[SourceEntry | TypeEntry, int]]:
    """Who sends a type, or which types a source sends, with the signals of 13 weeks, most first."""
    counted: dict[int, int] = {}
    for (source_pk, type_pk), n in volume.pairs(since=now - LOOK_BACK).items():
        if type_pk == type_id:
            counted[source_pk] = n
        elif source_pk == source_id:
            counted[type_pk] = n
    entries: Sequence[SourceEntry | TypeEntry] = found.sources if type_id is not None else found.types
    pairs = [(one, counted[one.row.pk]) for one in entries if one.row.pk in counted]
    return sorted(pairs, key=lambda pair: -pair[1])


def _newest(wanted: dict[str, int], now: Any) -> list[Signal]:
    """The newest signals, newest first, of the last 13 weeks: the ids lead to them, newest month first."""
    rows = Signal.objects.filter(**wanted, id__gte=first_uuid7(now - LOOK_BACK)).order_by("-id")
    return list(rows.select_related("type", "source", "account", "contact")[:NEWEST_SHOWN])
