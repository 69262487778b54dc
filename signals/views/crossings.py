"""The newest crossings, and one of them with what proves it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import TIERS, Urgency
from abmops.ui.access import page
from accounts.views.people import reader
from signals.models import Threshold, ThresholdVersion
from signals.selectors import crossings as proofs
from signals.selectors import evidence
from signals.selectors import thresholds as written
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25
LARGEST_ID = 18


@page()
def crossings(request: HttpRequest) -> HttpResponse:
    """The newest crossings with their evidence."""
    now, urgency, asked = timezone.now(), request.GET.get("urgency", ""), request.GET
    found = proofs.crossings(reader(request))
    if urgency in Urgency.values:
        found = found.filter(urgency=urgency)
    threshold = Threshold.objects.filter(pk=_number(asked.get("threshold", ""))).first()
    version = (
        ThresholdVersion.objects.filter(pk=_number(asked.get("version", "")))
        .select_related("threshold")
        .first()
    )
    if asked.get("threshold"):
        found = found.filter(threshold=threshold) if threshold else found.none()
    if asked.get("version"):
        found = found.filter(version=version) if version else found.none()
    tier = next((value for value, _ in TIERS if asked.get("tier") == str(value)), None)
    if tier:
        found = found.filter(account__tier=tier)
    if "mine" in asked:
        found = found.filter(account__owner=reader(request))
    q = asked.get("q", "").replace("\0", "").strip()[:120]
    if q:
        found = found.filter(account__name__icontains=q)
    shown = Paginator(found, PAGE_SIZE).get_page(asked.get("page"))
    told = evidence.told_of(shown.object_list, now=now, zone=timezone.get_current_timezone())
    context = {
        "now": now,
        "page": shown,
        "rows": [{"crossing": one, "told": told[one.pk]} for one in shown.object_list],
        "verdicts": verdicts_of(reader(request), crossings=[one.pk for one in shown.object_list]),
        "urgency": urgency,
        "urgencies": Urgency.choices,
        "tiers": [(value, label, value == tier) for value, label in TIERS],
        "mine": "mine" in asked,
        "q": q,
        "threshold": threshold,
        "version": version,
        "is_narrowed": any(
            asked.get(name) for name in ("urgency", "tier", "mine", "q", "threshold", "version")
        ),
        "tab": "crossings",
    }
    return render(request, "signals/crossings.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < LARGEST_ID else None


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
