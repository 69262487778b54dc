"""Putting a source on a site: the snippet to paste, what it does and does not do, and whether anything has arrived."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from accounts.views.people import reader
from signals.models import Source
from signals.selectors.arrived import arrived
from signals.services import reverse_ip

CONSENT = (
    ("required", "Send nothing before the visitor agrees"),
    ("", "Count visits at once, keep nothing in the browser before the visitor agrees"),
)


@page()
def install(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; asked by its own live region, only whether there is news."""
    now = timezone.now()
    source = get_object_or_404(Source, slug=slug)
    found = arrived(source, now=now)
    if "X-Live" in request.headers and request.GET.get("since") == found.since:
        return HttpResponse(status=204)
    host = f"{request.scheme}://{request.get_host()}"
    consent = "" if request.GET.get("consent") == "" else "required"
    networks = reverse_ip.installed()
    # The plain address: the hashed one of the program's own pages is another with each release.
    script = f"{host}{settings.STATIC_URL}js/tracker.js"
    tag = f'<script async src="{script}" data-key="WRITE_KEY"'
    context = {
        "now": now,
        "source": source,
        "found": found,
        "host": host,
        "consent": consent,
        "consents": CONSENT,
        "snippet": tag + (f' data-consent="{consent}"' if consent else "") + "></script>",
        "may_edit": reader(request).has_role(Role.REVOPS),
        "places_by_network": networks is not None and not networks.fault,
    }
    return render(request, "signals/web/install.html", context)
