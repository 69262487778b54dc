"""The tester: paste an event, see what it becomes and why. Nothing is stored."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from abmops.lib.choices import SourceKind
from abmops.ui.access import page
from signals.api.trying import trials
from signals.domain import pasted
from signals.models import Source
from signals.services.trying import try_out

MAX_TEXT = 128 * 1024
EXAMPLE = """{
  "type": "page",
  "userId": "ann",
  "context": {
    "page": {"path": "/pricing"},
    "traits": {"email": "ann@company.example"}
  }
}"""


@page()
def tester(request: HttpRequest) -> HttpResponse:
    """Take what was pasted apart, and show each event's way."""
    now = timezone.now()
    sources = list(Source.objects.filter(is_active=True).order_by("name"))
    chosen = next((one for one in sources if one.slug == request.POST.get("source")), None) or next(
        (one for one in sources if one.kind == SourceKind.FIRST_PARTY), sources[0] if sources else None
    )
    text = request.POST.get("text", "")[:MAX_TEXT] if request.method == "POST" else EXAMPLE
    outcomes = None
    if request.method == "POST":
        outcomes = try_out(trials=trials(text, source=chosen, now=now), now=now)
    context = {
        "now": now,
        "text": text,
        "sources": sources,
        "chosen": chosen,
        "outcomes": outcomes,
        "most": pasted.MOST,
    }
    return render(request, "signals/catalogue/tester.html", context)
