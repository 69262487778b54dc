"""How an answer reaches the web server."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def at_once(django: Application) -> Application:
    """What is there as a whole is handed over as a list, which granian sends at once and with its length.

    Of anything else it asks for piece by piece, each over a thread. What streams stays as it is.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = django(environ, start_response)
        if not isinstance(answer, HttpResponse):
            return answer
        answer.close()  # the server does so only with what it asks piece by piece
        return [answer.content]

    return application
