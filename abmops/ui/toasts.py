"""A line that says what has just happened, with its undo, after a reload as after an htmx swap."""

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def toast(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Say `text`; `undo_url` is posted to by the Undo button. Shown once, by the next page or htmx answer."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo_url}" if undo_url else "")


def complain(request: HttpRequest, text: str) -> None:
    """Say why nothing happened; stays until dismissed."""
    messages.error(request, text)
