"""What a person still owns, asked of every app before they may go."""

from collections.abc import Callable, Mapping

# user id -> what they own in words ("open tasks") with how many
Owning = Callable[[int], Mapping[str, int]]

_registered: dict[str, Owning] = {}


def register(name: str, owning: Owning) -> None:
    """Called from an app's `ready()`."""
    _registered[name] = owning


def owned_by(user_id: int) -> dict[str, int]:
    """Everything that would be left without its owner, what is zero left out."""
    found: dict[str, int] = {}
    for owning in _registered.values():
        found |= {what: n for what, n in owning(user_id).items() if n}
    return found
