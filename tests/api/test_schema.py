"""The OpenAPI document: whole, without a warning, and what the page shows of it."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate

from abmops.rest.docs import groups
from abmops.rest.records import object_schema
from accounts.api import records
from accounts.domain import records as shapes
from tests.api.caller import Caller


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as a tool reads it."""
    from drf_spectacular.generators import SchemaGenerator

    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, where the document only refers to it."""
    for name in part.get("$ref", "#").split("/")[1:]:
        document = document[name]
    return document if "$ref" in part else part


def test_the_document_is_made_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_call_names_its_problems_and_every_write_its_idempotency_key(document: dict[str, Any]) -> None:
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            assert "application/problem+json" in resolved(document, call["responses"]["401"])["content"], path
            names = {parameter["name"] for parameter in call.get("parameters", [])}
            assert ("Idempotency-Key" in names) == (method != "get"), path


def test_a_bulk_call_is_described_as_json_and_as_lines(document: dict[str, Any]) -> None:
    call = document["paths"]["/api/v1/accounts/bulk/"]["post"]
    content = call["requestBody"]["content"]
    assert set(content) == {"application/json", "application/x-ndjson"}
    record = content["application/json"]["schema"]["properties"]["records"]["items"]
    assert record == object_schema(records.ACCOUNT)
    assert {"200", "207", "413"} <= set(call["responses"])


@pytest.mark.parametrize(("fields", "shape"), [
    (records.ACCOUNT, shapes.AccountRecord), (records.CONTACT, shapes.ContactRecord),
    (records.OPPORTUNITY, shapes.OpportunityRecord), (records.TOUCH, shapes.TouchRecord),
    (records.LIST_CHANGE, shapes.ListChangeRecord),
])  # fmt: skip
def test_what_the_door_reads_is_what_the_services_take(fields: tuple[Any, ...], shape: type) -> None:
    known = set(shape.__annotations__) - {"account_external_id"}
    assert {field.name for field in fields} - {"account_external_id"} == known


def test_the_page_names_every_call_and_loads_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    response = Client().get("/api/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r'<script|<style|\sstyle=|\son\w+=|(src|href)="(https?:)?//', text)
    calls = {
        (operation.method.lower(), operation.path) for group in groups() for operation in group.operations
    }
    assert calls == {(method, path) for path, found in document["paths"].items() for method in found}
    assert all(path in text for _, path in calls)
    assert groups()[0].operations[0].summary


def test_the_document_is_served(db: None) -> None:
    response = Caller().get("/api/schema/?format=json")
    assert response.status_code == 200
    assert response.json()["info"]["title"] == "abmops"
