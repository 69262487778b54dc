"""One HTTP call to the outside: to the address that was checked, with an end to everything.

The connection goes to the resolved address itself, so that a name which answers differently a moment later changes
nothing; Host, SNI and the certificate are those of the name. No redirect is followed, no proxy or .netrc of the
machine is used, and the answer is read up to 64 KB.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from abmops.work.domain.reasons import redacted
from plays.domain import retrying
from plays.surfaces import targets
from plays.surfaces.protocol import Answer, SurfaceError

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0
TOTAL_SECONDS: Final = 20.0
MOST_READ: Final = 64 * 1024
MOST_KEPT: Final = 300
USER_AGENT: Final = "abmops"
KEY_LENGTH: Final = 16
LEAST_SECRET: Final = 4
SLOW: Final = frozenset({429, 502, 503, 504})
TEMPORARY: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of the body, fit to store."""
        return redacted(self.body[:MOST_KEPT].decode("utf-8", "replace"))[:MOST_KEPT]


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """POST once. SurfaceError where the address may not be called, or no answer came."""
    try:
        target = targets.resolve(url, allowed=settings.ALLOWED_PRIVATE_TARGETS)
    except targets.Forbidden as error:
        raise SurfaceError(str(error), permanent=True) from None
    except (OSError, UnicodeError):
        raise SurfaceError("The host's name could not be resolved.") from None
    try:
        cut = threading.Event()
        with _session(target, cut) as session:
            answer = session.post(
                target.url,
                data=body,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            if cut.is_set():
                raise SurfaceError("No answer came in time.")
            read = b""
            with suppress(requests.RequestException, HTTPError, OSError):
                # The answer is already there: a body that breaks off changes nothing. Not unpacked: nothing can swell.
                read = answer.raw.read(MOST_READ, decode_content=False)
            return Reply(answer.status_code, dict(answer.headers), _hidden(read[:MOST_READ], url, headers))
    except requests.exceptions.SSLError:
        raise SurfaceError(
            "The host's certificate was not accepted: it is out of date, for another name, or signed by nobody known."
        ) from None
    except requests.exceptions.Timeout:
        raise SurfaceError("No answer came in time.") from None
    except (requests.RequestException, OSError, ValueError) as error:
        # The words of the error may hold the address, and with it a secret.
        raise SurfaceError(f"The connection failed ({type(error).__name__}).") from None


def _hidden(read: bytes, url: str, headers: Mapping[str, str]) -> bytes:
    """An answer without what was secret in the call, for a receiver that says back what it was sent.

    Secret are the query and its values, long parts of the path (Slack's and others' addresses are keys), and what
    authorizes the call.
    """
    parts = urlsplit(url)
    found = {parts.query, *(value for _, value in parse_qsl(parts.query))}
    found |= {segment for segment in parts.path.split("/") if len(segment) >= KEY_LENGTH}
    found.add(headers.get("Authorization", "").partition(" ")[2])
    for secret in sorted(found, key=len, reverse=True):
        if len(secret) >= LEAST_SECRET:
            read = read.replace(secret.encode(), b"***")
    return read


def answered(reply: Reply, *, now: datetime) -> Answer:
    """The reply as an answer; SurfaceError for everything but 2xx. A redirect is a failure."""
    status = reply.status
    if 200 <= status < 300:
        return Answer(status, reply.text)
    said = f"It answered {status}"
    asked = retrying.retry_after(header(reply, "Retry-After"), now=now)
    if status == 410:
        raise SurfaceError(f"{said}: it wants no more messages.", permanent=True, gone=True, status=status)
    if 300 <= status < 400:
        raise SurfaceError(
            f"{said}: it sends elsewhere, and redirects are not followed. Give the final address.",
            permanent=True,
            status=status,
        )
    permanent = 400 <= status < 500 and status not in TEMPORARY
    raise SurfaceError(
        f"{said}. {reply.text}".strip()[:MOST_KEPT],
        permanent=permanent,
        slow=status in SLOW,
        status=status,
        retry_after=asked,
    )


def header(reply: Reply, name: str) -> str | None:
    """A header's value, whatever its case."""
    return next((value for key, value in reply.headers.items() if key.lower() == name.lower()), None)


@contextmanager
def _session(target: targets.Target, cut: threading.Event) -> Iterator[requests.Session]:
    """A session whose only connection goes to the target's address; when its time is up it is cut, and `cut` set."""
    ends: list[Callable[[], None]] = []

    def limited(sock: socket.socket) -> socket.socket:
        # A copy of the handle still works once TLS has taken the socket over.
        twin = sock.dup()
        timer = threading.Timer(TOTAL_SECONDS, _cut, args=[twin, cut])
        timer.daemon = True
        timer.start()
        ends.extend((timer.cancel, twin.close))
        return sock

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            name, self._dns_host = self._dns_host, target.address
            try:
                return limited(super()._new_conn())
            finally:
                self._dns_host = name  # SNI, the certificate and Host are the name's

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            name, self._dns_host = self._dns_host, target.address
            try:
                return limited(super()._new_conn())
            finally:
                self._dns_host = name  # SNI, the certificate and Host are the name's

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Pinned(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    session = requests.Session()
    session.trust_env = False
    adapter = Pinned(max_retries=0, pool_connections=1, pool_maxsize=1)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    try:
        yield session
    finally:
        session.close()
        for end in ends:
            end()


def _cut(sock: socket.socket, cut: threading.Event) -> None:
    cut.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
