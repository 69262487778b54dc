"""A form that stands in a menu of another page, when it is refused: the same form as a page, with what was typed."""

from __future__ import annotations

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from abmops.lib.errors import AbmopsError, Stale

NOT_CARRIED = ("csrfmiddlewaretoken", "next")
STALE = "stale"


class WhyForm(forms.Form):
    """Why something is stopped or taken over, as menus ask for it."""

    reason = forms.CharField(
        label="Why", max_length=300, error_messages={"required": "Say why: it stays on the record."}
    )


def say_why(form: forms.Form, error: AbmopsError) -> None:
    """Why not, above the form; `ask_again` knows by it what can only be looked at again."""
    form.add_error(
        None, ValidationError(error.message, code=STALE if isinstance(error, Stale) else "refused")
    )


def ask_again(
    request: HttpRequest, form: forms.Form, *, title: str, act: str, back: str, danger: bool = False
) -> HttpResponse:
    """422: `form` with its errors under `title`, to be sent again to the same address, or left for `back`.

    Whatever else was sent, such as which button was pressed, goes along unseen; `next` is then `back`.
    What is `Stale` would be refused each time: it has only the way `back`, and what was typed, to be copied.
    """
    if form.has_error(NON_FIELD_ERRORS, STALE):
        typed = [field for field in form.visible_fields() if field.value()]
        for field in typed:
            field.field.widget.attrs["readonly"] = True
        context = {"form": form, "title": title, "back": back, "typed": typed}
        return render(request, "ui/look_again.html", context, status=422)
    others = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in form.fields and name not in NOT_CARRIED
        for value in values
    ]
    context = {
        "form": form, "title": title, "act": act, "back": back, "danger": danger,
        "carried": [("next", back), *others],
    }  # fmt: skip
    return render(request, "ui/ask_again.html", context, status=422)
