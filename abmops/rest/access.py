"""Who may call what: each view declares a table, and what the table does not list is refused."""

from collections.abc import Collection, Mapping
from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from abmops.lib.choices import Role

# View action, else "read" or "write" -> the roles that may.
Access = Mapping[str, Collection[str]]

EVERYBODY: frozenset[str] = frozenset(Role.values)
NOBODY: frozenset[str] = frozenset()


def roles_for(view: Any, method: str) -> Collection[str]:
    """The roles that a view's table lets call this method: the action's own line, else read or write, else nobody."""
    table: Access = getattr(view, "access", {})
    action = str(getattr(view, "action", ""))
    kind = "read" if method in SAFE_METHODS else "write"
    return table[action] if action in table else table.get(kind, NOBODY)


def scopes_for(view: Any, method: str) -> Collection[str]:
    """The scopes of which a key needs one: those that the view's `scopes` name for the action, else read or write."""
    named: Mapping[str, Collection[str]] = getattr(view, "scopes", {})
    return named.get(getattr(view, "action", None) or "", ("read" if method in SAFE_METHODS else "write",))


def caller(request: Request) -> str:
    """A stable name for whoever calls: the key, else the person. Throttles and idempotency count by it."""
    public_id = getattr(request.auth, "public_id", None)
    return f"key:{public_id}" if public_id else f"user:{request.user.pk}"


class RoleAccess(BasePermission):
    """Lets a role do what the view's `access` table says, and an API key only what its scopes say as well."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Deny by default: no table, no line, no role or no scope means no."""
        user = request.user
        if not (user.is_authenticated and user.is_active):
            return False
        allowed = roles_for(view, request.method or "")
        if not any(user.has_role(role) for role in allowed):
            self.message = f"Your role ({getattr(user, 'role', 'none')}) may not do this. " + (
                f"It takes one of: {', '.join(sorted(allowed))}." if allowed else "Nobody may, over the API."
            )
            return False
        scopes = getattr(request.auth, "scopes", None)
        needed = scopes_for(view, request.method or "")
        if scopes is not None and set(needed).isdisjoint(scopes):
            wanted = " or ".join(repr(scope) for scope in sorted(needed))
            self.message = f"This key has no {wanted} scope (it has: {', '.join(scopes) or 'none'})."
            return False
        return True
