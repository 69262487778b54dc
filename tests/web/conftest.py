"""People who sign in."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import User
from tests.accounts import make

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def cold() -> None:
    """No count of another test is left in the cache."""
    cache.clear()


@pytest.fixture
def rep(db: None) -> User:
    """A rep in Berlin who has seen the tour."""
    return make.user(
        Role.REP, name="Maya Lindqvist", job="sdr", time_zone="Europe/Berlin", toured_at=timezone.now()
    )


@pytest.fixture
def as_rep(rep: User) -> Client:
    """The rep's browser."""
    client = Client()
    client.force_login(rep)
    return client


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """The browser of a fresh person of a role."""

    def signed_in(role: Role) -> Client:
        client = Client()
        client.force_login(make.user(role, toured_at=timezone.now()))
        return client

    return signed_in
