"""`Idempotency-Key`: the same call again gets the first answer and does nothing.

The key's row, the effects and the stored answer commit in ONE transaction, so a crash anywhere leaves either all of
them or none, and a retry is safe at any moment. Two calls with one key at the same time: the second waits on the
unique row and is then answered by the first's answer; if it waits too long it gets 503 and may try again.
Only answers below 400 are kept: a refused call changed nothing, and may be mended and sent again under its key.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.http.response import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import Refused
from abmops.rest.access import caller
from abmops.rest.problems import Malformed

HEADER = "Idempotency-Key"
KEPT = timedelta(days=30)
REPLAYED = "Idempotency-Replayed"


class _Undo(Exception):
    """Rolls the call's transaction back and carries its answer out."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


class Replay(Exception):
    """This call was answered before; here is that answer."""

    def __init__(self, stored: Any) -> None:
        super().__init__()
        self.stored = stored


def _rows() -> models.Manager[Any]:
    """The app that owns the table is named by the settings, because this package knows no app."""
    model: Any = apps.get_model(getattr(settings, "IDEMPOTENCY_MODEL", "accounts.IdempotentRequest"))
    rows: models.Manager[Any] = model.objects
    return rows


def asked_for(request: Any) -> bool:
    """Whether a call wants it: any write with the header."""
    return request.method not in SAFE_METHODS and HEADER in request.headers


def around(call: Callable[[], HttpResponseBase], claimed: Callable[[], Any]) -> HttpResponseBase:
    """Run a view's dispatch so that the claimed row, the effects and the answer stand or fall together."""
    try:
        with transaction.atomic():
            response = call()
            row = claimed()
            if response.status_code >= 400 or row is None or not isinstance(response, Response):
                raise _Undo(response)
            response.render()
            row.status = response.status_code
            row.response = getattr(response, "kept", response.content)
            row.content_type = response.headers.get("Content-Type", "")
            row.save(update_fields=["status", "response", "content_type"])
            return response
    except _Undo as undo:
        return undo.response


def without(response: Response, *secrets: str) -> Response:
    """Mark an answer whose secrets are shown once: what is stored, and replayed, does not hold them."""
    shown = {name: value for name, value in response.data.items() if name not in secrets}
    response.kept = JSONRenderer().render(shown)  # type: ignore[attr-defined]
    return response


def claim(request: Request, raw: bytes) -> Any:
    """Take the key for this call. Raises Replay if it was answered, Refused if it was for another request."""
    key = request.headers[HEADER].strip()
    if not 0 < len(key) <= 255 or not key.isprintable():
        raise Malformed(f"{HEADER} must have 1 to 255 printable characters.")
    digest = _digest(request, raw)
    row, mine = _rows().get_or_create(caller=caller(request), key=key, defaults={"request_hash": digest})
    if mine:
        return row
    if row.request_hash != digest:
        raise Refused(
            f"This {HEADER} was used for another request. Use a new key for a new request.",
            code="idempotency_key_reused",
        )
    raise Replay(row)


def _digest(request: Request, raw: bytes) -> str:
    text = f"{request.method} {request.get_full_path()} {request.content_type}\n".encode()
    return hashlib.sha256(text + raw).hexdigest()


def forget(*, now: datetime) -> int:
    """Drop answers older than 30 days; returns how many."""
    deleted, _ = _rows().filter(created_at__lt=now - KEPT).delete()
    return deleted
