"""Who may do what in Django's admin: RevOps keeps it, nobody else but a superuser."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from abmops.lib.choices import Role
from accounts.models import User


class RevOpsKeepsTheAdmin(BaseBackend):
    """Signs nobody in. Gives every permission to active RevOps people whom somebody made staff."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the person is one of them; what a model's admin closes stays closed."""
        return self.has_module_perms(user_obj, "")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the person is one of them."""
        return (
            isinstance(user_obj, User)
            and user_obj.is_active
            and user_obj.is_staff
            and user_obj.role == Role.REVOPS
        )
