"""A source's hook: where it posts and how it signs, what its words mean to us, and what has come."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest import bodies
from abmops.rest.problems import Malformed
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from signals.api.signal import SIGNAL
from signals.domain import mapping as mappings
from signals.models import HookCall, Source, Topic
from signals.selectors import hooks as selectors
from signals.services import hooks

PAGE_SIZE = 25
MOST_EXAMPLE = 512 * 1024
STATES = (("", "All calls"), ("refused", "With refused items"), ("unreadable", "Unreadable"))


def _source(slug: str) -> Source:
    return get_object_or_404(Source, slug=slug)


@page(Role.REVOPS)
@never_cache
def mapping(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The mapping with what it makes of an example; sent, it is tried or saved."""
    source = _source(slug)
    preset = next((one for one in mappings.PRESETS if one.key == request.GET.get("preset")), None)
    document: Any = dict(preset.mapping) if preset else source.mapping or hooks.standard_mapping()
    example = preset.example if preset else ""
    problem, status, saved = "", 200, False
    text = ""
    if request.method == "POST":
        example = request.POST.get("example", "")[:MOST_EXAMPLE]
        document, text, problem = _said(request)
        if not problem and request.POST.get("action") == "save":
            try:
                hooks.put_mapping(source=source, mapping=document)
                saved = True
            except FieldErrors:
                problem = "The mapping was not saved. What is wrong with it stands below."
        status = 422 if problem else 200
    if saved:
        toast(request, f"The mapping of {source.name} is saved. It holds for what comes from now on.")
        return redirect("signals:mapping", slug=slug)
    return _page(request, source, document, text, example, problem, status, preset=preset)


def _said(request: HttpRequest) -> tuple[Any, str, str]:
    """The mapping that was sent, as text too, and what is wrong with it: the JSON where that was edited, else the
    table."""
    text = request.POST.get("mapping", "")[:MOST_EXAMPLE].replace("\r\n", "\n").strip()
    try:
        document = bodies.typed(text or "{}")
    except Malformed as error:
        return {}, text, str(error.detail)
    if not isinstance(document, dict):
        return {}, text, "The mapping must be one JSON object."
    before = request.POST.get("before", "").replace("\r\n", "\n").strip()
    if text != before:
        return document, text, ""
    said = {
        name: (request.POST.get(f"path-{name}", ""), request.POST.get(f"always-{name}", ""))
        for name in mappings.FIELDS
        if f"path-{name}" in request.POST
    }
    changed = mappings.with_lines(document, said)
    if "items" in request.POST:
        changed["items"] = request.POST["items"].strip()
        if ("followed" in request.POST) is not (changed.get("followed_topics_only") is True):
            changed["followed_topics_only"] = "followed" in request.POST
    return changed, "", ""


def _page(
    request: HttpRequest,
    source: Source,
    document: Any,
    text: str,
    example: str,
    problem: str,
    status: int,
    **more: Any,
) -> HttpResponse:
    now = timezone.now()
    state = request.GET.get("state", "")
    state = state if state in dict(STATES) else ""
    text = text or json.dumps(document, indent=2, ensure_ascii=False)
    context = {
        "source": source,
        "address": request.build_absolute_uri(reverse("hook", args=[source.slug]) + "/"),
        "lines": mappings.lines_of(document),
        "items": document.get("items", ""),
        "followed": document.get("followed_topics_only") is True,
        "text": text,
        "example": example,
        "problem": problem,
        "tried": None
        if problem and not document
        else hooks.try_out(source=source, mapping=document, example=example, fields=SIGNAL, now=now),
        "presets": mappings.PRESETS,
        "is_own": bool(source.mapping),
        "topics": Topic.objects.filter(is_active=True).count(),
        "page": Paginator(selectors.calls_of(source, state=state), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "state": state,
        "states": STATES,
        "unfollowed": selectors.unfollowed(source, now=now),
        "lost_strength": selectors.lost_strength(source),
        "now": now,
    }
    return render(request, "signals/hooks/mapping.html", context | more, status=status)


@page(Role.REVOPS)
@never_cache
def signing(request: HttpRequest, slug: str) -> HttpResponse:
    """The signing secret: asked for, then shown with a call that is ready to be made."""
    source = _source(slug)
    address = request.build_absolute_uri(reverse("hook", args=[source.slug]) + "/")
    secret = hooks.secret_of(source) if request.method == "POST" else ""
    context = {
        "source": source,
        "address": address,
        "secret": secret,
        "example": _example(source),
        "hex": base64.b64decode(secret.removeprefix("whsec_")).hex() if secret else "",
        "former_hours": int(hooks.FORMER_VALID.total_seconds() // 3600),
        "former": len(hooks.secrets_in_force(source, now=timezone.now())) > 1,
        "now": timezone.now(),
    }
    return render(request, "signals/hooks/signing.html", context)


def _example(source: Source) -> str:
    """A body that the source's mapping fits, for a shell's single quotes."""
    for preset in mappings.PRESETS:
        if json.loads(json.dumps(preset.mapping)) == (source.mapping or hooks.standard_mapping()):
            return preset.example
    return "PASTE AN EXAMPLE OF WHAT IS SENT"


@page(Role.REVOPS)
@require_POST
def rotate(request: HttpRequest, slug: str) -> HttpResponse:
    """Another secret; the former is good for a day."""
    source = _source(slug)
    hooks.rotate_secret(source=source, now=timezone.now())
    toast(request, f"{source.name} has a new signing secret. The former one is taken for 24 hours more.")
    return redirect("signals:signing", slug=slug)


@page(Role.REVOPS)
def calls_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The calls to the hook, as narrowed."""
    source = _source(slug)
    header = [
        "Received",
        "Form",
        "Signed",
        "Bytes",
        "Items",
        "New",
        "Known",
        "Left out",
        "Not followed",
        "Refused",
        "Without a strength",
        "Problem",
    ]
    calls = selectors.calls_of(source, state=request.GET.get("state", ""))
    return csv_answer(f"{source.slug}-calls", header, _rows(calls.iterator(chunk_size=500)))


def _rows(calls: Iterator[HookCall]) -> Iterator[list[Any]]:
    for call in calls:
        yield [
            timezone.localtime(call.received_at).isoformat(timespec="seconds"),
            call.form,
            "yes" if call.signed else "no",
            call.size,
            call.items,
            call.created,
            call.unchanged,
            sum(call.left_out.values()),
            call.untracked,
            call.refused,
            "" if call.unweighed is None else call.unweighed,
            call.problem,
        ]


@page(Role.REVOPS)
def upload(request: HttpRequest) -> HttpResponse:
    """A file of signals is an import; on to there."""
    return redirect(f"{reverse('imports:new')}?kind=signals")
