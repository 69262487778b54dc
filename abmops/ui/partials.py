"""One view for a part of a page: htmx gets the part, a plain link the same part as a page of its own."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def part(request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str) -> HttpResponse:
    """Answer with `template` alone, or inside the shell under `title` when the browser asked for a page."""
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        return render(request, template, dict(context))
    return render(request, "partials/alone.html", {**context, "part": template, "title": title})
