"""The server that a browser or a client of a test talks to. It ends with its test, so that nothing reaches the next."""

import socket
import threading
from contextlib import suppress
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from pytest_django.live_server_helper import LiveServer

# How long a request may go on that nobody waits for any more.
PATIENCE = 60


class OwnServer(ThreadedWSGIServer):
    """At its end it takes no call any more and waits for those that it has.

    A page sends as it closes, and the server goes on with what was asked of it: one that outlives its test would write
    into the database of the next, or look there for people who are gone.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self._lines: set[socket.socket] = set()
        self._ended = threading.Condition()
        super().__init__(*given, **named)

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        """As ever, but its end is not half a second away."""
        super().serve_forever(poll_interval)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A line on which one request comes after the other."""
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """The line is closed, with its connection to the database."""
        super().shutdown_request(request)
        with self._ended:
            self._lines.discard(request)
            self._ended.notify_all()

    def server_close(self) -> None:
        """What has come is answered; no line waits for more."""
        super().server_close()
        for line in list(self._lines):
            with suppress(OSError):  # closed from the other end
                line.shutdown(socket.SHUT_RD)
        with self._ended:
            if not self._ended.wait_for(lambda: not self._lines, PATIENCE):
                raise RuntimeError("A request of this test does not come to an end.")


def started() -> LiveServer:
    """A server on a port of its own."""
    server = LiveServer("localhost", start=False)
    server.thread.server_class = OwnServer
    server.start()
    return server
