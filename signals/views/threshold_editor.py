"""The editor of a threshold: every press re-renders it from its own form, so that it needs no script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.rest import bodies
from abmops.rest.problems import Malformed
from abmops.ui.access import page
from abmops.ui.toasts import toast
from accounts.views.people import reader
from signals.domain import condition
from signals.domain.condition import draft as drafts
from signals.domain.condition.difference import Saying, saying_changes
from signals.models import Threshold, ThresholdVersion
from signals.selectors import thresholds as written
from signals.services import definitions
from signals.views import threshold_draft as rows
from signals.views.threshold_form import ThresholdForm, first_values

STARTS: drafts.Draft = {"all": [drafts.new("distinct_signals")]}
LONGEST_JSON = 64_000
NO_CONDITION = "The form held no condition; here is the one that is in force."
SAID = ("tiers", "urgency", "rearm_days")


@dataclass(slots=True)
class Desk:
    """One editor on one request: what it is about, and what stands in it."""

    row: Threshold | None
    draft: drafts.Draft
    form: ThresholdForm
    words: rows.Vocabulary
    seen: str = ""
    json_text: str = ""
    json_faults: tuple[str, ...] = ()
    theirs: Saying | None = None

    @property
    def faults(self) -> list[drafts.Fault]:
        """What is wrong with the condition."""
        return drafts.faults(self.draft, types=frozenset(self.words.types))

    def saying(self) -> Saying | None:
        """All that the editor says; None while its condition or its numbers are not in order."""
        if self.faults:
            return None
        values = {**self.form.initial}
        if self.form.is_bound:
            self.form.is_valid()
            values = getattr(self.form, "cleaned_data", {})
        if not all(name in values for name in SAID):
            return None
        read = condition.parse(self.draft)
        return Saying(
            read, tuple(sorted(values["tiers"])), str(values["urgency"]), int(values["rearm_days"] or 0)
        )

    def context(self) -> dict[str, Any]:
        """What the templates show."""
        faults, names, saying = self.faults, self.words.names, self.saying()
        sentence = ""
        if saying is not None:
            sentence = condition.threshold_sentence(
                saying.condition,
                tiers=saying.tiers,
                urgency=saying.urgency,
                rearm_days=saying.rearm_days,
                names=names,
            )
        now = self.row.current if self.row else None
        changed = saying_changes(written.saying_of(now), saying, names) if now and saying else ()
        return {
            "now": timezone.now(),
            "threshold": self.row,
            "form": self.form,
            "top": rows.rows_of(self.draft, faults, self.words),
            "facts": rows.FACTS,
            "groups": rows.GROUPS,
            "faults": faults,
            "sentence": sentence,
            "changes": changed,
            "condition_json": json.dumps(self.draft),
            "json_text": self.json_text or json.dumps(self.draft, indent=2, ensure_ascii=False),
            "json_faults": self.json_faults,
            "seen": self.seen,
            "theirs": saying_changes(self.theirs, saying, names) if self.theirs and saying else (),
            "overtaken": self.theirs is not None,
        }


@page(Role.REVOPS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """A threshold that is not there yet."""
    return _edit(request, None)


@page(Role.REVOPS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The next version of a threshold; `?version=2` begins with what an older one said."""
    return _edit(request, get_object_or_404(Threshold.objects.select_related("current", "owner"), slug=slug))


def _edit(request: HttpRequest, row: Threshold | None) -> HttpResponseBase:
    words = rows.vocabulary()
    if request.method != "POST":
        return _answer(request, _opened(request, row, words), whole=True)
    desk = _posted(request, row, words)
    act = request.POST.get("do", "")
    if act == "save":
        return _save(request, desk)
    if act == "json":
        _read_json(desk, request.POST.get("json", ""))
    else:
        desk.draft = _acted(desk.draft, act, request)
    return _answer(request, desk, whole=act not in ("", "preview"))


def _opened(request: HttpRequest, row: Threshold | None, words: rows.Vocabulary) -> Desk:
    if row is None:
        return Desk(None, STARTS, ThresholdForm(initial=first_values(None, None, reader(request))), words)
    number = request.GET.get("version", "")
    old = row.versions.filter(number=int(number)).first() if number.isdecimal() and len(number) < 9 else None
    shown = old or row.current
    first = first_values(row, shown, reader(request))
    if old is not None and old != row.current:
        first["reason"] = f"Back to version {old.number}: "
    return Desk(
        row, _draft_of(shown), ThresholdForm(initial=first, row=row), words, seen=definitions.mark_of(row)
    )


def _draft_of(version: ThresholdVersion | None) -> drafts.Draft:
    return dict(condition.parse(version.condition).to_json()) if version else STARTS


def _posted(request: HttpRequest, row: Threshold | None, words: rows.Vocabulary) -> Desk:
    draft = rows.from_form(request.POST)
    form = ThresholdForm(
        request.POST, row=row, initial=first_values(row, row.current if row else None, reader(request))
    )
    desk = Desk(row, draft or _draft_of(row.current if row else None), form, words)
    desk.seen = request.POST.get("seen", "")[:40]
    if draft is None:
        desk.json_faults = (NO_CONDITION,)
    return desk


def _acted(draft: drafts.Draft, act: str, request: HttpRequest) -> drafts.Draft:
    verb, _, place = act.partition(" ")
    path = rows.path_of(place)
    if path is None:
        return draft
    if verb == "add":
        return drafts.added(draft, path, request.POST.get(f"new-{place}", ""))
    return drafts.done(draft, path, verb)


def _read_json(desk: Desk, text: str) -> None:
    """Take the condition written as JSON, where it is one."""
    desk.json_text = text[:LONGEST_JSON]
    try:
        document = bodies.typed(desk.json_text)
        read = condition.parse(document)
    except FieldErrors as error:
        desk.json_faults = tuple(f"{one.pointer}: {one.detail}" for one in error.errors)
    except Malformed as error:
        desk.json_faults = (str(error.detail),)
    else:
        desk.draft, desk.json_text = dict(read.to_json()), ""


def _save(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    row, form = desk.row, desk.form
    saying = desk.saying()
    if form.is_valid() and saying is not None:
        values = dict(form.cleaned_data)
        reason = values.pop("reason").strip()
        before = written.saying_of(row.current) if row and row.current else None
        if row is not None and before != saying and not reason:
            form.add_error("reason", "Say why in a sentence: whoever reads this version in a year will ask.")
            return _answer(request, desk, whole=True)
        fields = values | {"condition": desk.draft, "tiers": list(saying.tiers)}
        try:
            return _saved(request, desk, fields, reason)
        except definitions.Overtaken as error:
            form.add_error(None, error.message)
            _look_again(desk)
        except FieldErrors as error:
            for one in error.errors:
                form.add_error(None, one.detail)
        except AbmopsError as error:
            form.add_error(None, error.message)
    return _answer(request, desk, whole=True)


def _saved(request: HttpRequest, desk: Desk, fields: dict[str, Any], reason: str) -> HttpResponse:
    by, row = reader(request), desk.row
    if row is None:
        one = definitions.make_threshold(fields=fields, reason=reason, by=by)
    else:
        one = definitions.edit_threshold(slug=row.slug, fields=fields, reason=reason, seen=desk.seen, by=by)
    number = one.row.current.number if one.row.current else 1
    if one.created:
        said = f"“{one.row.name}” is written." + (
            "" if one.row.status == Threshold.Status.ACTIVE else " It crosses once its status is active."
        )
    elif not one.changed:
        said = "Nothing was changed."
    elif row is not None and row.current_id != one.row.current_id:
        said = f"“{one.row.name}” is at version {number} now."
    else:
        said = f"“{one.row.name}” is saved; what it asks is as before."
    toast(request, said)
    return redirect("signals:threshold", slug=one.row.slug)


def _look_again(desk: Desk) -> None:
    """After somebody else was first: what they say now, and a mark with which saving once more is meant."""
    assert desk.row is not None
    desk.row = Threshold.objects.select_related("current", "owner").get(pk=desk.row.pk)
    desk.seen = definitions.mark_of(desk.row)
    if desk.row.current is not None:
        desk.theirs = written.saying_of(desk.row.current)


def _answer(request: HttpRequest, desk: Desk, *, whole: bool) -> HttpResponse:
    """The page; for htmx the rows after a press, or only what they say while somebody types."""
    if request.method == "POST" and request.headers.get("HX-Request") == "true":
        name = "builder" if whole else "reading"
        return render(request, f"signals/thresholds/{name}.html", {**desk.context(), "is_part": True})
    return render(request, "signals/thresholds/edit.html", desk.context())
