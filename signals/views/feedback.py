"""Good, neutral or noise: the buttons beside signals and crossings, and what everybody said of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from abmops.lib.errors import NotKnown
from abmops.ui.access import page
from abmops.ui.addresses import own_address
from abmops.ui.toasts import complain, toast
from accounts.models import Account, User
from accounts.views.people import reader
from signals.models import Crossing, Feedback, Signal
from signals.selectors.feedback import Verdicts, said, words_on
from signals.services import feedback
from signals.templatetags.feedback import widget
from signals.timeline import told

WITHDRAW = "withdraw"


def verdicts_of(user: User, *, crossings: Iterable[int] = (), signal_ids: Iterable[UUID] = ()) -> Verdicts:
    """What is said of the crossings and signals on a page, for `{% feedback verdicts thing %}`: one query at most."""
    return words_on(user, crossings=crossings, signal_ids=signal_ids, may_say=feedback.may_say(user))


class WordForm(forms.Form):
    """A word with its reason."""

    verdict = forms.ChoiceField(
        label="It was", choices=Feedback.Verdict.choices, widget=forms.RadioSelect, required=True
    )
    note = forms.CharField(
        label="Why",
        required=False,
        max_length=feedback.NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever tunes the catalogue reads it. Leave out what only concerns the person behind the signal.",
    )


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def crossing_feedback(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What everybody said of one crossing; a POST says it."""
    found = Crossing.objects.visible_to(reader(request)).select_related("account", "threshold")
    return _of(request, found.filter(pk=pk).first())


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def signal_feedback(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What everybody said of one signal; a POST says it."""
    found = Signal.objects.visible_to(reader(request)).select_related("account", "type", "source", "contact")
    return _of(request, found.filter(pk=pk).first())


def _of(request: HttpRequest, thing: Crossing | Signal | None) -> HttpResponseBase:
    user = reader(request)
    if request.method == "POST" and not feedback.may_say(user):
        raise PermissionDenied
    if (
        thing is None
        or thing.account_id is None
        or not Account.objects.visible_to(user).filter(pk=thing.account_id).exists()
    ):
        raise Http404("This signal or crossing is gone, or its account is not known.")
    return _say(request, user, thing) if request.method == "POST" else _words(request, user, thing, None)


def _say(request: HttpRequest, user: User, thing: Crossing | Signal) -> HttpResponseBase:
    """The buttons send a verdict alone, the page of one thing sends its reason along."""
    asked = request.POST.get("verdict", "")
    form = WordForm(request.POST) if "note" in request.POST and asked != WITHDRAW else None
    if form is not None and not form.is_valid():
        return _words(request, user, thing, form)
    if asked != WITHDRAW and asked not in Feedback.Verdict.values:
        return HttpResponse("Say good, neutral or noise.", status=422, content_type="text/plain")
    is_htmx = request.headers.get("HX-Request") == "true"
    try:
        row = feedback.say(
            user=user,
            verdict=None if asked == WITHDRAW else asked,
            note=form.cleaned_data["note"] if form is not None else None,
            now=timezone.now(),
            **_which(thing),
        )
    except NotKnown as error:
        complain(request, error.message)
        return HttpResponse(status=200) if is_htmx else redirect("signals:feedback")
    words = f"{row.get_verdict_display()}: " if row else "Taken back: "
    if not is_htmx:
        toast(request, f"{words}{_about(thing)}.")
        return redirect(_back(request, thing))
    drawn: dict[str, Any] = widget(
        verdicts_of(user, **_asked(thing)),
        thing,
        place=request.POST.get("place", "")[:40],
        back=request.POST.get("back", "")[:500],
    )
    return render(
        request, "signals/partials/feedback_answer.html", drawn | {"announced": words + _about(thing)}
    )


def _words(request: HttpRequest, user: User, thing: Crossing | Signal, form: WordForm | None) -> HttpResponse:
    """The page of one thing: who said what and why, and the reader's own word."""
    wanted = {"crossing": thing} if isinstance(thing, Crossing) else {"signal_id": thing.pk}
    words = list(said(user).filter(**wanted))
    mine = next((row for row in words if row.user_id == user.pk), None)
    initial = {"verdict": mine.verdict, "note": mine.note} if mine else {}
    context = {
        "now": timezone.now(),
        "thing": thing,
        "crossing": thing if isinstance(thing, Crossing) else None,
        "about": _about(thing),
        "words": words,
        "mine": mine,
        "may_say": feedback.may_say(user),
        "form": form or WordForm(initial=initial),
    }
    return render(request, "signals/feedback/of_one.html", context, status=422 if form else 200)


def _which(thing: Crossing | Signal) -> dict[str, Any]:
    return {"crossing": thing.pk} if isinstance(thing, Crossing) else {"signal": thing.pk}


def _asked(thing: Crossing | Signal) -> dict[str, Any]:
    return {"crossings": [thing.pk]} if isinstance(thing, Crossing) else {"signal_ids": [thing.pk]}


def _about(thing: Crossing | Signal) -> str:
    return f"“{thing.threshold.name}”" if isinstance(thing, Crossing) else told(thing)


def _back(request: HttpRequest, thing: Crossing | Signal) -> str:
    """Where the buttons stood; else the page of the thing."""
    return own_address(request, request.POST.get("back", "")) or request.path
