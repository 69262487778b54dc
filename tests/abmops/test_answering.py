"""Whole answers go to the server at once, streams piece by piece; a request's end is told in both cases, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from abmops.lib.answering import at_once


@pytest.fixture
def ended() -> Iterator[list[object]]:
    """The requests whose end was told."""
    told: list[object] = []

    def hear(**named: Any) -> None:
        told.append(named["sender"])

    request_finished.connect(hear)
    yield told
    request_finished.disconnect(hear)


def answer(path: str) -> tuple[str, Any]:
    """The status and what the server gets."""
    said: list[str] = []
    environ = RequestFactory().get(path, headers={"host": "localhost"}).environ
    body = at_once(get_wsgi_application())(
        environ, lambda status, headers, exc_info=None: said.append(status)
    )
    return said[0], body


@pytest.mark.django_db
def test_a_page_goes_over_as_a_list_and_is_closed(ended: list[object]) -> None:
    status, body = answer("/login/")
    assert status == "200 OK"
    assert isinstance(body, list)
    assert b"Sign in" in b"".join(body)
    assert len(ended) == 1


def test_a_file_stays_a_stream_until_the_server_closes_it(ended: list[object]) -> None:
    status, body = answer("/static/js/tracker.js")
    assert status == "200 OK"
    assert not isinstance(body, list)
    assert b"".join(body)
    assert ended == []
    body.close()
    assert len(ended) == 1
