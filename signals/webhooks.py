"""The doors for machines that do not speak our API: Segment's endpoints (design: API.md, Ingest)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from abmops.rest import bodies, browsers, problems
from abmops.work import crash
from signals.domain import segment
from signals.domain.networks import client_address
from signals.services import ingest

MAX_BODY = 500 * 1024

Reader = Callable[[bytes], segment.Reading]


@csrf_exempt
@browsers.open_to_browsers
@require_POST
def batch(request: HttpRequest) -> JsonResponse:
    """`/v1/batch` and `/v1/import`: many events of any kind."""
    return _take(request, segment.read_batch, None)


@csrf_exempt
@browsers.open_to_browsers
@require_POST
def single(request: HttpRequest, call: str) -> JsonResponse:
    """`/v1/track`, `/v1/page`, …: one event, whose kind is the path's; analytics.js writes its first letter alone."""
    kind = segment.BY_LETTER.get(call, call)
    return _take(request, lambda body: segment.read_single(body, call=kind), kind)


@csrf_exempt
@browsers.open_to_browsers
@require_POST
def metrics(request: HttpRequest) -> JsonResponse:
    """`/v1/m`: how analytics.js itself fares. Nobody here wants to know; an error would make it try again."""
    return JsonResponse({"success": True})


def _take(request: HttpRequest, read: Reader, call: str | None) -> JsonResponse:
    """Answer 200 only once every accepted event is durable. The body is judged, whatever its Content-Type says."""
    try:
        return _accept(request, read, call, timezone.now())
    except segment.Unreadable as error:
        return _problem(400, str(error), "malformed")
    except APIException as error:
        return _problem(error.status_code, str(error.detail), str(error.get_codes()))
    except (OperationalError, InterfaceError):
        answer = _problem(
            503,
            "The database is away for the moment. Nothing was stored; send the same call again.",
            "unavailable",
        )
        answer["Retry-After"] = "2"
        return answer


def _accept(request: HttpRequest, read: Reader, call: str | None, now: datetime) -> JsonResponse:
    body = bodies.read(request, encoding=request.headers.get("Content-Encoding", ""), limit=MAX_BODY)
    reading = read(body)
    key = write_key(request) or reading.write_key
    crash.point("ingest.before_commit")
    if not key or not ingest.take_segment(key=key, reading=reading, call=call, now=now, seen=_seen(request)):
        return _unknown_key(key)
    crash.point("ingest.after_commit")
    return _answer(reading)


def _seen(request: HttpRequest) -> dict[str, str]:
    """What is known of the visitor whose browser called: for telling machines, and whose network it is."""
    visitor = browsers.visitor(request)
    if visitor is None:
        return {}
    address = client_address(visitor.peer, visitor.forwarded_for, settings.TRUSTED_PROXIES)
    return {"agent": visitor.user_agent, "address": address}


def _answer(reading: segment.Reading) -> JsonResponse:
    errors = [
        {
            "index": one.index,
            "pointer": one.error.pointer,
            "detail": one.error.detail,
            "messageId": one.message_id,
        }
        for one in reading.refused
    ]
    if errors and not reading.accepted:
        detail = (
            errors[0]["detail"]
            if len(errors) == 1
            else f"None of the {len(errors):,} events could be taken in."
        )
        return _problem(400, str(detail), "invalid", errors=errors)
    return JsonResponse({"success": True} | ({"errors": errors} if errors else {}))


def write_key(request: HttpRequest) -> str | None:
    """The write key as Basic user name (Segment), or as a Bearer token (some of its libraries)."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _unknown_key(key: str | None) -> JsonResponse:
    if not key:
        detail = "Send the source's write key as the Basic user name, or as writeKey in the body."
    elif key.startswith("abm_"):
        detail = "This is an API key. The ingest endpoints take a source's write key, which starts with wk_."
    else:
        detail = (
            "No active source has this write key. See the source in the catalogue, or make a new key there."
        )
    answer = _problem(401, detail, "not_authenticated")
    answer["WWW-Authenticate"] = 'Basic realm="abmops ingest"'
    return answer


def _problem(
    status: int, detail: str, code: str, errors: list[dict[str, object]] | None = None
) -> JsonResponse:
    document = problems.document(status, detail, code=code) | ({"errors": errors} if errors else {})
    return JsonResponse(document, status=status, content_type=problems.CONTENT_TYPE)
