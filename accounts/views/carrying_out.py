"""Doing what a valid form asks for."""

from collections.abc import Callable
from typing import Any

from django import forms

from abmops.lib.errors import AbmopsError
from accounts.services.target_list.rules import NeedsReason
from accounts.views.target_list.forms import override_field


def carried_out(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Do it; a refusal becomes the form's error, and a rule in the way brings the field for its reason."""
    try:
        act()
    except NeedsReason as error:
        form.fields.setdefault("override", override_field())
        form.add_error(None, error.message)
        return False
    except AbmopsError as error:
        form.add_error(None, error.message)
        return False
    return True
