"""Calling the API as a stranger does: JSON over HTTP with a key."""

import gzip
import json
from collections.abc import Mapping
from typing import Any, Protocol, cast

from django.test import Client

BASE = "/api/v1/"


class Answer(Protocol):
    """What a call gives back."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body."""


class Caller:
    """A client that holds a key, or none."""

    def __init__(self, key: str | None = None) -> None:
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """One call; `body` goes as JSON unless it is bytes."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = self._client.generic(
            method,
            path if path.startswith("/") else BASE + path,
            raw,
            options.pop("content_type", "application/json"),
            headers={**self._headers, **(headers or {})},
            **options,
        )
        return cast("Answer", response)

    def get(self, path: str, **options: Any) -> Answer:
        """Read."""
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Write."""
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Answer:
        """Change."""
        return self.send("PATCH", path, body, **options)

    def bulk(self, resource: str, *records: Any) -> dict[str, Any]:
        """A bulk call; its answer, which must be 200 or 207 as its errors say."""
        response = self.post(f"{resource}/bulk/", {"records": list(records)})
        answer: dict[str, Any] = response.json()
        assert response.status_code == (207 if answer.get("errors") else 200), answer
        return answer


def zipped(body: Any) -> bytes:
    """JSON, gzipped."""
    return gzip.compress(json.dumps(body).encode())
