"""Keys of every role."""

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.services.apikey import create_key
from tests.api.caller import Caller


def caller_of(role: str, scopes: tuple[str, ...] = ("read", "write")) -> Caller:
    """A caller with a fresh key of a role."""
    _, key = create_key(name=f"test {role}", role=role, scopes=scopes, now=timezone.now())
    return Caller(key)


@pytest.fixture
def api(db: None) -> Caller:
    """An integration."""
    return caller_of(Role.INTEGRATION)


@pytest.fixture
def revops(db: None) -> Caller:
    """A key of RevOps."""
    return caller_of(Role.REVOPS)
