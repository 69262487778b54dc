"""The signed-in person, as the views need them."""

from django.http import HttpRequest

from accounts.models import User


def reader(request: HttpRequest) -> User:
    """The user behind a request that `page` has let in."""
    assert isinstance(request.user, User)
    return request.user
