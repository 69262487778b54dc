"""The form of a surface: what it asks for depends on how the surface is spoken to."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from accounts.models import User
from plays.domain.outgoing import EVENTS

KINDS: Final[tuple[dict[str, str], ...]] = (
    {
        "surface": "webhook",
        "title": "Webhook",
        "meaning": "Signed calls to an address of your own program, a warehouse or an automation tool.",
    },
    {
        "surface": "slack_webhook",
        "title": "Slack channel",
        "meaning": "One channel, by the incoming-webhook address that Slack gives out. The quickest way in.",
    },
    {
        "surface": "slack_bot",
        "title": "Slack bot",
        "meaning": "Any channel the bot is in, and messages to single people. Needs a bot token.",
    },
    {"surface": "email", "title": "E-mail", "meaning": "A mailbox or list that gets a mail for each event."},
)


class EndpointForm(forms.Form):
    """One surface; what it asks for depends on its kind."""

    name = forms.CharField(
        max_length=120, help_text="What people will know it by, like “Warehouse” or “#abm-alerts”."
    )
    target = forms.CharField(max_length=500)
    secret = forms.CharField(
        max_length=500, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    types = forms.MultipleChoiceField(
        label="What it is told of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, meaning) for name, meaning in EVENTS.items()],
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody",
        label="Who is told when it fails",
    )

    def __init__(self, *args: Any, surface: str, is_new: bool, is_mail: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.here()
        target, secret = self.fields["target"], self.fields["secret"]
        kept = "" if is_new else " Leave it empty to keep the one there is."
        match surface:
            case "webhook":
                target.label, target.help_text = (
                    "Address",
                    "Where to POST, https only: https://example.com/hooks/abmops",
                )
                del self.fields["secret"]
            case "slack_webhook":
                del self.fields["target"]
                secret.label, secret.required = "Webhook address", is_new
                secret.help_text = (
                    f"https://hooks.slack.com/services/… It is kept sealed and never shown again.{kept}"
                )
            case "slack_bot":
                target.label, target.help_text = (
                    "Channel",
                    "Its name, like #abm, or its id. Invite the bot to it.",
                )
                secret.label, secret.required = "Bot token", is_new
                secret.help_text = (
                    f"Begins with xoxb- and needs chat:write. It is kept sealed and never shown again.{kept}"
                )
            case _:
                target.label, target.help_text = "Addresses", "Up to 20, separated by commas."
                del self.fields["secret"]
        if is_mail:
            for name in ("target", "types"):
                self.fields.pop(name, None)
