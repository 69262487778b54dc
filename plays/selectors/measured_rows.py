"""The rows behind each number of plays measured: every count opens to as many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q

from plays.domain.measuring import in_words
from plays.domain.rules import title_of
from plays.domain.vocabulary import step_name
from plays.models import Decision, Enrollment, Play, StepRun
from plays.selectors.measuring import TOUCHES, WEEK, WEEKS_SHOWN, rows_of
from plays.selectors.yields import windows_passed


@dataclass(frozen=True, slots=True)
class Entry:
    """One row behind a number, and where to read on."""

    account_id: int
    account: str
    tier: int | None
    at: datetime
    said: str
    url_name: str
    pk: int
    play: str = ""


_OF_RUNS: Final = {
    "enrolled": ("Enrolled", Q()),
    "holdout": ("Held out by lot", Q()),
    "first_done": (
        "First step done",
        Q(Exists(StepRun.objects.filter(enrollment=OuterRef("pk"), position=0, state="done"))),
    ),
    "completed": ("Completed", Q(state="completed")),
    "exited": ("Ended early by an exit", Q(state="exited")),
    "cancelled": ("Stopped by hand", Q(state="cancelled")),
    "live": ("Running now", Q(finished_at__isnull=True)),
    "finished": ("Finished", Q(finished_at__isnull=False)),
    "unstalled": ("Finished without a stall", Q(finished_at__isnull=False, stalled_at__isnull=True)),
    "stalled": ("Finished after a stall", Q(finished_at__isnull=False, stalled_at__isnull=False)),
}
_OF_STEPS: Final = {
    "opened": ("opened", Q(opened_at__isnull=False)),
    "done": ("done", Q(state="done")),
    "skipped": ("skipped", Q(state="skipped")),
    "late": ("late", Q(task__breached_at__isnull=False)),
}
_OF_YIELDS: Final = {
    "yield_runs": ("Runs whose window has passed", False, False),
    "yield_hits": ("Runs that brought the outcome", False, True),
    "yield_held": ("Left alone, their window passed", True, False),
    "yield_held_hits": ("Left alone, and the outcome came by itself", True, True),
}
_ALONE: Final = {
    "considered": "Set off, and asked for in a decision",
    "touched": "Accounts touched",
    "to_enrollment": "Signal to enrollment, the slowest first",
}


def heading(show: str, steps: Mapping[str, str]) -> str:
    """What a number is called; empty where there is no such number. `steps`: their names by key."""
    kind, _, part = show.partition(":")
    if kind in _OF_STEPS and part:
        return f"{steps.get(part) or step_name(part)}, {_OF_STEPS[kind][0]}"
    if kind in ("held", "refused"):
        return f"{kind.capitalize()}: {title_of(part).lower()}" if part else kind.capitalize()
    if kind == "week" and _week(part) is not None:
        return "Begun this week" if part == "0" else f"Begun in the week {part} weeks back"
    if part:
        return ""
    return _OF_RUNS.get(kind, ("",))[0] or _OF_YIELDS.get(kind, ("",))[0] or _ALONE.get(kind, "")


def entries(plays: Sequence[Play], show: str, *, since: datetime, until: datetime) -> list[Entry]:
    """The rows behind one number of these plays, newest first; a query or two. `[since, until)` is the page's window.

    A rule's number is `held:cooldown`, a step's `done:first_call`, a week's `week:0`; see `heading` for what there is.
    """
    kind, _, part = show.partition(":")
    if not heading(show, {}):
        return []
    if kind in ("considered", "held", "refused"):
        return _decided(plays, kind, part, since=since, until=until)
    if kind in _OF_STEPS:
        return _stepped(plays, kind, part, since=since, until=until)
    if kind == "touched":
        return _touched(plays, since=since, until=until)
    if kind in _OF_YIELDS:
        _, held_out, is_hit = _OF_YIELDS[kind]
        found = windows_passed([play.pk for play in plays], now=until)
        ids = [pk for pk, arm, hit in found if arm is held_out and (hit or not is_hit)]
        return _runs(Enrollment.objects.filter(pk__in=ids))
    rows = Enrollment.objects.filter(play__in=plays, held_out=kind == "holdout")
    week = _week(part) if kind == "week" else None
    if week is not None:
        ends = until - week * WEEK
        return _runs(rows.filter(enrolled_at__gte=ends - WEEK, enrolled_at__lt=ends))
    rows = rows.filter(enrolled_at__gte=since, enrolled_at__lt=until)
    if kind == "to_enrollment":
        return _timed(rows)
    return _runs(rows.filter(_OF_RUNS[kind][1]))


def _week(part: str) -> int | None:
    return (
        int(part)
        if part.isdecimal() and part.isascii() and len(part) < 3 and int(part) < WEEKS_SHOWN
        else None
    )


def _decided(
    plays: Sequence[Play], verdict: str, rule: str, *, since: datetime, until: datetime
) -> list[Entry]:
    names = {play.slug: play.name for play in plays}
    said = {} if verdict == "considered" else {"verdict": verdict} | ({"rule": rule} if rule else {})
    asked = Q()
    for slug in names:
        asked |= Q(candidates__contains=[{"play": slug} | said])
    if not names:
        return []
    rows = Decision.objects.filter(asked, made_at__gte=since, made_at__lt=until).select_related("account")
    return [
        _entry(
            one,
            at=one.made_at,
            said=line["sentence"],
            to=("plays:decision", one.pk),
            play=names[line["play"]],
        )
        for one in rows.order_by("-made_at", "-pk")
        for line in one.candidates
        if line["play"] in names and said.items() <= line.items()
    ]


def _stepped(plays: Sequence[Play], kind: str, key: str, *, since: datetime, until: datetime) -> list[Entry]:
    rows = (
        StepRun.objects.filter(
            _OF_STEPS[kind][1], key=key, enrollment__play__in=plays,
            enrollment__enrolled_at__gte=since, enrollment__enrolled_at__lt=until,
        )
        .select_related("task__owner", "enrollment__account", "enrollment__play")
        .order_by("-opened_at", "-pk")
    )  # fmt: skip
    found: list[Entry] = []
    for run in rows:
        task = getattr(run, "task", None)
        said = (
            f"{task.owner}: {task.outcome or task.get_state_display()}" if task else run.get_state_display()
        )
        at = run.closed_at or run.opened_at or run.opens_at
        to = ("plays:task", task.pk) if task else ("plays:enrollment", run.enrollment_id)
        found.append(_entry(run.enrollment, at=at, said=said, to=to, play=run.enrollment.play.name))
    return sorted(found, key=lambda row: row.at, reverse=True)


def _touched(plays: Sequence[Play], *, since: datetime, until: datetime) -> list[Entry]:
    rows = rows_of(
        f"SELECT a.id, a.name, a.tier, max(t.at), count(*) FROM ({TOUCHES}) t "  # noqa: S608  (our own constants)
        "JOIN accounts_account a ON a.id = t.account_id GROUP BY a.id ORDER BY max(t.at) DESC, a.id",
        {"plays": [play.pk for play in plays], "since": since, "until": until},
    )
    return [
        Entry(pk, name, tier, at, "1 touch" if n == 1 else f"{n:,} touches", "accounts:account", pk)
        for pk, name, tier, at, n in rows
    ]


def _timed(rows: Any) -> list[Entry]:
    """Slowest first, with how long each took from our receipt of the crossing's last evidence."""
    took = ExpressionWrapper(
        F("enrolled_at") - F("crossing__last_evidence_received_at"), output_field=DurationField()
    )
    timed = rows.filter(crossing__last_evidence_received_at__lte=F("enrolled_at")).annotate(took=took)
    return [
        _of_run(one, said=f"{in_words(one.took)} after the signal had come")
        for one in timed.select_related("account", "play").order_by("-took", "-pk")
    ]


def _runs(rows: Any) -> list[Entry]:
    found: Iterable[Enrollment] = rows.select_related("account", "play").order_by("-enrolled_at", "-pk")
    return [_of_run(one, said=one.end_reason or one.why) for one in found]


def _of_run(one: Enrollment, *, said: str) -> Entry:
    return _entry(one, at=one.enrolled_at, said=said, to=("plays:enrollment", one.pk), play=one.play.name)


def _entry(row: Decision | Enrollment, *, at: datetime, said: str, to: tuple[str, int], play: str) -> Entry:
    return Entry(row.account_id, row.account.name, row.account.tier, at, said, *to, play)
