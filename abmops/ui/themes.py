"""Light, dark, or what the reader's device says: a cookie, so that the first byte of a page already knows."""

from django.http import HttpRequest

COOKIE = "abmops_theme"
CHOICES = ("light", "dark")
KEPT_SECONDS = 400 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or an empty string for the device's own; any other cookie value is ignored."""
    value = request.COOKIES.get(COOKIE, "")
    return value if value in CHOICES else ""
