"""`{% load feedback %}`: three buttons that say what a signal or a crossing was worth."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from signals.models import Crossing, Feedback, Signal
from signals.selectors.feedback import Verdicts
from signals.timeline import told

register = template.Library()

LABELS = dict(Feedback.Verdict.choices)


@register.inclusion_tag("signals/partials/feedback.html", takes_context=True, name="feedback")
def feedback(
    context: Context, verdicts: Verdicts | str | None, thing: Crossing | Signal, place: object = ""
) -> dict[str, Any]:
    """The buttons on a crossing or a signal, as `verdicts_of(...)` found it; nothing where it was not asked.

    Where one thing shows twice on a page, `place` tells them apart.
    """
    request = context.get("request")
    return widget(
        verdicts, thing, place=str(place or ""), back=request.get_full_path() if request is not None else ""
    ) | {"csrf_token": context.get("csrf_token"), "request": request}


def widget(
    verdicts: Verdicts | str | None, thing: Crossing | Signal, *, place: str, back: str
) -> dict[str, Any]:
    """What the partial draws. A pressed button takes the word back; each sends what it wishes, never "the other"."""
    if not isinstance(verdicts, Verdicts) or thing.account_id is None:
        return {"shown": False}
    if isinstance(thing, Crossing):
        word, name, about = verdicts.of_crossing(thing.pk), "crossing", f"“{thing.threshold.name}”"
    else:
        word, name, about = verdicts.of_signal(thing.pk), "signal", told(thing)
    return {
        "shown": True,
        "id": f"said{f'-{place}' if place else ''}-{name}-{thing.pk}",
        "place": place,
        "back": back,
        "url": reverse(f"signals:{name}_feedback", args=[thing.pk]),
        "about": about,
        "may_say": verdicts.may_say,
        "word": word,
        "mine": LABELS.get(word.mine, ""),
        "buttons": [
            {"verdict": verdict, "label": label, "pressed": word.mine == verdict}
            for verdict, label in LABELS.items()
        ],
    }
