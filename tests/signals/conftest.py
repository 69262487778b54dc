"""Callers and a small catalogue, written through the services."""

from datetime import datetime

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make
from tests.web.conftest import cold, sign_in  # noqa: F401  (fixtures of the pages, for tests beside what they show)


@pytest.fixture
def revops(db: None) -> Caller:
    """A key of RevOps."""
    return caller_of(Role.REVOPS)


@pytest.fixture
def integration(db: None) -> Caller:
    """An integration's key."""
    return caller_of(Role.INTEGRATION)


@pytest.fixture
def site(db: None) -> make.Site:
    """A website source with its key, and the types and thresholds that the tests speak of."""
    return make.site()


@pytest.fixture
def moment() -> datetime:
    """The real moment: the work list is due by the database's clock."""
    return timezone.now()
