"""The last touch on the OpenAPI document: an answer that many operations share is written once."""

import json
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from abmops.rest.problems import CONTENT_TYPE


def share_problems(
    result: dict[str, Any], generator: SchemaGenerator, request: Request | None, public: bool
) -> dict[str, Any]:
    """Put each problem answer under `components.responses` and refer to it: a third of the document, and readable."""
    del generator, request, public
    shared: dict[str, Any] = result["components"].setdefault("responses", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, answer in operation.get("responses", {}).items():
                if set(answer.get("content", {})) != {CONTENT_TYPE}:
                    continue
                name = f"Problem{status}"
                known = shared.setdefault(name, answer)
                if json.dumps(known, sort_keys=True) == json.dumps(answer, sort_keys=True):
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return result
