"""A browser that is signed in as RevOps."""

import pytest
from django.test import Client

from abmops.lib.choices import Role
from tests.accounts import make


@pytest.fixture
def revops_browser(db: None) -> Client:
    """RevOps with a door to the admin, who is no superuser."""
    person = make.user(Role.REVOPS, is_staff=True)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
