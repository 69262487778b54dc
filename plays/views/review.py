"""What becomes of a play's draft: submitted, approved, sent back, set aside; versions compared; accounts moved."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.asking_again import ask_again
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain import vocabulary as words
from plays.models import Play
from plays.selectors import versions
from plays.selectors.migrating import outlook
from plays.services.play import drafting, migrating
from plays.views.editor import EDITORS

READERS = (*EDITORS, Role.EXECUTIVE)
WAYS: Final[dict[str, tuple[str, frozenset[Role]]]] = {
    "submit": ("Send to review", frozenset(EDITORS)),
    "approve": ("Approve and activate", frozenset(drafting.APPROVERS)),
    "back": ("Back to the draft", frozenset(drafting.APPROVERS)),
    "aside": ("Set the draft aside", frozenset(EDITORS)),
}
"""What may become of a version, as its button says it, and by whom."""


class NoteForm(forms.Form):
    """A word on it: why, what was checked, what is missing."""

    note = forms.CharField(
        label="In your words", max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@page(*READERS)
@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One of the ways of a version: `do` is submit, approve, back or aside."""
    play, by, act = _play(request, pk), reader(request), request.POST.get("do", "")
    form = NoteForm(request.POST)
    named, who = WAYS.get(act, ("", frozenset()))
    if act not in WAYS or not by.has_role(*who):
        complain(request, "You may not do this with a play. Ask RevOps.")
        return redirect("plays:play", pk=pk)
    said: list[str] = []
    if not (form.is_valid() and carried_out(form, lambda: said.append(_done(request, play, act, form, by)))):
        back = reverse("plays:play", args=[pk])
        return ask_again(request, form, title=f"{named}: {play.name}", act=named, back=back)
    toast(request, said[0])
    return redirect("plays:play", pk=pk)


def _done(request: HttpRequest, play: Play, act: str, form: NoteForm, by: User) -> str:
    """Do it; what to say about it."""
    now, note = timezone.now(), form.cleaned_data["note"]
    match act:
        case "submit":
            version = drafting.submit_draft(play=play, reason=note, by=by, now=now)
            return f"Version {version.number} waits for its review."
        case "approve":
            seen = request.POST.get("seen", "")[:40]
            version = drafting.approve(play=play, by=by, note=note, seen=seen, now=now)
            said = f"Version {version.number} is active. New starts follow it."
            if request.POST.get("running") == "migrate":
                moved = migrating.ask_to_migrate(play=play, by=by, now=now)
                counted = words.counted(moved, "running account is", "running accounts are")
                said += f" {counted} being moved to it." if moved else ""
            return said
        case "back":
            drafting.send_back(play=play, by=by, reason=note, now=now)
            return "It is a draft again, with your words for whoever wrote it."
        case _:
            version = drafting.set_aside(play=play, by=by, now=now)
            return f"Version {version.number} is set aside. It stays among the versions, to begin from again."


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
