"""Addresses that a browser tells us of: only pages of ours are gone back to."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request: HttpRequest, target: str) -> str:
    """The address where it is one of ours, as a path or whole, as a Referer is; else an empty string.

    Anything else, such as `today` or `[::1`, would be taken for the name of a page by whoever redirects to it.
    """
    is_ours = target.startswith(("/", "http://", "https://")) and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


def path_of(address: str) -> str:
    """An address without its host; empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_above(path: str) -> str:
    """The nearest address above a path that is one of ours: of `/plays/7/status/` the play's; empty where none is."""
    parts = path.strip("/").split("/")
    while len(parts) > 1:
        parts.pop()
        above = f"/{'/'.join(parts)}/"
        try:
            resolve(above)
        except Resolver404:
            continue
        return above
    return ""
