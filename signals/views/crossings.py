"""The newest crossings, and one of them with what proves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import TIERS, Urgency
from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.views.people import reader
from signals.models import Crossing, Threshold, ThresholdVersion
from signals.selectors import crossings as proofs
from signals.selectors import evidence
from signals.selectors import thresholds as written
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25
SLICE = 500
NARROWING = ("urgency", "tier", "mine", "q", "threshold", "version")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: crossings, and what they were narrowed to."""

    found: QuerySet[Crossing]
    urgency: str
    tier: int | None
    mine: bool
    q: str
    threshold: Threshold | None
    version: ThresholdVersion | None


def _asked(request: HttpRequest) -> Asked:
    asked, user = request.GET, reader(request)
    found = proofs.crossings(user)
    urgency = asked.get("urgency", "") if asked.get("urgency") in Urgency.values else ""
    if urgency:
        found = found.filter(urgency=urgency)
    threshold = Threshold.objects.filter(pk=typed.row_id(asked.get("threshold", ""))).first()
    if asked.get("threshold"):
        found = found.filter(threshold=threshold) if threshold else found.none()
    versions = ThresholdVersion.objects.select_related("threshold")
    version = versions.filter(pk=typed.row_id(asked.get("version", ""))).first()
    if asked.get("version"):
        found = found.filter(version=version) if version else found.none()
    tier = next((value for value, _ in TIERS if asked.get("tier") == str(value)), None)
    if tier:
        found = found.filter(account__tier=tier)
    if "mine" in asked:
        found = found.filter(account__owner=user)
    q = asked.get("q", "").replace("\0", "").strip()[:120]
    if q:
        found = found.filter(account__name__icontains=q)
    return Asked(found, urgency, tier, "mine" in asked, q, threshold, version)


@page()
def crossings(request: HttpRequest) -> HttpResponse:
    """The newest crossings with their evidence."""
    now, asked = timezone.now(), _asked(request)
    shown = Paginator(asked.found, PAGE_SIZE).get_page(request.GET.get("page"))
    told = evidence.told_of(shown.object_list, now=now, zone=timezone.get_current_timezone())
    context = {
        "now": now,
        "page": shown,
        "rows": [{"crossing": one, "told": told[one.pk]} for one in shown.object_list],
        "verdicts": verdicts_of(reader(request), crossings=[one.pk for one in shown.object_list]),
        "urgency": asked.urgency,
        "urgencies": Urgency.choices,
        "tiers": [(value, label, value == asked.tier) for value, label in TIERS],
        "mine": asked.mine,
        "q": asked.q,
        "threshold": asked.threshold,
        "version": asked.version,
        "is_narrowed": any(request.GET.get(name) for name in NARROWING),
        "tab": "crossings",
    }
    return render(request, "signals/crossings.html", context)


@page()
def crossings_csv(request: HttpRequest) -> HttpResponseBase:
    """All of them as narrowed."""
    header = (
        "Account",
        "Domain",
        "Tier",
        "Owner",
        "Threshold",
        "Version",
        "Urgency",
        "Crossed",
        "Score",
        "Evidence",
        "Why it counts",
    )
    return csv_answer("all-crossings", header, _csv_rows(_asked(request).found))


def _csv_rows(found: QuerySet[Crossing]) -> Iterator[list[Any]]:
    now, zone, slices = timezone.now(), timezone.get_current_timezone(), Paginator(found, SLICE)
    for number in slices.page_range:
        rows = list(slices.page(number).object_list)
        told = evidence.told_of(rows, now=now, zone=zone)
        for one in rows:
            owner = one.account.owner.name if one.account.owner else ""
            proof, crossed_at = told[one.pk], one.crossed_at.isoformat(timespec="seconds")
            yield [one.account.name, one.account.domain, one.account.tier, owner, one.threshold.name,
                   one.version.number, one.get_urgency_display(), crossed_at, round(one.score, 1), proof.line,
                   proof.account.why]  # fmt: skip


@page()
def crossing(request: HttpRequest, pk: int) -> HttpResponse:
    """One crossing: what was written, what was true, and every signal that proves it."""
    found, now = get_object_or_404(proofs.crossings(reader(request)), pk=pk), timezone.now()
    told = evidence.told_of([found], now=now, zone=timezone.get_current_timezone())[found.pk]
    context: dict[str, Any] = {
        "now": now,
        "verdicts": verdicts_of(reader(request), crossings=[found.pk], signal_ids=found.evidence),
        "told": told,
        "crossing": found,
        "sentence": written.sentence_of_version(found.version, written.type_names()),
        "is_current": found.version_id == found.threshold.current_id,
    }
    return render(request, "signals/crossing.html", context)
