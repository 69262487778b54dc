"""The forms of the account pages. They are polite; the services and the database decide."""

from typing import Any

from django import forms

from abmops.lib.choices import Channel, CommitteeRole, Direction, Role, Side
from accounts.models import Account, Contact, User

OFF = "off"
ACTING_SIDES = [
    (Side.SALES.value, Side.SALES.label),
    (Side.MARKETING.value, Side.MARKETING.label),
    (Side.CUSTOMER_SUCCESS.value, Side.CUSTOMER_SUCCESS.label),
]
LISTING_SIDES = [*ACTING_SIDES[:2], (Side.REVOPS.value, Side.REVOPS.label)]
TIER_CHOICES = [("1", "Tier 1"), ("2", "Tier 2"), ("3", "Tier 3"), (OFF, "Off the list")]


def side_of(user: User) -> str:
    """The side a person acts for, as a first guess in a form."""
    if user.role == Role.MARKETER:
        return Side.MARKETING
    if user.role == Role.REVOPS:
        return Side.REVOPS
    return Side.CUSTOMER_SUCCESS if user.job == "csm" else Side.SALES


class MomentInput(forms.DateTimeInput):
    """The browser's own picker, to the minute."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ContactChoice(forms.ModelChoiceField[Contact]):
    """A contact of the account, with the nos beside the name."""

    def label_from_instance(self, obj: Any) -> str:
        """`Ines Aldana (do not contact)`, `Jon Berg (no email, call)`."""
        if obj.do_not_contact:
            return f"{obj} (do not contact)"
        nos = ", ".join(out.get_channel_display().lower() for out in obj.opt_outs.all())
        return f"{obj} (no {nos})" if nos else str(obj)


class TouchForm(forms.Form):
    """Something that happened between us and the account."""

    channel = forms.ChoiceField(choices=Channel.choices, initial=Channel.CALL)
    contact = ContactChoice(
        Contact.objects.none(), required=False, label="With whom", empty_label="Nobody in particular"
    )
    direction = forms.ChoiceField(
        label="Who acted",
        choices=[(Direction.OUTBOUND.value, "We did"), (Direction.INBOUND.value, "They did")],
    )
    side = forms.ChoiceField(choices=ACTING_SIDES, help_text="Whose touch it counts as.")
    occurred_at = forms.DateTimeField(
        label="When",
        widget=MomentInput,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    subject = forms.CharField(
        label="What it was about",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One line for the timeline.",
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = (
            Contact.objects.known().filter(account=account).prefetch_related("opt_outs").order_by("name")
        )


class TierForm(forms.Form):
    """A change of the target list."""

    tier = forms.ChoiceField(choices=TIER_CHOICES, widget=forms.RadioSelect)
    side = forms.ChoiceField(choices=LISTING_SIDES, label="Decided by")
    reason = forms.CharField(
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence that still makes sense in a year. It stays in the history of the list.",
    )

    def chosen(self) -> int | None:
        """The tier; None for off the list."""
        value = self.cleaned_data["tier"]
        return None if value == OFF else int(value)


class OwnerForm(forms.Form):
    """Whose accounts they become."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody: the SDR pool")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here().filter(role=Role.REP)


class PersonForm(forms.Form):
    """What is asked of everybody at an account."""

    name = forms.CharField(max_length=200)
    email = forms.EmailField(label="E-mail", max_length=254)
    title = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=40, required=False)
    role = forms.ChoiceField(
        choices=[("", "Not known"), *CommitteeRole.choices], required=False, label="Part in the decision"
    )
    influence = forms.TypedChoiceField(
        choices=[("", "Not known"), *((str(n), str(n)) for n in range(1, 6))],
        coerce=int,
        empty_value=None,
        required=False,
        help_text="1 is little, 5 decides.",
    )


class ContactForm(PersonForm):
    """A new person at the account."""

    reports_to = forms.ModelChoiceField(
        Contact.objects.none(), required=False, label="Reports to", empty_label="Not known"
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reports_to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Contact.objects.known().filter(account=account, email__isnull=False).order_by("name")
        self._account = account

    def clean_email(self) -> str:
        """An address that is somebody's at another account would move that person here: refused."""
        email: str = self.cleaned_data["email"].lower()
        elsewhere = Contact.objects.filter(email__iexact=email).exclude(account=self._account)
        if other := elsewhere.select_related("account").first():
            raise forms.ValidationError(
                f"{email} is {other} of {other.account or 'no account yet'}. Change the account there first."
            )
        return email
