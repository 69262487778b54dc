"""Thresholds as sentences: the list, one with its versions, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.views.people import reader
from signals.domain.condition.difference import saying_changes
from signals.models import Threshold
from signals.selectors import thresholds as written
from signals.selectors.drift import drifts
from signals.selectors.precision import precisions
from signals.selectors.threshold_history import history_of

PAGE_SIZE = 25
SORT_NAMES = (
    ("status", "in force first"),
    ("name", "by name"),
    ("-crossings", "most crossings first"),
    ("-changed", "newest change first"),
)


@page()
def thresholds(request: HttpRequest) -> HttpResponse:
    """Every threshold as a sentence, with its volume."""
    now = timezone.now()
    found = _asked(request)
    context = {
        "now": now,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "q": request.GET.get("q", ""),
        "statuses": [
            (value, label, value in request.GET.getlist("status"))
            for value, label in Threshold.Status.choices
        ],
        "sort": request.GET.get("sort", "status"),
        "sorts": SORT_NAMES,
        "drifts": drifts(now=now),
        "precisions": precisions(now=now),
        "is_narrowed": bool(request.GET.get("q") or request.GET.getlist("status")),
        "may_write": reader(request).has_role(Role.REVOPS),
    }
    return render(request, "signals/thresholds/list.html", context)


@page()
def thresholds_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    header = (
        "Threshold",
        "Status",
        "Version",
        "Sentence",
        "Urgency",
        "Owner",
        "Crossings in 13 weeks",
        "Accounts",
    )
    return csv_answer("thresholds", header, _csv_rows(_asked(request)))


def _asked(request: HttpRequest) -> list[written.Written]:
    asked = request.GET
    statuses = [value for value in Threshold.Status.values if value in asked.getlist("status")]
    words, sort = asked.get("q", "").replace("\0", "").strip()[:120], asked.get("sort", "")
    return written.written_thresholds(
        reader(request), now=timezone.now(), q=words, statuses=statuses, sort=sort
    )


def _csv_rows(found: list[written.Written]) -> Iterator[list[object]]:
    for row in found:
        one, current = row.threshold, row.threshold.current
        yield [
            one.name,
            one.get_status_display(),
            current.number if current else "",
            row.sentence,
            current.get_urgency_display() if current else "",
            one.owner.name if one.owner else "",
            row.crossings,
            row.accounts,
        ]


@page()
def threshold(request: HttpRequest, slug: str) -> HttpResponse:
    """One threshold: what it says and why, who comes near, its versions, and when it was put on and off."""
    now, names = timezone.now(), written.type_names()
    found = shown_threshold(request, slug)
    context = {
        "now": now,
        "threshold": found,
        "row": written.written(found, now=now, names=names),
        "versions": written.versions_of(found, names=names),
        "drifts": drifts(now=now),
        "precisions": precisions(now=now),
        "history": history_of(found),
        "may_write": reader(request).has_role(Role.REVOPS),
    }
    return render(request, "signals/thresholds/threshold.html", context)


@page()
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions: what the second changed against the first; by default the newest two."""
    found, names = shown_threshold(request, slug), written.type_names()
    versions = written.versions_of(found, names=names)
    by_number = {str(one.version.number): one for one in versions}
    newest = versions[0] if versions else None
    before = by_number.get(request.GET.get("from", ""), versions[1] if len(versions) > 1 else newest)
    after = by_number.get(request.GET.get("to", ""), newest)
    changes = (
        saying_changes(written.saying_of(before.version), written.saying_of(after.version), names)
        if before and after
        else ()
    )
    context = {
        "now": timezone.now(),
        "threshold": found,
        "versions": versions,
        "before": before,
        "after": after,
        "changes": changes,
        "history": history_of(found),
        "may_write": reader(request).has_role(Role.REVOPS),
    }
    return render(request, "signals/thresholds/compare.html", context)


def shown_threshold(request: HttpRequest, slug: str) -> Threshold:
    """The threshold of an address that the reader may see, else 404."""
    found = Threshold.objects.visible_to(reader(request)).select_related("current", "owner")
    return get_object_or_404(found, slug=slug)
