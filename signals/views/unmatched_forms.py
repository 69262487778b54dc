"""The forms for groups of unmatched signals. They are polite; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.domain.countries import country
from signals.selectors import unmatched as waiting
from signals.selectors.unmatched import Group


class AccountForm(forms.Form):
    """One new account, with what the signals let guess."""

    name = forms.CharField(label="Name", max_length=255)
    domain = forms.CharField(label="Domain", max_length=253, required=False)
    system = forms.CharField(
        label="System that calls it so",
        max_length=40,
        required=False,
        help_text="For example: salesforce. Senders name the account by this id.",
    )
    country = forms.CharField(
        label="Country",
        max_length=60,
        required=False,
        help_text="A code or an English name. It finds the territory.",
    )

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if group.is_company:
            del self.fields["system"]
            self.fields["domain"].disabled = True
        else:
            self.fields["system"].required = True

    def clean_country(self) -> str:
        """The code of what was written."""
        said: str = self.cleaned_data["country"].strip()
        code = country(said) if said else ""
        if code is None:
            raise forms.ValidationError("This is no country that we know. Take its two-letter code, like DE.")
        return code


class NamesForm(forms.Form):
    """Several new accounts: their names."""

    def __init__(self, *args: Any, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for index, group in enumerate(groups):
            self.fields[f"name_{index}"] = forms.CharField(
                label=f"Name of {group.name}", max_length=255, initial=waiting.name_from(group.name)
            )


class ReasonForm(forms.Form):
    """Why groups are nobody's."""

    reason = forms.CharField(
        label="Why", max_length=400, required=False, help_text="For whoever looks through what is ignored."
    )
