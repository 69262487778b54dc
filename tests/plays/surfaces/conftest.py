"""A receiver, and an installation that may call it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from pytest_django.fixtures import Settings

from tests.plays.surfaces.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver on loopback, which is allowed here and nowhere else."""
    settings.ALLOWED_PRIVATE_TARGETS = [ip_network("127.0.0.0/8")]
    with receiving() as found:
        yield found


@pytest.fixture
def mail(settings: Settings) -> None:
    """An installation whose mail is set up."""
    settings.EMAIL_IS_SET_UP = True
    settings.DEFAULT_FROM_EMAIL = "abmops <abm@acme.example>"
    settings.SITE_URL = "https://abm.acme.example"
