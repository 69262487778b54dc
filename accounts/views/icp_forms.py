"""The forms of the customer profile pages."""

from django import forms


class AdoptForm(forms.Form):
    """A new version comes into force."""

    name = forms.CharField(max_length=120, label="Name of the profile")
    reason = forms.CharField(
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence that still makes sense in a year. It stays with the version.",
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
