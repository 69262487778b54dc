"""A person's calendar as an iCalendar feed, under an address that is the key to it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_POST, require_safe

from abmops.ui.access import page
from abmops.ui.toasts import toast
from accounts.views.people import reader
from plays.models import CalendarFeed
from plays.services.calendar import feed as feeds


@page()
def feed_settings(request: HttpRequest) -> HttpResponseBase:
    """Whether there is an address, and how to get one."""
    return render(
        request, "plays/feed.html", {"feed": CalendarFeed.objects.filter(user=reader(request)).first()}
    )


@page()
@require_POST
def feed_new(request: HttpRequest) -> HttpResponseBase:
    """Another address; shown once, the one before is dead."""
    token = feeds.new_address(user=reader(request), now=timezone.now())
    url = request.build_absolute_uri(reverse("plays:feed", args=[token]))
    found = CalendarFeed.objects.get(user=reader(request))
    answer = render(request, "plays/feed.html", {"feed": found, "url": url})
    answer["Cache-Control"] = "no-store"
    return answer


@page()
@require_POST
def feed_end(request: HttpRequest) -> HttpResponseBase:
    """No address any more."""
    feeds.end_address(user=reader(request))
    toast(request, "The address is dead: no calendar reads from it any more.")
    return redirect("plays:feed_settings")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar file. A wrong address is not told from one that has ended."""
    now = timezone.now()
    found = feeds.feed_of(token=token, now=now)
    if found is None:
        raise Http404
    file = feeds.calendar_file(found, site=settings.SITE_URL, now=now)
    answer = HttpResponse(file.body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="abmops.ics"'
    answer["ETag"] = quote_etag(file.etag)
    answer["Last-Modified"] = http_date(file.changed_at.timestamp())
    # What the caller has already is not sent again: If-None-Match, with its lists, and If-Modified-Since (RFC 9110).
    kept = get_conditional_response(
        request, etag=answer["ETag"], last_modified=int(file.changed_at.timestamp()), response=answer
    )
    assert kept is not None
    kept["Cache-Control"] = "private, max-age=300"
    kept["Referrer-Policy"] = "no-referrer"
    return kept
