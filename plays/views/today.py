"""Today: a person's queue, in order, with what to do and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import Channel, Role, Side, Urgency
from abmops.ui import moments
from abmops.ui.access import page
from accounts.models import User
from accounts.views.people import reader
from plays.domain.hours import zone_named
from plays.domain.outcomes import LABELS
from plays.domain.queue import GROUPINGS, Wanted, group_of
from plays.domain.snoozing import CHOICES
from plays.models import Notice, Task
from plays.selectors import floor
from plays.selectors import today as work
from plays.selectors.away import around
from plays.selectors.bursts import ahead_of
from plays.selectors.rows import Row, crossings_behind, rows_of
from plays.views.queue_views import asked
from signals.domain.condition import ANSWER_WITHIN
from signals.selectors.evidence import told_by_id
from signals.views.feedback import verdicts_of

NOTICES_SHOWN = 3
DETAILED = 6
LEADERS = (Role.REVOPS, Role.EXECUTIVE)
PASSING = ("since", "csrfmiddlewaretoken")

SKIP_REASONS = {
    "spoken": "Already spoken this week",
    "person": "Wrong person",
    "timing": "Bad moment for the account",
    "noise": "The signal was noise",
}

TITLES = {
    "urgent": ("Urgent", f"answer within {ANSWER_WITHIN['urgent']}"),
    "hot": ("Hot", f"answer within {ANSWER_WITHIN['hot']}"),
    "normal": ("Normal", "by due time, then score"),
    "other": ("Not on the target list", "after everything above"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the queue and its rows."""

    key: str
    title: str
    note: str
    rows: list[Row]


@page()
def today(request: HttpRequest) -> HttpResponseBase:
    """The queue of the reader, or of the person that `?person=` names."""
    now, user = timezone.now(), reader(request)
    person, ask = person_of(request), asked(request)
    context = queue_context(request, person=person, now=now, query=ask.query) | {
        "ask": ask,
        "breaching": floor.breaching_next(person, now=now),
        "bursts": floor.bursts_on(person),
        "ahead": ahead_of(person, today=now.astimezone(zone_named(person.time_zone)).date()),
        "notices": Notice.objects.visible_to(user)
        .unread()
        .annotate(unread=Window(Count("pk")))[:NOTICES_SHOWN],
        "team": floor.team_load(now=now) if user.has_role(*LEADERS) else [],
        "channels": Channel.choices,
        "sides": [side for side in Side.choices if side[0] != Side.REVOPS],
        "urgencies": Urgency.choices,
        "plays": floor.plays_in(person),
        "groupings": GROUPINGS,
        "reasons": SKIP_REASONS,
        "snoozes": CHOICES,
    }
    return render(request, "plays/today.html", context)


@page()
def changes(request: HttpRequest) -> HttpResponseBase:
    """News for a page that shows the queue: 204 while nothing has changed since its token."""
    now = timezone.now()
    person = person_of(request)
    counts = work.counts_of(person, now=now, midnight=midnight(now))
    told = request.GET.get("since", "")
    if told == work.since(counts, now=now):
        return HttpResponse(status=204)
    return queue_part(request, person=person, now=now, says=_news(told, counts.open))


@page()
def gone(request: HttpRequest) -> HttpResponseBase:
    """What became of tasks that have left a queue while somebody looked at it, in words, by id."""
    now, user = timezone.now(), reader(request)
    tasks = Task.objects.visible_to(user).filter(pk__in=_ids(request, 100))
    zone = timezone.get_current_timezone()
    said = {}
    for task in tasks.select_related("owner").prefetch_related("events__by"):
        last = max(task.events.all(), key=lambda event: event.pk, default=None)
        by = "you" if last and last.by == user else str(last.by) if last and last.by else ""
        if task.state in (Task.State.OPEN, Task.State.SNOOZED) and task.owner_id != user.pk:
            said[task.pk] = f"Now with {task.owner}."
        elif task.state == Task.State.SNOOZED and task.snoozed_until:
            said[task.pk] = f"Snoozed until {moments.due_words(task.snoozed_until, now=now, zone=zone)}."
        elif task.state == Task.State.OPEN:
            said[task.pk] = "Not in this view any more."
        else:
            how = LABELS.get(task.result) or task.get_state_display()
            said[task.pk] = f"{how}, by {by}." if by else f"{how}: {last.text if last else ''}".strip(": ")
    return JsonResponse(said)


def _ids(request: HttpRequest, limit: int) -> list[int]:
    said = request.GET.get("ids", "").split(",")[:limit]
    return [int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 19]


@page()
def details(request: HttpRequest) -> HttpResponseBase:
    """The details of some rows, for a browser that comes to them."""
    now, user = timezone.now(), reader(request)
    ids = _ids(request, DETAILED)
    seen = set(Task.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    rows = rows_of([pk for pk in ids if pk in seen], reader=user, now=now)
    context = row_context(request, rows, now=now) | {"rows": rows}
    return render(request, "plays/partials/task_details.html", context)


def person_of(request: HttpRequest) -> User:
    """Whose queue: the reader's own, or the one that `?person=` names; everybody may see who owes what."""
    user = reader(request)
    named = request.GET.get("person") or request.POST.get("person") or ""
    if named.isascii() and named.isdigit() and len(named) < 19 and int(named) != user.pk:
        return get_object_or_404(User, pk=int(named), is_active=True)
    return user


def midnight(now: datetime) -> datetime:
    """The start of the reader's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def wanted_from(query: QueryDict) -> Wanted:
    """What an address asks for; whatever it does not know, it leaves out."""

    def one_of(name: str, known: Iterable[str]) -> str:
        return said if (said := query.get(name, "")) in set(known) else ""

    def number(name: str) -> int | None:
        said = query.get(name, "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None

    return Wanted(
        q=query.get("q", "").replace("\0", "").strip()[:80],
        channel=one_of("channel", Channel.values),
        side=one_of("side", Side.values),
        urgency=one_of("urgency", Urgency.values),
        play=number("play"),
        account=number("account"),
        late=query.get("late") == "1",
        today=query.get("today") == "1",
        group=one_of("group", GROUPINGS),
    )


def address_of(request: HttpRequest) -> str:
    """The queue's own address as a query string: whose it is, what is asked for, how it is grouped."""
    query = request.GET.copy()
    if request.method == "POST":
        query = QueryDict(request.POST.get("query", ""), mutable=True)
    for name in PASSING:
        query.pop(name, None)
    return query.urlencode()


def queue_context(
    request: HttpRequest, *, person: User, now: datetime, query: QueryDict | None = None, says: str = ""
) -> dict[str, Any]:
    """What the queue partial needs; `query` is what the address asks for where it does not say so itself."""
    user, address = reader(request), query.urlencode() if query is not None else address_of(request)
    query = QueryDict(address)
    wanted = wanted_from(query)
    everything = query.get("all") == "1"
    queue = work.queue_of(
        person, now=now, midnight=midnight(now), reader=user, wanted=wanted, everything=everything
    )
    return row_context(request, queue.rows, now=now) | {
        "queue": queue,
        "sections": sections_of(queue.rows, wanted.group, now=now),
        "wanted": wanted,
        "address": address,
        "person": person,
        "is_own": person.pk == user.pk,
        "everything": everything,
        "says": says,
        "away": around(person, now=now),
        "may_end_absence": person.pk == user.pk or user.has_role(Role.REVOPS),
    }


def row_context(request: HttpRequest, rows: Sequence[Row], *, now: datetime) -> dict[str, Any]:
    """What the partial of a row needs besides the row. Only the first come with their details: they are most of the
    page's weight, and the browser asks for the others before one gets there.
    """
    shown = rows[:DETAILED]
    crossings = crossings_behind(shown)
    return {
        "detailed": {row.task.pk for row in shown},
        "verdicts": verdicts_of(reader(request), crossings=crossings),
        "told": told_by_id(crossings, now=now, zone=timezone.get_current_timezone()),
        "now": now,
    }


def sections_of(rows: Iterable[Row], group: str, *, now: datetime) -> list[Section]:
    """The rows under their headings, both in the queue's order."""
    zone = timezone.get_current_timezone()
    found: dict[str, Section] = {}
    for row in rows:
        task = row.task
        match group:
            case "channel":
                key, title, note = task.channel, task.get_channel_display(), ""
            case "account":
                key, title, note = str(task.account_id), task.account.name, ""
            case "play":
                play = task.enrollment.play if task.enrollment else None
                key, title, note = (str(play.pk), play.name, "") if play else ("hand", "Given by hand", "")
            case "day":
                local = task.due_at.astimezone(zone)
                key, title, note = f"{local:%Y-%m-%d}", f"{local:%A} {local.day} {local:%B}", ""
                if task.stopped_at is not None:
                    key, title, note = "paused", "Paused", "their clocks stand"
                elif task.is_late(now):
                    key, title = "late", "Late"
            case _:
                key = group_of(row.place)
                title, note = TITLES[key]
        found.setdefault(key, Section(key, title, note, [])).rows.append(row)
    if group == "day":
        return sorted(found.values(), key=lambda section: (section.key != "late", section.key))
    return list(found.values())


def queue_part(request: HttpRequest, *, person: User, now: datetime, says: str = "") -> HttpResponse:
    """The queue alone, as the page includes it."""
    context = queue_context(request, person=person, now=now, says=says)
    return render(request, "plays/partials/queue.html", context)


def _news(told: str, open_now: int) -> str:
    before = told.partition("-")[0]
    more = open_now - int(before) if before.isdecimal() and len(before) < 9 else 0
    if more <= 0:
        return ""
    return "A new task is in your queue." if more == 1 else f"{more} new tasks are in your queue."
