"""The editor of a play: every press re-renders it from its own form, so that it needs no script."""

from __future__ import annotations

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
from plays.domain import starter
from plays.domain.draft import BLANK
from plays.domain.parse import read_play
from plays.models import Play, PlayVersion
from plays.services.play import drafting
from plays.views import editor_form
from plays.views.editor_desk import Desk, NameForm, first_values
from plays.views.editor_folds import left_open

EDITORS = (Role.REVOPS, Role.MARKETER)
LONGEST_JSON = 128_000


@page(*EDITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """A play that is not there yet: blank, `?starter=` one of the library's, `?copy=` of a play of ours."""
    if request.method == "POST":
        return _posted(request, None)
    return _answer(request, _begun(request), whole=True)


@page(*EDITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The draft of a play, or what will be one; `?version=2` begins with what an older version said."""
    seen = Play.objects.visible_to(reader(request)).select_related("current", "owner")
    play = get_object_or_404(seen, pk=pk)
    if request.method == "POST":
        return _posted(request, play)
    draft = drafting.open_version(play)
    number = request.GET.get("version", "")
    old = None
    if number.isdecimal() and len(number) < 9:
        old = play.versions.filter(number=int(number)).first()
    shown = old or draft or play.current
    values = first_values(play, draft, reader(request))
    if old is not None:
        values["reason"] = f"Back to version {old.number}: "
    desk = Desk(play, shown.as_json() if shown else dict(BLANK), NameForm(initial=values, play=play), draft)
    desk.seen = drafting.mark_of(play, draft)
    return _answer(request, desk, whole=True)


def _begun(request: HttpRequest) -> Desk:
    """An empty desk, or one with what is to be used or copied."""
    values = first_values(None, None, reader(request))
    document = dict(BLANK)
    made = next((one for one in starter.ALL if one.slug == request.GET.get("starter")), None)
    copy = request.GET.get("copy", "")
    if made is not None:
        document = dict(BLANK) | dict(made.definition)
        values |= {"name": made.name, "purpose": made.purpose}
    elif copy.isdecimal() and len(copy) < 12:
        play = Play.objects.visible_to(reader(request)).select_related("current").filter(pk=int(copy)).first()
        if play is not None and play.current is not None:
            document = play.current.as_json()
            values |= {"name": f"Copy of {play.name}"[:120], "purpose": play.purpose}
    begins_with = frozenset({"trigger"} if document == BLANK else ())
    return Desk(None, document, NameForm(initial=values), None, opened=begins_with)


def _posted(request: HttpRequest, play: Play | None) -> HttpResponseBase:
    draft = drafting.open_version(play) if play is not None else None
    act = request.POST.get("do", "")
    is_saved = act in ("save", "submit")
    # Nothing is said against names that nobody wants to save yet.
    form = NameForm(request.POST if is_saved else None, play=play, initial=request.POST.dict())
    desk = Desk(play, editor_form.from_form(request.POST), form, draft)
    desk.seen = request.POST.get("seen", "")[:40]
    desk.ask_about(request.POST.get("on_account", "") or None, request.POST.get("on_contact", ""))
    before, opened = desk.document, request.POST.getlist("open")
    desk.opened = left_open(opened, "", before, before)
    if is_saved:
        return _save(request, desk, submit=act == "submit")
    if act == "json":
        _read_json(desk, request.POST.get("json", ""))
    else:
        desk.document = editor_form.acted(desk.document, act, request.POST)
        desk.opened = left_open(opened, act, before, desk.document)
    return _answer(request, desk, whole=act not in ("", "preview", "look"))


def _read_json(desk: Desk, text: str) -> None:
    """Take the play written as JSON, where it is one."""
    desk.json_text = text[:LONGEST_JSON]
    try:
        document = bodies.typed(desk.json_text)
    except Malformed as error:
        desk.json_faults = (str(error.detail),)
        return
    _, faults = read_play(document if isinstance(document, dict) else {})
    if faults:
        desk.json_faults = tuple(f"{one.pointer}: {one.detail}" for one in faults)
        return
    desk.take(document)
    desk.json_text = ""


def _save(request: HttpRequest, desk: Desk, *, submit: bool) -> HttpResponseBase:
    form = desk.form
    if not form.is_valid() or desk.faults:
        return _answer(request, desk, whole=True, status=422)
    values = form.cleaned_data
    sheet = drafting.Sheet(
        name=values["name"],
        purpose=values["purpose"],
        owner=values["owner"],
        definition=desk.document,
        reason=values["reason"].strip(),
    )
    try:
        play, said = _saved(request, desk, sheet, submit=submit)
    except drafting.Overtaken as error:
        form.add_error(None, error.message)
        _look_again(desk)
    except FieldErrors as error:
        for one in error.errors:
            name = one.pointer.strip("/")
            form.add_error(name if name in form.fields else None, one.detail)
    except AbmopsError as error:
        form.add_error(None, error.message)
    else:
        toast(request, said)
        return redirect("plays:play", pk=play.pk)
    return _answer(request, desk, whole=True, status=422)


def _saved(request: HttpRequest, desk: Desk, sheet: drafting.Sheet, *, submit: bool) -> tuple[Play, str]:
    """Write the draft and, if asked, submit it; the play and what has happened in words."""
    by, now = reader(request), timezone.now()
    draft: PlayVersion | None
    if desk.play is None:
        play, draft = drafting.make_draft(sheet=sheet, submit=submit, by=by, now=now)
    else:
        based_on = request.POST.get("based_on", "")
        play = desk.play
        draft = drafting.save_draft(
            play=play,
            sheet=sheet,
            seen=desk.seen,
            based_on=int(based_on) if based_on.isdecimal() and len(based_on) < 9 else None,
            submit=submit,
            by=by,
            now=now,
        )
    if draft is None:
        return play, f"“{sheet.name}” is saved; what it says is as before, so there is no draft."
    if submit:
        return play, f"Version {draft.number} of “{sheet.name}” waits for its review."
    return play, f"Version {draft.number} of “{sheet.name}” is saved as a draft. Nothing runs on it yet."


def _look_again(desk: Desk) -> None:
    """After somebody else was first: what they say now, and a mark with which saving once more is meant."""
    assert desk.play is not None
    desk.play = Play.objects.select_related("current", "owner").get(pk=desk.play.pk)
    desk.draft = drafting.open_version(desk.play)
    desk.seen = drafting.mark_of(desk.play, desk.draft)
    desk.theirs = desk.draft or desk.play.current


def _answer(request: HttpRequest, desk: Desk, *, whole: bool, status: int = 200) -> HttpResponse:
    """The page; for htmx the body after a press, or only what it says while somebody types."""
    context: dict[str, Any] = desk.context(reader(request), timezone.now())
    if request.method == "POST" and request.headers.get("HX-Request") == "true":
        name = "body" if whole else "reading"
        return render(request, f"plays/editor/{name}.html", {**context, "is_part": True})
    return render(request, "plays/editor/edit.html", {**context, "is_refused": status == 422}, status=status)
