"""Who calls: a bearer key in the header, never in the address, and never a source's write key."""

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from abmops.rest.problems import Malformed
from accounts.domain.keys import LOOKS_LIKE_A_KEY, NotAKey, parse
from accounts.models import ApiKey, User
from accounts.services.apikey import find_key, note_use

_KEY_NAMES = frozenset(
    {"api_key", "apikey", "key", "token", "access_token", "bearer", "authorization", "write_key"}
)
_REALM = "Bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer abm_...`. Without the header another way of signing in may answer."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The key's user and the key; None where no key was sent."""
        refuse_keys_in_the_address(request)
        try:
            header = get_authorization_header(request).decode("ascii").strip()
        except UnicodeDecodeError:
            raise AuthenticationFailed("The Authorization header may only hold ASCII characters.") from None
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() == "basic":
            raise AuthenticationFailed(
                "Basic authorization is for a source's write key at the ingest addresses under /v1/. "
                "Here send: Authorization: Bearer KEY, with an API key made by manage.py apikey create."
            )
        if scheme.lower() != "bearer" or not text.strip():
            raise AuthenticationFailed("Send the key as: Authorization: Bearer KEY.")
        try:
            parsed = parse(text.strip())
        except NotAKey as error:
            raise AuthenticationFailed(str(error)) from None
        now = timezone.now()
        key = find_key(text=parsed, now=now)
        if key is None:
            raise AuthenticationFailed(
                "This API key is not known, has expired or was revoked. Make a new one."
            )
        note_use(key=key, now=now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """What the WWW-Authenticate header of a 401 names."""
        return _REALM


class BrowserSession(SessionAuthentication):
    """The signed-in person of the browser; writes need the CSRF token."""


def refuse_keys_in_the_address(request: Request) -> None:
    """Addresses end up in logs and histories, so a key in one is refused even where it is not needed."""
    for name, value in request.query_params.items():
        if name.lower() in _KEY_NAMES or LOOKS_LIKE_A_KEY.search(str(value)):
            raise Malformed(
                "An API key may not be part of the address: it would be logged. Send it in the Authorization header, "
                "and revoke this one if it is real.",
                code="key_in_address",
            )


class _KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A key made by `manage.py apikey create`."}


class _SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """The browser's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
