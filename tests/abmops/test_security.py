"""The house's doors: HTTPS, the life of a session, the default of a silent view, the headers of every answer."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.views import APIView

from abmops.security import MachinesUseHttps, Nobody
from accounts.models import User

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def person(db: None) -> User:
    """Somebody who may sign in."""
    del db
    return User.objects.create_user("ada@example.com", "correct horse battery staple", name="Ada")


def is_signed_in(client: Client) -> bool:
    """Asked of a page that takes a sign-in, at the moment that is now."""
    answer = client.get("/password/")
    return answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("path", "secure", "status"),
    [
        pytest.param("/api/v1/accounts/", False, 403, id="a key in clear text is refused, not redirected"),
        pytest.param("/v1/batch", False, 403, id="so is a write key"),
        pytest.param("/hooks/source/", False, 403, id="and a webhook"),
        pytest.param("/api/v1/accounts/", True, 200, id="over HTTPS it passes"),
        pytest.param("/accounts/", False, 200, id="a page is another middleware's to redirect"),
    ],
)
def test_machines_use_https_where_it_is_required(
    path: str, secure: bool, status: int, settings: Settings
) -> None:
    """Only with ABMOPS_HTTPS."""
    request = RequestFactory().get(path, secure=secure)
    guard = MachinesUseHttps(lambda _: HttpResponse())
    settings.HTTPS = True
    assert guard(request).status_code == status
    settings.HTTPS = False
    assert guard(request).status_code == HTTPStatus.OK


def test_a_view_that_says_nothing_lets_nobody_in(settings: Settings) -> None:
    """Not even a superuser."""
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["abmops.security.Nobody"]
    assert not Nobody().has_permission(Request(RequestFactory().get("/")), APIView())


@pytest.mark.parametrize(
    ("visits", "signed_in"),
    [
        pytest.param([timedelta(hours=11)], True, id="back within the idle time"),
        pytest.param([timedelta(hours=13)], False, id="away for longer"),
        pytest.param(
            [timedelta(hours=11), timedelta(hours=22)], True, id="each visit starts the idle time anew"
        ),
        pytest.param(
            [timedelta(hours=11) * n for n in range(1, 17)], False, id="a week is the end in any case"
        ),
    ],
)
def test_a_session_ends(person: User, client: Client, visits: list[timedelta], signed_in: bool) -> None:
    """After twelve hours without a visit, and after seven days."""
    with time_machine.travel(START, tick=False) as clock:
        client.force_login(person)
        assert is_signed_in(client)
        for visit in visits:
            clock.move_to(START + visit)
            found = is_signed_in(client)
        assert found is signed_in


def test_every_answer_carries_the_policies(client: Client, db: None) -> None:
    """No foreign script, no frame, no sniffing, no address handed on."""
    del db
    headers = client.get("/login/").headers
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert policy == {
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
