"""A form that stands in a menu of another page, when it is refused: the same form as a page, with what was typed."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NOT_CARRIED = ("csrfmiddlewaretoken", "next")


class WhyForm(forms.Form):
    """Why something is stopped or taken over, as menus ask for it."""

    reason = forms.CharField(
        label="Why", max_length=300, error_messages={"required": "Say why: it stays on the record."}
    )


def ask_again(
    request: HttpRequest, form: forms.Form, *, title: str, act: str, back: str, danger: bool = False
) -> HttpResponse:
    """422: `form` with its errors under `title`, to be sent again to the same address, or left for `back`.

    Whatever else was sent, such as which button was pressed, goes along unseen; `next` is then `back`.
    """
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
