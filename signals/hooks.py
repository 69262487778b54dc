"""The door for vendors: `POST /hooks/{source}/`, signed as Standard Webhooks, or with the source's write key."""

from __future__ import annotations

import io
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException

from abmops.rest import bodies, problems
from abmops.work import crash
from signals import webhooks
from signals.api.signal import SIGNAL
from signals.domain import signature
from signals.models import Source
from signals.services import hooks, ingest

MOST_TOLD = 100
_STATUS = {"conflict": 409, "too_large": 413}


@csrf_exempt
def hook(request: HttpRequest, slug: str) -> JsonResponse:
    """Take a body of any of the source's items. 200 only once every good one is durable; all else is a problem."""
    if request.method != "POST":
        answer = _problem(405, "Post to this address. What a source sends can be looked at in the catalogue.")
        answer["Allow"] = "POST"
        return answer
    try:
        return _take(request, slug)
    except signature.Unsigned as error:
        answer = _problem(401, str(error))
        answer["WWW-Authenticate"] = 'Basic realm="abmops hooks"'
        return answer
    except APIException as error:
        return _problem(error.status_code, str(error.detail), code=str(error.get_codes()))
    except (OperationalError, InterfaceError):
        answer = _problem(
            503, "The database is away for the moment. Nothing was stored; send the same call again."
        )
        answer["Retry-After"] = "2"
        return answer


def _take(request: HttpRequest, slug: str) -> JsonResponse:
    now = timezone.now()
    source = Source.objects.filter(slug=slug, is_active=True).first()
    if source is None:
        return _problem(404, f"There is no active source “{slug}”. Copy the address from the source's page.")
    wire = bodies.read(request, encoding="", limit=hooks.MAX_BODY)
    webhook_id = request.headers.get("webhook-id", "")
    signatures = request.headers.get("webhook-signature")
    if signatures is None:
        _check_key(request, source)
        webhook_id = webhook_id if len(webhook_id) <= signature.MAX_ID else ""
    encoding = request.headers.get("Content-Encoding", "")
    body = bodies.read(io.BytesIO(wire), encoding=encoding, limit=hooks.MAX_BODY)
    if signatures is not None:
        signature.check(
            secrets=hooks.secrets_in_force(source, now=now),
            webhook_id=webhook_id,
            timestamp=request.headers.get("webhook-timestamp", ""),
            signatures=signatures,
            bodies=[wire] if body is wire else [wire, body],
            now=now,
        )
    taken = hooks.take(
        source=source,
        webhook_id=webhook_id,
        signed=signatures is not None,
        body=body,
        content_type=request.headers.get("Content-Type", ""),
        fields=SIGNAL,
        now=now,
    )
    crash.point("hook.after_commit")
    return _answer(taken)


def _check_key(request: HttpRequest, source: Source) -> None:
    """Unsigned unless the call bears this source's write key: for vendors that cannot sign."""
    key = webhooks.write_key(request)
    owner = ingest.source_of(key) if key else None
    if owner is None or owner.pk != source.pk:
        raise signature.Unsigned(
            "Sign the call (webhook-id, webhook-timestamp, webhook-signature), or send this source's write key as the "
            "Basic user name or as a Bearer token."
        )


def _answer(taken: hooks.Taken) -> JsonResponse:
    call = taken.call
    if call.problem:
        return _problem(_STATUS.get(taken.code, 400), call.problem, code=taken.code)
    errors = [
        {"index": index, "pointer": error.pointer, "detail": error.detail}
        for index, error in taken.errors[:MOST_TOLD]
    ]
    if errors and not call.created + call.unchanged:
        said = errors[0]["detail"]
        if call.items > 1:
            said = f"{hooks.none_of(call)} Of the first: {said}"
        kept = "They are kept" if call.items > 1 else "It is kept"
        return _problem(400, f"{said} {kept} at the source, with what is wrong.", errors=errors)
    body: dict[str, Any] = {
        "success": True,
        "repeat": taken.is_repeat,
        "items": call.items,
        "created": 0 if taken.is_repeat else call.created,
        "unchanged": call.created + call.unchanged if taken.is_repeat else call.unchanged,
        "left_out": call.left_out,
        "untracked": call.untracked,
        "refused": call.refused,
    }
    return JsonResponse(body | ({"errors": errors} if errors else {}))


def _problem(
    status: int, detail: str, *, code: str | None = None, errors: list[dict[str, Any]] | None = None
) -> JsonResponse:
    document = problems.document(status, detail, code=code) | ({"errors": errors} if errors else {})
    return JsonResponse(document, status=status, content_type=problems.CONTENT_TYPE)
