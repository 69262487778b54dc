"""The newest crossings, and one of them with what proves it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import Urgency
from abmops.ui.access import page
from accounts.views.people import reader
from signals.selectors import crossings as proofs
from signals.selectors import thresholds as written
from signals.views.feedback import verdicts_of

PAGE_SIZE = 25


@page()
def crossings(request: HttpRequest) -> HttpResponse:
    """The newest crossings with their evidence."""
    now, urgency = timezone.now(), request.GET.get("urgency", "")
    found = proofs.crossings(reader(request))
    if urgency in Urgency.values:
        found = found.filter(urgency=urgency)
    if (threshold := request.GET.get("threshold", "")) and threshold.isdecimal():
        found = found.filter(threshold=int(threshold))
    shown = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "now": now,
        "page": shown,
        "rows": proofs.with_evidence(shown.object_list),
        "verdicts": verdicts_of(reader(request), crossings=[one.pk for one in shown.object_list]),
        "urgency": urgency,
        "urgencies": Urgency.choices,
        "tab": "crossings",
    }
    return render(request, "signals/crossings.html", context)


@page()
def crossing(request: HttpRequest, pk: int) -> HttpResponse:
    """One crossing: what was written, what was true, and every signal that proves it."""
    found = get_object_or_404(proofs.crossings(reader(request)), pk=pk)
    verdicts = verdicts_of(reader(request), crossings=[found.pk], signal_ids=found.evidence)
    context = {
        "now": timezone.now(),
        "verdicts": verdicts,
        "row": proofs.with_evidence([found])[0],
        "crossing": found,
        "sentence": written.sentence_of_version(found.version, written.type_names()),
    }
    return render(request, "signals/crossing.html", context)
