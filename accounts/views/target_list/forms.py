"""The forms of the Target list. They are polite; the services and the database decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html

from abmops.lib.choices import TIERS
from accounts.domain.capacity import Ceiling
from accounts.models import ListPolicy
from accounts.views.forms import LISTING_SIDES, OFF, TIER_CHOICES, MomentInput

REASON = "A sentence that still makes sense in a year. It stays in the history of the list."
OVERRIDE = (
    "Why the list goes past the rule this once. It is kept beside the change and listed under Overrides."
)


def _long(label: str, help_text: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2_000,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
    )


def override_field() -> forms.CharField:
    """The reason for going past a rule."""
    return _long("Why past the rule", OVERRIDE, required=False)


class DayInput(forms.DateInput):
    """The browser's own picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ChangeForm(forms.Form):
    """A change of the list for the chosen accounts."""

    tier = forms.ChoiceField(choices=TIER_CHOICES, widget=forms.RadioSelect, label="Where to")
    side = forms.ChoiceField(choices=LISTING_SIDES, label="Decided by")
    reason = _long("Why", REASON)
    at = forms.DateTimeField(
        label="Since when",
        required=False,
        widget=MomentInput,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text="Empty: from now on. A past moment corrects the history.",
    )
    override = override_field()

    def __init__(
        self, *args: Any, notes: Mapping[int, str], may_go_back: bool, asks_override: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        tier = self.fields["tier"]
        assert isinstance(tier, forms.ChoiceField)
        tier.choices = [
            *((str(number), f"{label}: {notes[number]}") for number, label in TIERS),
            (OFF, "Off the list"),
        ]
        if not may_go_back:
            del self.fields["at"]
        if not asks_override:
            del self.fields["override"]

    def chosen(self) -> int | None:
        """The tier; None for off the list."""
        value = self.cleaned_data["tier"]
        return None if value == OFF else int(value)


class NominateForm(forms.Form):
    """A wish of one side."""

    tier = forms.TypedChoiceField(
        choices=TIERS, coerce=int, widget=forms.RadioSelect, label="Into which tier"
    )
    side = forms.ChoiceField(choices=LISTING_SIDES, label="Nominated by")
    reason = _long("Why", "Fit and intent, or what you know from the field. The other side reads it.")


class DecideForm(forms.Form):
    """What the list's owner says to nominations."""

    tier = forms.ChoiceField(
        choices=[("", "As nominated"), *((str(number), label) for number, label in TIERS)],
        required=False,
        label="Place in",
    )
    decision = _long("Why", "The people who nominated read it.")
    override = override_field()

    def __init__(self, *args: Any, accepts: bool, asks_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not accepts:
            del self.fields["tier"]
        if not (accepts and asks_override):
            del self.fields["override"]

    def chosen(self) -> int | None:
        """The tier; None for the nominated one."""
        value = self.cleaned_data.get("tier")
        return int(value) if value else None


class HoldForm(forms.Form):
    """Keeping accounts off the list for a while."""

    until = forms.DateField(
        label="Until",
        required=False,
        widget=DayInput,
        help_text="The last day on which it is held back. Empty: until somebody lifts it.",
    )
    reason = _long("Why", "Whoever wants the account on the list reads it.")

    def ends(self) -> datetime | None:
        """The end of the day in the reader's zone."""
        day = self.cleaned_data["until"]
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())


_RULES = (
    ("quarantine_days", "Days held back after a lost deal", 0, 3_650),
    ("refresh_days", "Days between read-throughs of the list", 1, 366),
    ("propose_up_score", "Score that proposes a higher tier", 1, 100),
    ("propose_down_score", "Score that proposes a lower tier", 0, 99),
    ("quiet_days", "Quiet days that propose a lower tier", 1, 3_650),
)


class PolicyForm(forms.Form):
    """The rules of the list: three numbers a tier, and the others."""

    def __init__(self, *args: Any, ceilings: Sequence[Ceiling], policy: ListPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in ceilings:
            for name, label, value, required in (
                ("least", "At least", rule.least, True),
                ("most", "At most", rule.most, True),
                ("most_per_owner", "Per owner", rule.most_per_owner, False),
            ):
                self.fields[f"{name}_{rule.tier}"] = forms.IntegerField(
                    label=format_html('<span class="vh">Tier {} </span>{}', rule.tier, label),
                    min_value=0,
                    max_value=1_000_000,
                    initial=value,
                    required=required,
                )
        for name, label, low, high in _RULES:
            self.fields[name] = forms.IntegerField(
                label=label, min_value=low, max_value=high, initial=getattr(policy, name)
            )

    def of_tiers(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields by tier."""
        names = ("least", "most", "most_per_owner")
        return [(tier, [self[f"{name}_{tier}"] for name in names]) for tier, _ in TIERS]

    def others(self) -> list[forms.BoundField]:
        """The other fields."""
        return [self[name] for name, *_ in _RULES]

    def ceilings(self) -> list[Ceiling]:
        """What was written, by tier."""
        said = self.cleaned_data
        return [
            Ceiling(tier, said[f"least_{tier}"], said[f"most_{tier}"], said[f"most_per_owner_{tier}"])
            for tier, _ in TIERS
        ]

    def rules(self) -> dict[str, int]:
        """The other rules."""
        return {name: self.cleaned_data[name] for name, *_ in _RULES}
