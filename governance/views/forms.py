"""The forms of the escalation pages. They are polite; the service decides."""

from typing import Any

from django import forms

from accounts.models import Account, User
from governance.domain.escalation import OUTCOME_LENGTH


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class OpenForm(forms.Form):
    """A decision that cannot wait."""

    title = forms.CharField(
        label="What has to be decided",
        max_length=160,
        help_text="One line, as you would say it in the meeting.",
    )
    why = forms.CharField(
        label="Why it cannot wait",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What is lost if it waits for the next meeting.",
    )
    deadline = forms.DateField(label="Decide by", widget=DayInput)
    deciders = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Three or four people: fewer is one opinion, more is a meeting.",
    )
    accounts = forms.ModelMultipleChoiceField(
        Account.objects.none(),
        required=False,
        label="Accounts it is about",
        help_text="Hold Ctrl or Cmd to choose several.",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["deciders"]
        people.queryset = User.objects.here()
        listed: Any = self.fields["accounts"]
        listed.queryset = Account.objects.visible_to(reader).on_list()


class ResolveForm(forms.Form):
    """How it ended."""

    outcome = forms.CharField(
        label="What was decided",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=(
            f"A paragraph of {OUTCOME_LENGTH} characters or more: what was decided, by whom, what happens next."
        ),
    )


class WithdrawForm(forms.Form):
    """Why it is no longer needed."""

    reason = forms.CharField(label="Why it is withdrawn", widget=forms.Textarea(attrs={"rows": 3}))


class CommentForm(forms.Form):
    """Something to add."""

    text = forms.CharField(label="Add a comment", widget=forms.Textarea(attrs={"rows": 3}))
