"""What the editor of a threshold asks for beside its condition."""

from __future__ import annotations

from typing import Any

from django import forms

from abmops.lib.choices import TIERS, Urgency
from accounts.models import User
from signals.domain.condition import ANSWER_WITHIN
from signals.models import Threshold, ThresholdVersion

MOST_DAYS = 730


class ThresholdForm(forms.Form):
    """The name of a threshold, whom it is for and how fast it wants an answer. The service decides."""

    name = forms.CharField(
        max_length=120, help_text="What people will call it, such as “Three pricing visits”."
    )
    rationale = forms.CharField(
        label="Why it matters",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever is asked to act on a crossing reads this.",
    )
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody yet")
    status = forms.ChoiceField(
        choices=Threshold.Status.choices,
        help_text="Only an active threshold crosses; a draft is only written.",
    )
    tiers = forms.TypedMultipleChoiceField(
        choices=TIERS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every account, on the list or not.",
    )
    urgency = forms.ChoiceField(
        choices=[(one.value, f"{one.label}: within {ANSWER_WITHIN[one]}") for one in Urgency]
    )
    rearm_days = forms.IntegerField(
        label="Days until it can cross again",
        min_value=0,
        max_value=MOST_DAYS,
        help_text="Counted from the last crossing; it must have been false in between.",
    )
    reason = forms.CharField(
        label="Why this change",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A sentence that still makes sense in a year. It is kept with the version.",
    )

    def __init__(self, *args: Any, row: Threshold | None = None, **kwargs: Any) -> None:
        """`row`: the threshold that is edited, whose owner stays on offer even where they have left."""
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.here(besides=row.owner_id if row else None)
        owner.label_from_instance = lambda person: person.name


def first_values(row: Threshold | None, version: ThresholdVersion | None, by: User) -> dict[str, Any]:
    """What the form shows when it is opened."""
    if row is None:
        return {
            "status": Threshold.Status.DRAFT,
            "tiers": [],
            "urgency": Urgency.NORMAL,
            "rearm_days": 14,
            "owner": by.pk,
        }
    return {
        "name": row.name,
        "rationale": row.rationale,
        "owner": row.owner_id,
        "status": row.status,
        "tiers": version.tiers if version else [],
        "urgency": version.urgency if version else Urgency.NORMAL,
        "rearm_days": version.rearm_days if version else 14,
    }
