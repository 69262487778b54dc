"""Every call against the interface's own document: nothing breaks it, and what comes back is as described."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from abmops.lib.choices import Role
from abmops.wsgi import application
from accounts.services.apikey import create_key
from tests.accounts.test_admin import fill

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def as_lines(ctx: Any, value: Any) -> bytes:
    """Whatever text was made up, as the lines of a body."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


INTERFACE = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
OPERATIONS: dict[str, Any] = {
    found.ok().label: found.ok()  # type: ignore[union-attr]  # our own document is whole
    for found in INTERFACE.get_all_operations()
}


@pytest.fixture
def key(db: None) -> Iterator[str]:
    """A key that may do everything, over a world that has something of everything.

    The calls share the test's connection, which a request would otherwise close.
    """
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    now = timezone.now()
    fill(1, now=now)
    _, text = create_key(name="fuzz", role=Role.REVOPS, now=now)
    yield text
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_call_is_answered_as_described(operation: str, key: str) -> None:
    """Each is a test with a name of its own: of several with one name the workers of xdist run a single one."""
    cases = [OPERATIONS[operation].as_strategy(generation_mode=mode) for mode in GenerationMode]

    @given(case=st.one_of(cases))
    @settings(
        max_examples=5,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def call(case: Any) -> None:
        with transaction.atomic():
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)
            transaction.set_rollback(True)

    call()
