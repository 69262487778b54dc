"""Doing what a valid form asks for."""

from collections.abc import Callable
from typing import Any

from django import forms

from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.ui.asking_again import say_why
from accounts.services.target_list.rules import NeedsReason
from accounts.views.target_list.forms import override_field


def carried_out(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Do it; what is refused stands at its field, or above the form.

    A rule that may be set aside with a reason brings the field for that reason into the form.
    """
    try:
        act()
    except NeedsReason as error:
        form.fields.setdefault("override", override_field())
        form.add_error(None, error.message)
        return False
    except FieldErrors as errors:
        for one in errors.errors:
            name = one.pointer.strip("/").split("/")[0]
            form.add_error(name if name in form.fields else None, one.detail)
        return False
    except AbmopsError as error:
        say_why(form, error)
        return False
    return True
