"""A cache without other tests' counts."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def cold() -> None:
    """No count of another test is left in the cache."""
    cache.clear()
