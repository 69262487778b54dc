"""What becomes of a play's draft: submitted, approved, sent back, set aside; versions compared; accounts moved."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.views.people import reader
from plays.domain import vocabulary as words
from plays.models import Play
from plays.selectors import versions
from plays.selectors.migrating import outlook
from plays.services.play import drafting, migrating
from plays.views.editor import EDITORS

READERS = (*EDITORS, Role.EXECUTIVE)


@page(*READERS)
@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One of the ways of a version: `do` is submit, approve, back or aside."""
    play, by, now = _play(request, pk), reader(request), timezone.now()
    act, note = request.POST.get("do", ""), request.POST.get("note", "").replace("\0", "").strip()[:2_000]
    try:
        if act == "submit" and by.has_role(*EDITORS):
            version = drafting.submit_draft(play=play, reason=note, by=by, now=now)
            said = f"Version {version.number} waits for its review."
        elif act == "approve" and by.has_role(*drafting.APPROVERS):
            version = drafting.approve(
                play=play, by=by, note=note, seen=request.POST.get("seen", "")[:40], now=now
            )
            said = f"Version {version.number} is active. New starts follow it."
            if request.POST.get("running") == "migrate":
                moved = migrating.ask_to_migrate(play=play, by=by, now=now)
                counted = words.counted(moved, "running account is", "running accounts are")
                said += f" {counted} being moved to it." if moved else ""
        elif act == "back" and by.has_role(*drafting.APPROVERS):
            drafting.send_back(play=play, by=by, reason=note, now=now)
            said = "It is a draft again, with your words for whoever wrote it."
        elif act == "aside" and by.has_role(*EDITORS):
            version = drafting.set_aside(play=play, by=by, now=now)
            said = f"Version {version.number} is set aside. It stays among the versions, to begin from again."
        else:
            said = ""
            complain(request, "You may not do this with a play. Ask RevOps.")
    except AbmopsError as error:
        complain(request, error.message)
    else:
        if said:
            toast(request, said)
    return redirect("plays:play", pk=pk)


@page(Role.REVOPS)
def migrate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The running accounts of older versions: where each would go on in the active one, and moving them."""
    play = _play(request, pk)
    if request.method == "POST":
        try:
            moved = migrating.ask_to_migrate(play=play, by=reader(request), now=timezone.now())
        except AbmopsError as error:
            complain(request, error.message)
        else:
            counted = words.counted(moved, "running account is", "running accounts are")
            said = f"{counted} being moved. Each one's page tells where it went."
            toast(request, said if moved else "No account runs on an older version.")
        return redirect("plays:play", pk=pk)
    target = play.current if play.current is not None and play.current.activated_at is not None else None
    context = {"play": play, "target": target, "outlook": outlook(play, target), "now": timezone.now()}
    return render(request, "plays/migrate.html", context)


@page()
def compare(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Two versions side by side: what the second changed against the first; by default the newest two."""
    play = _play(request, pk)
    told = versions.versions_of(play)
    by_number = {str(one.version.number): one for one in told}
    newest = told[0] if told else None
    before = by_number.get(request.GET.get("from", ""), told[1] if len(told) > 1 else newest)
    after = by_number.get(request.GET.get("to", ""), newest)
    context: dict[str, Any] = {
        "play": play,
        "versions": told,
        "before": before,
        "after": after,
        "changes": versions.changes(before.version, after.version) if before and after else (),
        "may_write": reader(request).has_role(*EDITORS),
        "now": timezone.now(),
    }
    return render(request, "plays/compare.html", context)


def _play(request: HttpRequest, pk: int) -> Play:
    rows = Play.objects.visible_to(reader(request)).select_related("current", "owner")
    return get_object_or_404(rows, pk=pk)
