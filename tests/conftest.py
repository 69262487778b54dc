"""What every test may ask for."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday morning, so that working hours are running."""
    return datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
