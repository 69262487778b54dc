"""Light, dark, or what the device says: kept with the person, and in a cookie for the page before sign-in."""

from collections.abc import Mapping
from typing import Any

COOKIE = "abmops_theme"
CHOICES = ("light", "dark")
KEPT_SECONDS = 400 * 24 * 3600


def theme_of(user: Any, cookies: Mapping[str, str]) -> str:
    """`light`, `dark`, or an empty string for the device's own; any other value is ignored."""
    value = user.theme if user.is_authenticated else cookies.get(COOKIE, "")
    return value if value in CHOICES else ""
