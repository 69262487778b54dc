"""Errors as problem details (RFC 9457): one shape for every refusal, with a stable `code` and a sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.settings import api_settings

from abmops.lib.errors import Conflict, FieldError, FieldErrors, NotKnown, Refused

CONTENT_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "The request has wrong fields",
    401: "Sign in or send a key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed here",
    406: "No such format",
    409: "Conflict",
    413: "Too large",
    415: "Unknown content type",
    422: "Refused by a rule",
    429: "Too many requests",
    500: "Our fault",
    503: "Busy, try again",
}
_CODES: Mapping[int, str] = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "refused",
    429: "throttled",
    500: "server_error",
    503: "unavailable",
}
_LOCK_NOT_AVAILABLE = "55P03"


class TooLarge(drf.APIException):
    """A body, or what it unpacks to, is larger than this endpoint takes (413)."""

    status_code = 413
    default_code = "too_large"


class Malformed(drf.APIException):
    """The request cannot be read at all: broken JSON, a bad cursor, a key in the URL (400)."""

    status_code = 400
    default_code = "malformed"


def document(
    status: int, detail: str, *, code: str | None = None, errors: Iterable[FieldError] = ()
) -> dict[str, Any]:
    """A problem document. `errors` appear only where fields are to blame."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": "The request cannot be read" if code == "malformed" else TITLES.get(status, "Error"),
        "status": status,
        "code": code or _CODES.get(status, "error"),
        "detail": detail,
    }
    listed = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    if listed:
        body["errors"] = listed
    return body


def answer(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A DRF response that carries a problem document."""
    body = document(status, detail, code=code, errors=errors)
    return Response(body, status=status, headers=dict(headers or {}), content_type=CONTENT_TYPE)


def page_less(request: HttpRequest, status: int, detail: str) -> JsonResponse:
    """The same document from outside DRF: unknown paths and server errors under `/api/`."""
    return JsonResponse(document(status, detail), status=status, content_type=CONTENT_TYPE)


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every known error becomes a problem; an unknown one stays a 500 and is logged."""
    match exc:
        case FieldErrors():
            return answer(400, _summary(exc.errors), code=exc.code, errors=exc.errors)
        case Refused():
            return answer(422, exc.message, code=exc.code)
        case Conflict():
            return answer(409, exc.message, code=exc.code)
        case NotKnown():
            return answer(404, exc.message, code=exc.code)
        case Http404() | drf.NotFound():
            return answer(404, "There is no such record, or you may not see it.")
        case PermissionDenied():
            return answer(403, "Your role does not allow this.")
        case RequestDataTooBig():
            return answer(413, "The body is larger than this endpoint takes. Send it in smaller parts.")
        case ModelValidationError():
            errors = list(_from_model(exc))
            return answer(400, _summary(errors), errors=errors)
        case drf.ValidationError():
            errors = list(_flatten(exc.detail, ""))
            return answer(400, _summary(errors), errors=errors)
        case drf.APIException():
            return _from_drf(exc, context.get("view"))
        case OperationalError() | InterfaceError():
            return _from_database(exc)
    return None


def _from_drf(exc: drf.APIException, view: Any) -> Response:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    elif exc.status_code == 503:
        headers["Retry-After"] = "2"
    codes = exc.get_codes()
    code = codes if isinstance(codes, str) else None
    detail = str(exc.detail)
    if isinstance(exc, drf.Throttled):
        detail = f"Too many requests with this key. Wait {headers.get('Retry-After', 'a few')} seconds."
    if isinstance(exc, drf.MethodNotAllowed):
        detail = "This address does not take that method. See /api/docs/ for what it takes."
    if isinstance(exc, drf.UnsupportedMediaType):
        takes = [parser.media_type for parser in view.get_parsers()] if view is not None else []
        detail = f"Say in Content-Type what you send: {' or '.join(takes or ['application/json'])}."
    if code in {None, "error", "permission_denied"}:
        code = _CODES.get(exc.status_code)
    return answer(exc.status_code, detail, code=code, headers=headers)


def _from_database(exc: Exception) -> Response:
    """A lock that did not come in time and a database that is away are both worth the same call again."""
    held = getattr(exc.__cause__, "pgcode", None) == _LOCK_NOT_AVAILABLE
    detail = (
        "Another call is changing the same records. Send this call again in a few seconds."
        if held
        else "The database does not answer just now. Nothing was stored; send this call again."
    )
    return answer(503, detail, code="busy" if held else "unavailable", headers={"Retry-After": "2"})


def _summary(errors: Iterable[FieldError]) -> str:
    listed = list(errors)
    if len(listed) == 1:
        return listed[0].detail
    return f"{len(listed)} fields are wrong; each is listed with what would put it right."


def _flatten(detail: Any, pointer: str) -> Iterable[FieldError]:
    """DRF's nested error detail as flat JSON pointers."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = pointer if key == api_settings.NON_FIELD_ERRORS_KEY else f"{pointer}/{escape(str(key))}"
            yield from _flatten(value, own)
    elif isinstance(detail, list | tuple):
        nested = any(isinstance(item, Mapping | list | tuple) for item in detail)
        for number, item in enumerate(detail):
            yield from _flatten(item, f"{pointer}/{number}" if nested else pointer)
    else:
        yield FieldError(pointer, str(detail))


def _from_model(exc: ModelValidationError) -> Iterable[FieldError]:
    if hasattr(exc, "error_dict"):
        for name, messages in exc.message_dict.items():
            pointer = "" if name == "__all__" else f"/{escape(name)}"
            yield from (FieldError(pointer, message) for message in messages)
    else:
        yield from (FieldError("", message) for message in exc.messages)


def escape(token: str) -> str:
    """One reference token of a JSON pointer (RFC 6901 §3)."""
    return token.replace("~", "~0").replace("/", "~1")
