"""People who read the numbers."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import User
from tests.accounts import make


@pytest.fixture(autouse=True)
def cold() -> None:
    """No count of another test is left in the cache."""
    cache.clear()


@pytest.fixture
def revops(db: None) -> User:
    """RevOps, in UTC."""
    return make.user(Role.REVOPS, name="Ruth Okafor", toured_at=timezone.now())


@pytest.fixture
def browser(revops: User) -> Client:
    """Her browser."""
    client = Client()
    client.force_login(revops)
    return client
